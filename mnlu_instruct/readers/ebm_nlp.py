"""EBM-NLP 2.0 (Nye et al., 2018): `documents/PMID.tokens`, and one file of token labels per type of mention.

The label files are `annotations/…/KIND/…/PMID.AGGREGATED.ann`; `0` means no label. As in BLURB, a token has one type:
if it has several labels, the last in the corpus' order.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from msgspec.structs import replace

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.conll import Row, document
from mnlu_instruct.readers.lists import listed
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document

TOKENS, LABELS, LIST = ".tokens", ".ann", ".tsv"


def ebm_nlp(kinds: Mapping[str, str]) -> Reader:
    """A reader of the documents that have labels, or of those that a list among the files names.

    Args:
        kinds: folder → type of mention; for a token with several types, the last wins.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        lists = [file for file in files if file.name.endswith(LIST)]
        labels = {(_kind(file), _name(file)): file for file in files if file.name.endswith(LABELS)}
        documents = {_name(file): file for file in files if file.name.endswith(TOKENS)}
        wanted = listed(lists) if lists else {name: (file, 1) for (_, name), file in labels.items()}
        for name, (file, number) in wanted.items():
            if name not in documents:
                raise file.error(number, f"document '{name}' has no {TOKENS} file.")
        for name, file in documents.items():
            if name in wanted:
                yield _document(name, file, {kind: labels.get((folder, name)) for folder, kind in kinds.items()})

    def _kind(file: File) -> str:
        found = [part for part in PurePosixPath(file.name).parts if part in kinds]
        if not found:
            raise file.error(None, f"expected labels in one of the folders {', '.join(kinds)}.")
        return found[-1]

    return read


def _name(file: File) -> str:
    return re.split(r"[._]", PurePosixPath(file.name).name)[0]


def _document(name: str, file: File, labels: Mapping[str, File | None]) -> Document:
    tokens = file.text().split()
    if not tokens:
        raise file.error(None, "a document without tokens.")
    types = [""] * len(tokens)
    for kind, source in labels.items():
        if source is None:
            raise file.error(None, f"there is no label file for {kind} of this document.")
        marks = source.text().split()
        if len(marks) != len(tokens):
            raise source.error(None, f"{len(marks)} labels, expected {len(tokens)}, one for each token.")
        types = [kind if mark != "0" else kind_so_far for mark, kind_so_far in zip(marks, types, strict=True)]
    tags = [f"{'I' if here == before else 'B'}-{here}" if here else "O" for before, here in pairwise(["", *types])]
    rows: list[Row] = [(1, token, [tag]) for token, tag in zip(tokens, tags, strict=True)]
    return replace(document(name, [rows], [file]), origin=f"{file.name}:1")
