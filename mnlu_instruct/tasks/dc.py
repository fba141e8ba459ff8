"""Document classification: which options describe a document, given a question; several may hold, or none."""

from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import Answer, Choices, Document, Instance, Label, Parsed, Record

NAMES = ("dc",)


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """One question per judgement; the id names the question if the corpus has several."""
    if not isinstance(record, Document):
        return
    for judgement in record.judgements:
        classes = corpus.questions[judgement.question]
        suffix = f"/{judgement.question}" if len(corpus.questions) > 1 else ""
        yield Instance(
            id=f"{record.id}#dc{suffix}",
            task="dc",
            group=record.group,
            text=record.text,
            asked={"what": classes.what},
            labels=tuple(Label(key, name) for key, name in classes.options.items()),
            gold=Choices(tuple(key for key in classes.options if key in judgement.keys)),
        )


def write(answer: Answer, instance: Instance) -> str:
    """The options in the answer, one per line, or `None`."""
    assert isinstance(answer, frozenset)
    return options.write(answer, instance)


def read(text: str, instance: Instance) -> Parsed:
    """Parse options, one per line; `None` means no option."""
    if text.strip() == options.NONE:
        return Parsed(frozenset())
    return Parsed(options.read_many(text, instance))
