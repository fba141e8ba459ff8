"""ChemProt's TSV (BioCreative VI and VII): three files a split, told apart by the end of their names.

`…abstracts.tsv` has id, title, abstract; `…entities.tsv` id, mention, type, start, end, words, with offsets that count
the title, one tab, the abstract; the relations file id, label, `Arg1:T1`, `Arg2:T2`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.types import Document, Passage, Relation

Cells = tuple[int, list[str]]


def chemprot_tsv(relations: str = "gold_standard.tsv") -> Reader:
    """A reader of the three files; `relations` is the end of the relation file's name."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        abstracts, entities, links = (_ending(files, end) for end in ("abstracts.tsv", "entities.tsv", relations))
        claims, related = _by_document(entities, 6), _by_document(links, 4)
        ids = set()
        for number, (pmid, title, abstract) in _cells(abstracts, 3):
            ids.add(pmid)
            text = f"{title} {abstract}"
            mentions = locate(text, [_claim(entities, *cells) for cells in claims.get(pmid, ())], entities, repairs)
            known = {mention.id for mention in mentions}
            yield Document(
                id=pmid,
                text=text,
                group=pmid,
                origin=f"{abstracts.name}:{number}",
                passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
                mentions=mentions,
                relations=tuple(_relation(links, known, *cells) for cells in related.get(pmid, ())),
            )
        for file, rows in ((entities, claims), (links, related)):
            if strangers := rows.keys() - ids:
                number, _ = rows[min(strangers)][0]
                raise file.error(number, f"document {min(strangers)} is not in {abstracts.name}.")

    return read


def _ending(files: Sequence[File], end: str) -> File:
    for file in files:
        if file.name.endswith(end):
            return file
    raise UserError(f"No file …{end} beside {files[0].name if files else 'the others'}.", "download the corpus again.")


def _cells(file: File, count: int) -> Iterator[Cells]:
    for number, line in file.lines():
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != count:
            raise file.error(number, f"{len(cells)} columns, expected {count}.")
        yield number, cells


def _by_document(file: File, count: int) -> dict[str, list[Cells]]:
    rows = defaultdict(list)
    for number, cells in _cells(file, count):
        rows[cells[0]].append((number, cells))
    return dict(rows)


def _claim(file: File, number: int, cells: list[str]) -> Claim:
    _, name, kind, start, end, words = cells
    if not (start.isdecimal() and end.isdecimal()):
        raise file.error(number, f"offsets {start!r} and {end!r} are not numbers.")
    return Claim(number, name, kind, int(start), int(end), words)


def _relation(file: File, known: set[str], number: int, cells: list[str]) -> Relation:
    _, label, *arguments = cells
    names = [argument.partition(":")[2] for argument in arguments]
    if strangers := [name for name in names if name not in known]:
        raise file.error(number, f"{strangers[0] or arguments[0]!r} is not a mention of this document.")
    return Relation(label, *names)
