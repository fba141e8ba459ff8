"""Merge documents with the same text, in corpora that repeat a text for each of its classes."""

from collections.abc import Iterator, Sequence

import msgspec

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Judgement


def same_text(reader: Reader) -> Reader:
    """A reader that merges documents with the same text into the first of them, with the classes of all.

    Each document merged into an earlier one counts as the repair `same-text`.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        found: dict[str, list[Document]] = {}
        for record in reader(files, repairs):
            assert isinstance(record, Document), "only documents have classes"
            found.setdefault(record.text, []).append(record)
        for first, *others in found.values():
            for other in others:
                if not repairs.mends("same-text", other.origin):
                    raise UserError(
                        f"{other.origin}: document {other.id} has the text of {first.origin}.",
                        "remove one of the two, or declare the repair 'same-text'.",
                    )
            yield msgspec.structs.replace(first, judgements=_joined([first, *others]))

    return read


def _joined(documents: Sequence[Document]) -> tuple[Judgement, ...]:
    """The judgements of several documents, merged by question, each class once."""
    keys: dict[str, dict[str, None]] = {}
    for document in documents:
        for judgement in document.judgements:
            keys.setdefault(judgement.question, {}).update(dict.fromkeys(judgement.keys))
    return tuple(Judgement(question, tuple(classes)) for question, classes in keys.items())
