"""Tokens and lists of token numbers as one JSON array: the layout of W2NER (Li et al., 2022), nested and discontinuous.

A sentence has `sentence`, its tokens, and `ner`, its mentions: each with `index`, the numbers of its tokens from 0, and
`type`. The text is the tokens joined by blanks; tokens in a row make one fragment of a mention.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import PurePosixPath

import msgspec
from msgspec import Struct

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.words import joined
from mnlu_instruct.types import Document, Mention


class Marked(Struct):
    """A mention as the file has it."""

    index: list[int]
    type: str


class Sentence(Struct):
    """A sentence as the file has it."""

    sentence: list[str]
    ner: list[Marked]


def w2ner() -> Reader:
    """A reader of arrays of sentences; each is a document, with its number in the file as id."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            prefix = f"{PurePosixPath(file.name).stem}/" if len(files) > 1 else ""
            for number, sentence in enumerate(_sentences(file), 1):
                yield _document(f"{prefix}{number}", sentence, number, file)

    return read


def _sentences(file: File) -> list[Sentence]:
    try:
        return msgspec.json.decode(file.text(), type=list[Sentence])
    except msgspec.DecodeError as error:
        raise file.error(None, f"not a JSON array of sentences with `sentence` and `ner` ({error}).") from error


def _document(name: str, found: Sentence, number: int, file: File) -> Document:
    if not all(token.strip() for token in found.sentence):
        raise file.error(None, f"sentence {number}: a token is empty.", "delete it, and count the tokens anew.")
    starts = list(accumulate((len(token) + 1 for token in found.sentence), initial=0))
    places = [(start, start + len(token)) for start, token in zip(starts, found.sentence, strict=False)]
    mentions = []
    for count, marked in enumerate(found.ner, 1):
        if not marked.index or not 0 <= min(marked.index) <= max(marked.index) < len(places):
            wrong = (
                f"sentence {number}: a mention has the tokens {marked.index[:20]}, expected some below {len(places)}."
            )
            raise file.error(None, wrong, "correct the numbers.")
        mentions.append(Mention(f"T{count}", marked.type, joined(marked.index, places)))
    return Document(name, " ".join(found.sentence), name, f"{file.name}:{number}", mentions=tuple(mentions))
