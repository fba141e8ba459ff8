"""Named entity recognition: which mentions of the corpus' types occur in a text."""

from collections.abc import Iterator

import msgspec

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.answers import spans
from mnlu_instruct.types import Answer, Document, Instance, Label, MarkedSpan, Mention, Parsed, Record, Spans, normalise

NAMES = ("ner",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per document, for all types of the corpus."""
    if not isinstance(record, Document):
        return
    mentions: dict[str, list[Mention]] = {key: [] for key in corpus.types.values()}
    for mention in record.mentions:
        if key := corpus.types.get(mention.type):
            mentions[key].append(mention)
    names = {key: corpus.entities[label] for label, key in corpus.types.items()}
    yield Instance(
        id=f"{record.id}#ner",
        task="ner",
        group=record.group,
        text=record.text,
        asked={},
        labels=tuple(Label(key, name) for key, name in names.items()),
        gold=spans.gold(record.text, mentions),
    )


def write(answer: Answer, instance: Instance) -> str:
    """One line per type."""
    assert isinstance(answer, dict)
    return spans.write(answer, instance.labels)


def read(text: str, instance: Instance) -> Parsed:
    """Parse span lines into spans by type."""
    return spans.read(text, instance.labels)


def flatten(instance: Instance, ledger: Ledger) -> Instance:
    """The question with flat gold, as in token classification: a character has the type of its longest fragment.

    Adjacent characters of one type, with white space between them, are one mention. Fragments that a longer one of
    another type covers, even in part, are counted as drops.
    """
    assert isinstance(instance.gold, Spans)
    keys = list(instance.gold.spans)
    fragments = [
        (end - start, start, end, number)
        for number, key in enumerate(keys)
        for mention in instance.gold.spans[key]
        for start, end in mention.spans
    ]
    painted = [-1] * len(instance.text)
    for length, start, end, number in sorted(fragments):
        painted[start:end] = [number] * length
    for _, start, end, number in fragments:
        if set(painted[start:end]) != {number}:
            ledger.drop("ask", "covered by a longer mention of another type", f"{instance.id}@{start}-{end}")
    found: dict[str, list[MarkedSpan]] = {key: [] for key in keys}
    for number, start, end in _runs(painted, instance.text):
        found[keys[number]].append(MarkedSpan(normalise(instance.text[start:end]), ((start, end),)))
    return msgspec.structs.replace(instance, gold=Spans({key: tuple(spans) for key, spans in found.items()}))


def _runs(painted: list[int], text: str) -> Iterator[tuple[int, int, int]]:
    """Runs of the same number (number, start, end): they don't begin or end with white space, but may contain it."""
    number, start, end = -1, 0, 0
    for place, painter in enumerate(painted):
        if painter < 0 or text[place].isspace():
            continue
        if painter != number or text[end:place].strip():
            if number >= 0:
                yield number, start, end
            number, start = painter, place
        end = place + 1
    if number >= 0:
        yield number, start, end
