"""ChemProt's TSV (BioCreative VI and VII): three files per split, recognised by the ends of their names.

`…abstracts.tsv` has the columns id, title, abstract. `…entities.tsv` has id, mention, type, start, end, words; offsets
are into title, tab and abstract, joined. The relations file has id, label, `Arg1:T1`, `Arg2:T2`.
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.readers.tsv import by_document, ending, numbered_cells, refuse_strangers
from mnlu_instruct.types import Document, Passage, Relation


def chemprot_tsv(relations: str = "gold_standard.tsv", abstracts: str = "abstracts.tsv") -> Reader:
    """A reader of the three files; `relations` and `abstracts` are the ends of two files' names."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        texts, entities, links = (ending(files, end) for end in (abstracts, "entities.tsv", relations))
        claims, related = by_document(entities, 6), by_document(links, 4)
        ids = set()
        for number, (pmid, title, abstract) in numbered_cells(texts, 3):
            ids.add(pmid)
            text = f"{title} {abstract}"
            mentions = locate(text, [_claim(entities, *cells) for cells in claims.get(pmid, ())], entities, repairs)
            known = {mention.id for mention in mentions}
            yield Document(
                id=pmid,
                text=text,
                group=pmid,
                origin=f"{texts.name}:{number}",
                passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
                mentions=mentions,
                relations=tuple(_relation(links, known, *cells) for cells in related.get(pmid, ())),
            )
        refuse_strangers(entities, claims, ids, texts)
        refuse_strangers(links, related, ids, texts)

    return read


def _claim(file: File, number: int, cells: list[str]) -> Claim:
    _, name, kind, start, end, words = cells
    if not are_offsets(start, end):
        raise file.error(number, f"offsets {start!r} and {end!r} are not numbers.")
    return Claim(number, name, kind, int(start), int(end), words)


def _relation(file: File, known: set[str], number: int, cells: list[str]) -> Relation:
    _, label, *arguments = cells
    head, tail = (argument.partition(":")[2] for argument in arguments)
    if strangers := [name for name in (head, tail) if name not in known]:
        raise file.error(number, f"{strangers[0] or arguments[0]!r} is not a mention of this document.")
    return Relation(label, head, tail)
