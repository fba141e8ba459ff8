"""Semantic text similarity: how similar two sentences are, as the option of an integer score."""

import math
from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import Answer, Grade, Instance, Label, Pair, Parsed, Record, pair_text

NAMES = ("sts",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per scored pair; the gold option is the score rounded half up; the exact score is kept."""
    if not isinstance(record, Pair) or record.score is None:
        return
    yield Instance(
        id=f"{record.id}#sts",
        task="sts",
        group=record.group,
        text=pair_text(record),
        asked={"sentence_1": record.first, "sentence_2": record.second},
        labels=tuple(Label(str(score), f"{words} (score {score}).") for score, words in corpus.scale.items()),
        gold=Grade(math.floor(record.score + 0.5), record.score),
    )


def write(answer: Answer, instance: Instance) -> str:
    """One option."""
    return options.write((str(answer),), instance)


def read(text: str, instance: Instance) -> Parsed:
    """Parse one option into its score."""
    key = options.read_one(text, instance)
    return Parsed(None if key is None else int(key))
