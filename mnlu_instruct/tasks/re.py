"""Relation extraction: how two mentions, or two concepts, of a text relate; several labels may hold.

The corpus declares which pairs are candidates (`Candidates`). Both ends are marked in the text. A directed label is an
option with the head first; the label read the other way, if the types allow that, is another option (`backward`).
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from msgspec import Struct

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sentences import sentences
from mnlu_instruct.sources.declaration import Candidates, Corpus
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import (
    Answer,
    Choices,
    Document,
    Instance,
    Label,
    Parsed,
    Record,
    Relation,
    Span,
    extent,
    normalise,
    surface,
)

NAMES = ("re",)
SAME_MENTIONS = "two concepts with the same mentions"
ASKED_ALREADY = "question that other concepts with the same mentions ask"


class End(Struct, frozen=True):
    """One end of a candidate pair: a mention, or a concept with all its mentions."""

    id: str
    type: str
    words: str
    marks: tuple[Span, ...]


Pair = tuple[End, End]
Gold = dict[frozenset[str], list[Relation]]
BACKWARD = " (backward)"


def backward(label: str) -> str:
    """The option key of a directed label that leads from the second end to the first."""
    return label + BACKWARD


def label_of(key: str) -> str:
    """The corpus' own label of an option key, in whichever direction."""
    return key.removesuffix(BACKWARD)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per candidate pair."""
    rule = corpus.relations
    if not isinstance(record, Document) or rule is None:
        return
    questions = _questions(record, corpus, rule, ledger)
    yield from questions if rule.by == "mention" else _told_apart(questions, ledger)


def _questions(record: Document, corpus: Corpus, rule: Candidates, ledger: Ledger) -> Iterator[Instance]:
    ends = _concepts(record, corpus) if rule.by == "concept" else _mentions(record, corpus)
    gold = _gold(record, ledger)
    asked = set()
    for window, pair in _candidates(record, ends, gold, rule):
        if _key(pair) not in asked:
            asked.add(_key(pair))
            yield from _instance(record, window, pair, gold.get(_key(pair), []), rule, ledger)
    for ids in gold:
        if ids not in asked:
            ledger.drop("ask", "relation of no candidate pair", f"{record.id}/{'/'.join(sorted(ids))}")


def _told_apart(questions: Iterator[Instance], ledger: Ledger) -> Iterator[Instance]:
    """Each question once: concepts that share their mentions are asked about in the same words.

    If their answers are the same, the first is asked; if they differ, none is.
    """
    alike: dict[object, list[Instance]] = defaultdict(list)
    for question in questions:
        alike[question.text, tuple(question.asked.values()), question.marks].append(question)
    for same in alike.values():
        contradicts = len({question.gold for question in same}) > 1
        for question in same if contradicts else same[1:]:
            ledger.drop("ask", SAME_MENTIONS if contradicts else ASKED_ALREADY, question.id)
        if not contradicts:
            yield same[0]


def _mentions(record: Document, corpus: Corpus) -> list[End]:
    """The mentions as ends, in text order."""
    ends = [
        End(mention.id, corpus.entities[mention.type], surface(record.text, mention.spans), mention.spans)
        for mention in record.mentions
        if mention.type in corpus.entities
    ]
    return sorted(ends, key=_place)


def _concepts(record: Document, corpus: Corpus) -> list[End]:
    """The concepts as ends, in the order of their first mentions; a mention with several ids belongs to each."""
    grouped: dict[str, list[End]] = defaultdict(list)
    concepts = {mention.id: mention.concepts for mention in record.mentions}
    for end in _mentions(record, corpus):
        for concept in concepts[end.id]:
            grouped[concept].append(end)
    return [
        End(concept, ends[0].type, ends[0].words, tuple(mark for end in ends for mark in end.marks))
        for concept, ends in grouped.items()
    ]


def _place(end: End) -> tuple[int, int, str]:
    first, last = extent(end.marks)
    return first, -last, end.id


def _gold(record: Document, ledger: Ledger) -> Gold:
    """The relations of each pair of ids, in file order."""
    gold: Gold = defaultdict(list)
    for relation in record.relations:
        if relation.others:
            ledger.drop("ask", "relation of more than two ends", f"{record.id}/{'/'.join(relation.ends)}")
        elif relation.head == relation.tail:
            ledger.drop("ask", "relation of a concept with itself", f"{record.id}/{relation.head}")
        else:
            gold[frozenset((relation.head, relation.tail))].append(relation)
    return dict(gold)


def _candidates(record: Document, ends: list[End], gold: Gold, rule: Candidates) -> Iterator[tuple[Span, Pair]]:
    """The candidate pairs, each with the span of text to show; a pair may come twice, then the first counts."""
    for window in _windows(record, rule):
        for pair in _pairs([end for end in ends if _inside(end, window)], rule):
            yield window, pair
    if rule.beyond:
        for related in combinations(ends, 2):
            if _key(related) in gold:
                for pair in _pairs(list(related), rule):
                    yield (0, len(record.text)), pair


def _windows(record: Document, rule: Candidates) -> Iterator[Span]:
    """The spans of text within which pairs are formed: the document, runs of its passages, or their sentences."""
    if rule.scope == "document":
        yield 0, len(record.text)
        return
    passages = [(passage.start, passage.end) for passage in record.passages] or [(0, len(record.text))]
    if rule.scope == "passage":
        for index in range(max(len(passages) - rule.reach, 0) + 1):
            yield passages[index][0], passages[index : index + rule.reach][-1][1]
        return
    for first, last in passages:
        for start, end in sentences(record.text[first:last], rule.splitter):
            yield first + start, first + end


def _inside(end: End, window: Span) -> bool:
    return all(window[0] <= start and stop <= window[1] for start, stop in end.marks)


def _pairs(ends: list[End], rule: Candidates) -> Iterator[Pair]:
    """The candidate pairs of ends (given in text order), each in the order in which it is asked about."""
    for first, second in combinations(ends, 2):
        if (first.type, second.type) in rule.pairs:
            yield first, second
        elif (second.type, first.type) in rule.pairs:
            yield second, first


def _key(pair: Pair) -> frozenset[str]:
    return frozenset(end.id for end in pair)


def _instance(
    record: Document, window: Span, pair: Pair, related: list[Relation], rule: Candidates, ledger: Ledger
) -> Iterator[Instance]:
    first, second = pair
    name = f"{record.id}/{first.id}/{second.id}#re"
    if rule.by == "concept" and first.marks == second.marks:
        ledger.drop("ask", SAME_MENTIONS, name)
        return
    counted = related[-1:] if rule.last_wins else related
    keys = [_option(relation, first, rule) for relation in counted] or [rule.negative]
    labels = _options(pair, rule)
    if set(keys) - {label.key for label in labels}:
        ledger.drop("ask", "relation that is no option for its type pair", name)
        return
    start, end = window
    marks = {(mark_start - start, mark_end - start) for one in pair for mark_start, mark_end in one.marks}
    yield Instance(
        id=name,
        task="re",
        group=record.group,
        text=record.text[start:end],
        asked={"type_1": first.type, "span_1": first.words, "type_2": second.type, "span_2": second.words},
        labels=labels,
        gold=Choices(tuple(label.key for label in labels if label.key in keys)),
        marks=tuple(sorted(marks)),
    )


def _option(relation: Relation, first: End, rule: Candidates) -> str:
    """The key of the option that states a relation of a pair, of which `first` is asked about first."""
    turned = relation.type in rule.directed and relation.head != first.id
    return backward(relation.type) if turned else relation.type


def _options(pair: Pair, rule: Candidates) -> tuple[Label, ...]:
    """The options about a pair: for each label its sentence, and of directed ones the sentence the other way round."""
    options = []
    for label in rule.labels:
        options.append((label, _sentence(label, pair, rule)))
        if label in rule.directed:
            options.append((backward(label), _sentence(label, pair[::-1], rule)))
    return tuple(Label(key, words) for key, words in options if words)


def _sentence(label: str, pair: Pair, rule: Candidates) -> str | None:
    first, second = pair
    words = rule.sentence(label, (first.type, second.type))
    return normalise(words.format("", first.words, second.words)) if words else None


def write(answer: Answer, instance: Instance) -> str:
    """The options in the answer, one per line."""
    assert isinstance(answer, frozenset)
    return options.write(answer, instance)


def read(text: str, instance: Instance) -> Parsed:
    """Parse options, one per line."""
    return Parsed(options.read_many(text, instance))
