"""Question answering: which option answers a question, given a text."""

from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.answers.options import read_choice, write_choice
from mnlu_instruct.types import Choice, Instance, Label, Question, Record

NAMES = ("qa",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per record."""
    if not isinstance(record, Question):
        return
    yield Instance(
        id=f"{record.id}#qa",
        task="qa",
        group=record.group,
        text=record.text,
        asked={"question": record.question},
        labels=tuple(Label(key, name) for key, name in corpus.options.items()),
        gold=Choice(record.answer),
    )


write = write_choice
read = read_choice
