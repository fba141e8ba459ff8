"""Natural language inference: how a hypothesis relates to a premise."""

from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.answers.options import read_choice, write_choice
from mnlu_instruct.types import Choice, Instance, Label, Pair, Record, pair_text

NAMES = ("nli",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per labelled pair."""
    if not isinstance(record, Pair) or record.label is None:
        return
    yield Instance(
        id=f"{record.id}#nli",
        task="nli",
        group=record.group,
        text=pair_text(record),
        asked={"premise": record.first, "hypothesis": record.second},
        labels=tuple(Label(key, name) for key, name in corpus.options.items()),
        gold=Choice(record.label),
    )


write = write_choice
read = read_choice
