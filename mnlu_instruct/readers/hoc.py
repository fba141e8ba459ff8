"""The Hallmarks of Cancer corpus (Baker et al., 2016): `text/ID.txt` beside `labels/ID.txt`, and lists of each split.

A text has one sentence per line. Its labels are on one line, with `<` before those of each sentence and `AND` between
them; a label is a path whose first part is the hallmark: `Resisting cell death--Apoptosis`. `NULL` means no label.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.lists import chosen, stem
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Judgement

NONE = frozenset({"", "NULL"})


def hoc(question: str) -> Reader:
    """A reader of documents; the classes of each, under `question`, are the hallmarks of all its sentences."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        documents = chosen(files)
        labels = {stem(file.name): file for file in documents if _folder(file) == "labels"}
        for file in documents:
            if _folder(file) != "text":
                continue
            name, text = stem(file.name), file.text()
            if name not in labels:
                raise file.error(None, f"no labels/{name}.txt for this text.")
            keys = _hallmarks(labels.pop(name), sum(1 for _ in file.lines()))
            yield Document(name, text, name, f"{file.name}:1", judgements=(Judgement(question, keys),))
        for file in labels.values():
            raise file.error(None, f"no text/{stem(file.name)}.txt for these labels.")

    return read


def _folder(file: File) -> str:
    return PurePosixPath(file.name).parent.name


def _hallmarks(file: File, sentences: int) -> tuple[str, ...]:
    """The hallmarks of a document, in the order of first occurrence.

    Raises:
        UserError: the labels are for a different number of sentences.
    """
    _, *labelled = file.text().split("<")
    if len(labelled) != sentences:
        raise file.error(1, f"labels for {len(labelled)} sentences, expected {sentences}, as in the text.")
    names = (path.split("--")[0].strip() for labels in labelled for path in labels.split("AND"))
    return tuple(dict.fromkeys(name for name in names if name not in NONE))
