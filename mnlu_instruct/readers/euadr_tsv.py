"""EU-ADR as released (van Mulligen et al., 2012): `PMID.txt` in Latin-1, one concept or relation per line, no text.

A line has its kind, whether the annotators agreed on it, and `concept` or `relation`. A concept continues with words,
start, end, …, id, type; a relation continues with the ids of two concepts and ends with its label. `abstracts.tsv`,
beside these files, has id, title, abstract; offsets are into title, space and abstract, joined.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.readers.tsv import ending, numbered_cells
from mnlu_instruct.types import Document, Passage, Relation

COLUMNS = {"concept": 10, "relation": 11}
"""The least number of columns of each kind of line."""


def euadr_tsv() -> Reader:
    """A reader of annotation files and their abstracts; lines that the annotators didn't agree on are skipped.

    A file without an abstract is dropped as `no-text`, a relation with a missing concept as `dangling-end`.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        abstracts = ending(files, "abstracts.tsv")
        texts = {pmid: (title, abstract) for _, (pmid, title, abstract) in numbered_cells(abstracts, 3)}
        for file in files:
            name = PurePosixPath(file.name).stem
            if file is abstracts or not name.isdecimal():
                continue
            if name in texts:
                yield _document(name, *texts[name], file, repairs)
            elif not repairs.drops("no-text", file.name):
                raise file.error(None, f"document {name} is not in {abstracts.name}.")

    return read


def _document(name: str, title: str, abstract: str, file: File, repairs: Repairs) -> Document:
    text = f"{title} {abstract}"
    claims, links = [], []
    for number, cells in _agreed(file):
        if cells[2] == "concept":
            claims.append(_claim(number, cells, file))
        else:
            links.append((number, Relation(cells[-1], cells[3], cells[4])))
    mentions = locate(text, claims, file, repairs)
    known = {mention.id for mention in mentions}
    relations = []
    for number, relation in links:
        if known.issuperset((relation.head, relation.tail)):
            relations.append(relation)
        elif not repairs.drops("dangling-end", f"{file.name}:{number}"):
            raise file.error(number, f"{relation.head!r} or {relation.tail!r} is not a concept of this document.")
    return Document(
        id=name,
        text=text,
        group=name,
        origin=f"{file.name}:1",
        passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
        mentions=mentions,
        relations=tuple(relations),
    )


def _agreed(file: File) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that the annotators agreed on."""
    for number, line in enumerate(file.read().decode("latin-1").split("\n"), 1):
        cells = line.rstrip("\r").split("\t")
        if cells == [""]:
            continue
        sort = cells[2] if len(cells) > 2 else ""
        if len(cells) < COLUMNS.get(sort, len(cells) + 1) or cells[1] not in {"True", "False"}:
            raise file.error(number, f"expected a concept or a relation, found {line[:60]!r}.")
        if cells[1] == "True":
            yield number, cells


def _claim(number: int, cells: list[str], file: File) -> Claim:
    start, end = cells[4], cells[5]
    if not are_offsets(start, end):
        raise file.error(number, f"offsets {start!r} and {end!r} are not numbers.")
    return Claim(number, cells[8], cells[9], int(start), int(end), cells[3].strip())
