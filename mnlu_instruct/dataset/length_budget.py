"""The length budget: a question that is too long is split into windows, truncated to the head of its text, or dropped.

A window is a question like any other: its text is a stretch of whole sentences, its gold spans are those that lie
completely inside, and its id ends with the character range (`…#ner@0-512`). All losses are counted.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from mnlu_instruct.dataset.recipe import Budget
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sentences import sentences
from mnlu_instruct.types import FREE_TEXT, Instance, MarkedSpan, Span, Spans, extent

Measure = Callable[[Instance], int]
"""Counts the tokens of a question's row: prompt and completion, with its labels in the order that its id decides."""

Fitted = tuple[Instance, int]
"""A question within the budget, and the number of its tokens."""

WORD = re.compile(r"\S+")
GUESSES = 4
"""How many guesses are interpolated before plain bisection: tokens may hardly depend on characters."""


class Ruler:
    """Finds the longest stretch of one text that fits, by interpolating how tokens grow with characters."""

    def __init__(self, whole: Instance, tokens: int, limit: int, measure: Measure) -> None:
        self.limit = limit
        self._measure = measure
        self._last = [(0, 0), (len(whole.text), tokens)]

    def longest(self, stretches: Sequence[Span], ask: Callable[[Span], Instance]) -> tuple[Span, Fitted] | None:
        """The longest of several growing stretches whose question fits, with the question; None if none fits."""
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
        """How many characters just fit, by linear extrapolation from the last two measurements."""
        (one, low), (other, high) = self._last
        slope = (high - low) / (other - one) if other != one else 0
        if slope <= 0:
            slope = high / max(other, 1)
        return other + (self.limit - high) / slope


def fit(
    instance: Instance, tokens: int, limit: int, rules: Budget, measure: Measure, ledger: Ledger
) -> Iterator[Fitted]:
    """Turn a question into one, several or no questions of at most `limit` tokens.

    Args:
        instance: the question.
        tokens: of the whole question, as `measure` would count them.
        limit: the maximum tokens of a row.
        rules: what to do with each kind of question that is too long.
        measure: counts tokens; called about three times per window.
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
    """Consecutive windows of sentences, each as long as fits."""
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
            ledger.drop("budget", "mention not whole in any window", _name(instance, extent(mention.spans)))


def _around(instance: Instance, ruler: Ruler, ledger: Ledger) -> Iterator[Fitted]:
    """A window around the sentences of the trigger, with as many sentences on either side as fit."""
    found = sentences(instance.text)
    starts, ends = [start for start, _ in found], [end for _, end in found]
    begin, end = extent(instance.marks)
    first = max(bisect_right(starts, begin) - 1, 0)
    last = min(bisect_left(ends, end), len(found) - 1)
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
    """The question with the text truncated to as many words as fit; its id doesn't change."""
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
    **{task: (task, _head) for task in sorted(FREE_TEXT)},
}
"""Kind of question → the key of the recipe's `budget`, and the function that applies unless it says "drop"."""


def window(instance: Instance, stretch: Span) -> Instance:
    """The question about a stretch of its text: offsets are relative to it, and it keeps the gold spans inside it."""
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
