"""Named entity recognition: which mentions of the corpus' types stand in a text."""

from collections.abc import Iterator

from mnlu_instruct.answers import spans
from mnlu_instruct.corpus import Corpus
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.types import Answer, Document, Instance, Label, Mention, Parsed, Record

NAMES = ("ner",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question a document, for all types of the corpus."""
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
    """One line a type."""
    assert isinstance(answer, dict)
    return spans.write(answer, instance.labels)


def read(text: str, instance: Instance) -> Parsed:
    """The spans stated by type."""
    return spans.read(text, instance.labels)
