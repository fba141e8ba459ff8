"""What is wrong about an answer: kinds of errors, counted so that they add up to the strict counts.

Of spans, what exact matches leave is paired, in this order: a predicted string with a gold span of another type and the
same string (`type`); one with a gold span of its type that it overlaps (`boundary`); one with a gold span of another
type that it overlaps (`boundary and type`). The rest of the predicted is `invented`, the rest of the gold `missed`. So
each pair is a false positive and a false negative, an invented span is a false positive, a missed one a false negative.

Of relations and classes, a wrong label in place of a gold one is an error of `type`; what is more than the gold labels
is `invented`, what is less is `missed`. Of relations of whole texts, a wrong one between the ends of a missed one is an
error of `type`. Tasks with one right option have confusion matrices instead.
"""

from collections import Counter
from typing import Literal, get_args

from mnlu_instruct.scoring import relations, relaxed
from mnlu_instruct.scoring.choices import keys_of
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Choices, MarkedSpan, Relations, Span, Spans

Kind = Literal["boundary", "type", "boundary and type", "missed", "invented"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Strings = list[tuple[str, str]]
"""Predicted strings, each after its type."""


def errors(answered: Answered, negative: str | None = None) -> Counter[Kind]:
    """How many errors of each kind an answer has; none for tasks with one right option, and for free text.

    Args:
        answered: the answer; an unreadable one has missed all there is.
        negative: the label of pairs without a relation.
    """
    gold = answered.instance.gold
    if isinstance(gold, Spans):
        return _of_spans(answered, gold)
    if isinstance(gold, Choices):
        return _of_labels(frozenset(gold.keys) - {negative}, keys_of(answered.parsed.answer) - {negative})
    if isinstance(gold, Relations):
        return _of_relations(relations.compared(answered))
    return Counter()


def _of_labels(gold: frozenset[str | None], found: frozenset[str | None]) -> Counter[Kind]:
    missed, more = len(gold - found), len(found - gold)
    swapped = min(missed, more)
    return +Counter[Kind]({"type": swapped, "missed": missed - swapped, "invented": more - swapped})


def _of_relations(found: relations.Compared) -> Counter[Kind]:
    meeting = [[place for place in found.missed if found.same_ends(one, place)] for one in found.strange]
    swapped = len(relaxed.matched(meeting))
    missed, more = len(found.missed), len(found.strange)
    return +Counter[Kind]({"type": swapped, "missed": missed - swapped, "invented": more - swapped})


def _of_spans(answered: Answered, gold: Spans) -> Counter[Kind]:
    free, others, taken = _unmatched(answered, gold)
    count = Counter[Kind]()
    if not free and not others:
        return count
    for kind, span in list(free):
        same = next((one for one in others if one[1] == span.text and one[0] != kind), None)
        if same is not None:
            free.remove((kind, span))
            others.remove(same)
            count["type"] += 1
    places = _located(answered.instance.text, others, taken)
    steps: tuple[tuple[Kind, bool], ...] = (("boundary", True), ("boundary and type", False))
    for error, alike in steps:
        meeting = [
            [
                place
                for place, (kind, span) in enumerate(free)
                if (kind == others[one][0]) == alike and relaxed.meets(places[one], span)
            ]
            for one in range(len(others))
        ]
        pairs = relaxed.matched(meeting)
        count[error] += len(pairs)
        free = [one for place, one in enumerate(free) if place not in pairs.values()]
        left = [one for one in range(len(others)) if one not in pairs]
        others, places = [others[one] for one in left], [places[one] for one in left]
    count["invented"], count["missed"] = len(others), len(free)
    return +count


def _unmatched(answered: Answered, gold: Spans) -> tuple[list[tuple[str, MarkedSpan]], Strings, dict[str, list[Span]]]:
    """What exact matches leave: gold spans with their types, predicted strings; the places of the matches by type."""
    stated = answered.parsed.answer
    free: list[tuple[str, MarkedSpan]] = []
    others: Strings = []
    taken: dict[str, list[Span]] = {}
    for kind, spans in gold.spans.items():
        left, strange, taken[kind] = relaxed.exactly(spans, stated.get(kind, ()) if isinstance(stated, dict) else ())
        free += [(kind, span) for span in left]
        others += [(kind, string) for string in strange]
    return free, sorted([*others, *answered.parsed.unasked]), taken  # so that the order of an answer doesn't matter


def _located(text: str, others: Strings, taken: dict[str, list[Span]]) -> list[Span | None]:
    """The place of each string: of the strings of a type, none over another; None where it isn't found."""
    places: dict[int, Span] = {}
    for kind in dict.fromkeys(kind for kind, _ in others):
        own = [one for one, (its, _) in enumerate(others) if its == kind]
        found = relaxed.laid(text, [others[one][1] for one in own], taken.get(kind, []))
        places |= {own[one]: place for one, place in found.items()}
    return [places.get(one) for one in range(len(others))]
