"""Dialogue: write what a speaker says next."""

from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.summ import read, write
from mnlu_instruct.types import Dialogue, Instance, Record, Text, normalise

__all__ = ["NAMES", "ask", "read", "write"]

NAMES = ("dialogue",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per turn of the corpus' speaker, about all that was said before it, if anything was."""
    if not isinstance(record, Dialogue):
        return
    about = f"Description: {normalise(record.description)}\n" if record.description.strip() else ""
    for number, turn in enumerate(record.turns):
        said = about + record.transcript(number)
        if turn.speaker != corpus.speaker or not said:
            continue
        yield Instance(
            id=f"{record.id}#dialogue/{number}",
            task="dialogue",
            group=record.group,
            text=said,
            asked={"speaker": corpus.speaker.lower()},
            labels=(),
            gold=Text(turn.text.strip()),
        )
