"""Summarization: write a summary of a stated kind."""

from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Answer, Instance, Parsed, Record, Summary, Text

NAMES = ("summ",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per text."""
    if not isinstance(record, Summary):
        return
    yield Instance(
        id=f"{record.id}#summ",
        task="summ",
        group=record.group,
        text=record.text,
        asked={"summary": corpus.summary},
        labels=(),
        gold=Text(record.summary.strip()),
    )


def write(answer: Answer, instance: Instance) -> str:
    """The summary itself."""
    assert isinstance(answer, str)
    return answer


def read(text: str, instance: Instance) -> Parsed:
    """Any text is a summary; white space alone is none."""
    return Parsed(text.strip() or None)
