"""CHEMDNER's TSV (Krallinger et al., 2015): abstracts in one file, the mentions of their titles and bodies in another.

`….abstracts.txt` has the columns id, title, abstract. `….annotations.txt` has id, `T` or `A`, start, end, words, type;
offsets are relative to the title (`T`) or the abstract (`A`).
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.readers.tsv import by_document, ending, numbered_cells, refuse_strangers
from mnlu_instruct.types import Document, Passage


def chemdner_tsv() -> Reader:
    """A reader of the two files."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        texts, annotations = (ending(files, end) for end in (".abstracts.txt", ".annotations.txt"))
        marked = by_document(annotations, 6)
        ids = set()
        for number, (pmid, title, abstract) in numbered_cells(texts, 3):
            ids.add(pmid)
            text = f"{title} {abstract}"
            begins = {"T": 0, "A": len(title) + 1}
            claims = [
                _claim(f"T{index}", line, cells, begins, annotations)
                for index, (line, cells) in enumerate(marked.get(pmid, ()), 1)
            ]
            yield Document(
                id=pmid,
                text=text,
                group=pmid,
                origin=f"{texts.name}:{number}",
                passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
                mentions=locate(text, claims, annotations, repairs),
            )
        refuse_strangers(annotations, marked, ids, texts)

    return read


def _claim(name: str, line: int, cells: list[str], begins: dict[str, int], file: File) -> Claim:
    _, part, start, end, words, kind = cells
    if part not in begins or not are_offsets(start, end):
        raise file.error(line, f"expected T or A and two numbers, found {part!r}, {start!r}, {end!r}.")
    return Claim(line, name, kind, begins[part] + int(start), begins[part] + int(end), words)
