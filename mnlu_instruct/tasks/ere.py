"""End-to-end relation extraction: all relations of a text, over names, in one question about the whole text.

The corpus declares what is asked for and the clause that states each type (`Extraction`); the answer states one clause
for each relation, by the first argument's place in the text. Relations are between mentions, or between concepts: one
that is named in several ways is right under any of its names.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus, Extraction, Writing
from mnlu_instruct.tasks.answers import clauses
from mnlu_instruct.types import (
    NO_RELATION,
    SYNONYMS,
    Answer,
    Document,
    Instance,
    Label,
    Mention,
    Parsed,
    Record,
    Related,
    Relation,
    Relations,
    extent,
    surface,
)

NAMES = ("ere",)
NO_MENTION = "relation whose end is no mention"


class End(Struct, frozen=True):
    """An end of a relation: its names in the text, first the one that is written, and where it first stands.

    Of a concept, `own` are the names that aren't composite mentions of several concepts.
    """

    names: tuple[str, ...]
    place: tuple[int, int]
    own: tuple[str, ...] = ()

    def under(self, writing: Writing) -> "End":
        """The end with its names as they are to be written."""
        names = (self.own or self.names) if writing.named == "all" else self.names
        if writing.lower:
            names = tuple(dict.fromkeys(name.lower() for name in names))
        if writing.named == "last":
            names = tuple(sorted(names, reverse=True))
        return End((SYNONYMS.join(names),) if writing.named == "all" else names, self.place)


class Placed(Struct, frozen=True):
    """A relation with its ends, and their ids, if they are concepts."""

    type: str
    ends: tuple[End, ...]
    concepts: tuple[str, ...]

    @property
    def related(self) -> Related:
        """As gold."""
        return Related(self.type, tuple(end.names for end in self.ends), self.concepts)

    @property
    def order(self) -> tuple[object, ...]:
        """By the start of the first end, of the second, the type, and the names."""
        return [end.place[0] for end in self.ends], self.type, self.related.stated


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question about the text."""
    rule = corpus.extraction
    if not isinstance(record, Document) or rule is None:
        return
    found = _concepts(record) if rule.by == "concept" else _mentions(record)
    ends = {name: end.under(rule.writing) for name, end in found.items()}
    names = {name: concept for concept, end in found.items() for name in end.own}
    yield Instance(
        id=f"{record.id}#ere",
        task="ere",
        group=record.group,
        text=" ".join(record.text[one.start : one.end] for one in record.passages) or record.text,
        asked={"relations": rule.what},
        labels=tuple(Label(key, words) for key, words in {**rule.clauses, NO_RELATION: rule.none}.items()),
        gold=Relations(tuple(_related(record, rule, ends, ledger)), rule.unordered, names),
    )


def _related(record: Document, rule: Extraction, ends: Mapping[str, End], ledger: Ledger) -> list[Related]:
    """The relations of a document in the order written; those of the same type and names, or concepts, once."""
    found: dict[object, Placed] = {}
    for number, relation in enumerate(record.relations):
        if relation.type not in rule.clauses:
            continue
        if not all(end in ends for end in relation.ends):
            ledger.drop("ask", NO_MENTION, f"{record.id}/{'/'.join(relation.ends)}")
            continue
        placed = _placed(relation, rule, ends)
        named = placed.concepts or [end.names for end in placed.ends]
        apart = number if rule.writing.repeats else None
        found.setdefault((relation.type, tuple(sorted(named) if rule.unordered else named), apart), placed)
    stated = list(found.values())
    if rule.writing.order == "text":
        stated.sort(key=lambda one: one.order)
    return [one.related for one in stated]


def _placed(relation: Relation, rule: Extraction, ends: Mapping[str, End]) -> Placed:
    """A relation with its ends; where they have no order, in text order, and of more than two, each name once."""
    found = [ends[end] for end in relation.ends]
    if rule.unordered:
        found.sort(key=lambda end: end.place)
        once: dict[tuple[str, ...], End] = {}
        for end in found:
            once.setdefault(end.names, end)
        found = list(once.values()) if len(once) > 1 else found[:2]
    return Placed(relation.type, tuple(found), relation.ends if rule.by == "concept" else ())


def _mentions(record: Document) -> dict[str, End]:
    """The mentions by their ids."""
    return {one.id: End((surface(record.text, one.spans),), extent(one.spans)) for one in record.mentions}


def _concepts(record: Document) -> dict[str, End]:
    """The concepts by their ids, named by all their mentions, and by the parts of composite ones."""
    grouped: dict[str, list[Mention]] = defaultdict(list)
    for mention in sorted(record.mentions, key=lambda one: (extent(one.spans), one.id)):
        for concept in mention.concepts:
            grouped[concept].append(mention)
    return {concept: _named(concept, mentions, record.text) for concept, mentions in grouped.items()}


def _named(concept: str, mentions: Sequence[Mention], text: str) -> End:
    """A concept with its names: first that of the first mention of it alone, else a part, else the first mention."""
    alone = [surface(text, one.spans) for one in mentions if len(one.concepts) == 1]
    parts = [words for one in mentions for name, words in one.parts if name == concept]
    every = (*alone, *parts, *(surface(text, one.spans) for one in mentions))
    own = tuple(dict.fromkeys((*alone, *parts)))
    return End(tuple(dict.fromkeys(every)), extent(mentions[0].spans), own)


def write(answer: Answer, instance: Instance) -> str:
    """A clause for each relation, or that there is none."""
    assert isinstance(answer, tuple)
    return clauses.write(answer, instance.labels)


def read(text: str, instance: Instance) -> Parsed:
    """Parse clauses."""
    return clauses.read(text, instance.labels, instance.text)
