"""The budget of tokens: a question that is too long is asked in windows, about the head of its text, or not at all.

A window is a question like any other: its text is a stretch of whole sentences, its gold is what lies inside wholly,
its id ends with the stretch (`…#ner@0-512`). Whatever is lost on the way is counted.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from mnlu_instruct.dataset.recipe import Budget
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.sentences import sentences
from mnlu_instruct.types import Instance, MarkedSpan, Span, Spans

Measure = Callable[[Instance], int]
"""The tokens of a question's row: prompt and completion, its labels in the order that its id decides."""

Fitted = tuple[Instance, int]
"""A question within the budget, and its tokens."""

WORD = re.compile(r"\S+")
GUESSES = 4
"""After so many guesses the rest is halved: tokens may be no matter of characters."""


class Ruler:
    """Measures questions about stretches of one text, and remembers how tokens grow with characters."""

    def __init__(self, whole: Instance, tokens: int, limit: int, measure: Measure) -> None:
        self.limit = limit
        self._measure = measure
        self._last = [(0, 0), (len(whole.text), tokens)]

    def longest(self, stretches: Sequence[Span], ask: Callable[[Span], Instance]) -> tuple[Span, Fitted] | None:
        """The last of several growing stretches about which a question fits, and the question; None where none does."""
        found = None
        fits, fails = -1, len(stretches)
        guesses = 0
        while fails - fits > 1:
            guesses += 1
            place = bisect_right(stretches, self._reach(), key=_size) - 1 if guesses <= GUESSES else (fits + fails) // 2
            place = min(max(place, fits + 1), fails - 1)
            candidate = ask(stretches[place])
            tokens = self._measure(candidate)
            self._last = [self._last[1], (_size(stretches[place]), tokens)]
            if tokens <= self.limit:
                fits, found = place, (stretches[place], (candidate, tokens))
            else:
                fails = place
        return found

    def _reach(self) -> float:
        """How many characters would just fit, if tokens grew along the line through the last two that were measured."""
        (one, low), (other, high) = self._last
        slope = (high - low) / (other - one) if other != one else 0
        if slope <= 0:
            slope = high / max(other, 1)
        return other + (self.limit - high) / slope


def fit(
    instance: Instance, tokens: int, limit: int, rules: Budget, measure: Measure, ledger: Ledger
) -> Iterator[Fitted]:
    """A question as one or several questions of at most `limit` tokens, or none.

    Args:
        instance: the question.
        tokens: of the whole question, as `measure` would say.
        limit: the most tokens of a row.
        rules: what becomes of which kind of question.
        measure: called about three times a window.
        ledger: counts what is lost.
    """
    if tokens <= limit:
        yield instance, tokens
        return
    key, way = WAYS.get(instance.task, ("", None))
    if way is None or getattr(rules, key) == "drop":
        _drop(instance, limit, ledger)
    else:
        yield from way(instance, Ruler(instance, tokens, limit, measure), ledger)


def _windows(instance: Instance, ruler: Ruler, ledger: Ledger) -> Iterator[Fitted]:
    """Questions about one stretch of sentences after another, each as long as fits."""
    left = sentences(instance.text)
    windows: list[Span] = []
    while left:
        longest = ruler.longest([(left[0][0], end) for _, end in left], partial(window, instance))
        if longest is None:
            ledger.drop("budget", f"sentence longer than {ruler.limit} tokens", _name(instance, left[0]))
            left = left[1:]
        else:
            stretch, fitted = longest
            windows.append(stretch)
            left = [sentence for sentence in left if sentence[0] >= stretch[1]]
            yield fitted
    for mention in _mentions(instance):
        if not any(_inside(mention, stretch) for stretch in windows):
            whole = (mention.spans[0][0], mention.spans[-1][1])
            ledger.drop("budget", "mention not whole in any window", _name(instance, whole))


def _around(instance: Instance, ruler: Ruler, ledger: Ledger) -> Iterator[Fitted]:
    """The question about the sentences of its trigger, with as many before as after them as fit."""
    found = sentences(instance.text)
    starts, ends = [start for start, _ in found], [end for _, end in found]
    first = max(bisect_right(starts, instance.marks[0][0]) - 1, 0)
    last = min(bisect_left(ends, instance.marks[-1][1]), len(found) - 1)
    more = range(1 + max(first, len(found) - 1 - last))
    stretches = [(starts[max(first - one, 0)], ends[min(last + one, len(found) - 1)]) for one in more]
    longest = ruler.longest(stretches, partial(window, instance))
    if longest is None:
        _drop(instance, ruler.limit, ledger)
        return
    stretch, fitted = longest
    for argument in _mentions(instance):
        if not _inside(argument, stretch):
            ledger.drop("budget", "argument outside its trigger's window", fitted[0].id)
    yield fitted


def _head(instance: Instance, ruler: Ruler, ledger: Ledger) -> Iterator[Fitted]:
    """The question about as many words of the text's head as fit; its id stays."""
    heads = [(0, word.end()) for word in WORD.finditer(instance.text)]
    longest = ruler.longest(heads, lambda head: msgspec.structs.replace(instance, text=instance.text[: head[1]]))
    if longest is None:
        _drop(instance, ruler.limit, ledger)
    else:
        ledger.drop("budget", f"end of the text, beyond {ruler.limit} tokens", instance.id)
        yield longest[1]


WAYS: Mapping[str, tuple[str, Callable[[Instance, Ruler, Ledger], Iterator[Fitted]]]] = {
    "ner": ("ner", _windows),
    "ete": ("ee", _windows),
    "eae": ("ee", _around),
    "eac": ("ee", _around),
    "dc": ("dc", _head),
    "qa": ("qa", _head),
    "summ": ("summ", _head),
}
"""By kind of question: the key of the recipe's `budget`, and what is done unless it says "drop"."""


def window(instance: Instance, stretch: Span) -> Instance:
    """The question about a stretch of its text: offsets counted from there, gold spans that lie inside wholly."""
    start, end = stretch
    gold = instance.gold
    if isinstance(gold, Spans):
        gold = Spans(
            {
                key: tuple(MarkedSpan(one.text, _moved(one.spans, start)) for one in spans if _inside(one, stretch))
                for key, spans in gold.spans.items()
            }
        )
    return msgspec.structs.replace(
        instance,
        id=_name(instance, stretch),
        text=instance.text[start:end],
        gold=gold,
        marks=_moved(instance.marks, start),
    )


def _size(stretch: Span) -> int:
    return stretch[1] - stretch[0]


def _mentions(instance: Instance) -> Iterator[MarkedSpan]:
    if isinstance(instance.gold, Spans):
        for spans in instance.gold.spans.values():
            yield from spans


def _inside(mention: MarkedSpan, stretch: Span) -> bool:
    return all(stretch[0] <= start and end <= stretch[1] for start, end in mention.spans)


def _moved(spans: tuple[Span, ...], start: int) -> tuple[Span, ...]:
    return tuple((first - start, last - start) for first, last in spans)


def _name(instance: Instance, stretch: Span) -> str:
    return f"{instance.id}@{stretch[0]}-{stretch[1]}"


def _drop(instance: Instance, limit: int, ledger: Ledger) -> None:
    ledger.drop("budget", f"longer than {limit} tokens", instance.id)
