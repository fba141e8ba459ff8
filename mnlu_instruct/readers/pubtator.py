"""PubTator: `id|t|title`, `id|a|abstract`, then tab-separated mentions and relations, then a blank line.

Offsets count the title, one separator, the abstract. Mentions have the columns id, start, end, words, type and, where
known, concept ids; relations have id, type, concept, concept (Wei et al., 2013; BioCreative V CDR adds relations).
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.types import Document, Passage, Relation

Line = tuple[int, str]


def pubtator(concepts: str = ",", unknown: str = "-") -> Reader:
    """A reader of PubTator files.

    Args:
        concepts: what separates the concept ids of one mention.
        unknown: the concept id that stands for none.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for block in _blocks(file):
                yield _document(block, file, repairs)

    def _document(block: list[Line], file: File, repairs: Repairs) -> Document:
        (first, _), *_ = block
        pmid, title, abstract = _texts(block, file)
        text = f"{title} {abstract}"
        claims: list[Claim] = []
        relations: list[Relation] = []
        for number, line in block[2:]:
            columns = line.split("\t")
            if columns[0] != pmid:
                raise file.error(number, f"expected a mention or relation of document {pmid}, found {line[:60]!r}.")
            if len(columns) >= 5 and columns[1].isdecimal() and columns[2].isdecimal():
                claims.append(_claim(number, columns, len(claims)))
            elif len(columns) in {4, 5} and not columns[1].isdecimal():
                relations.append(Relation(*columns[1:4]))
            else:
                raise file.error(
                    number,
                    f"{len(columns)} columns that are neither a mention (id, start, end, words, type, concept) nor a "
                    "relation (id, type, concept, concept).",
                )
        return Document(
            id=pmid,
            text=text,
            group=pmid,
            origin=f"{file.name}:{first}",
            passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
            mentions=locate(text, claims, file, repairs),
            relations=tuple(relations),
        )

    def _claim(number: int, columns: list[str], index: int) -> Claim:
        ids = columns[5].split(concepts) if len(columns) > 5 else []
        known = tuple(dict.fromkeys(i for i in map(str.strip, ids) if i and i != unknown))
        return Claim(number, f"T{index + 1}", columns[4], int(columns[1]), int(columns[2]), columns[3], known)

    return read


def _blocks(file: File) -> Iterator[list[Line]]:
    block: list[Line] = []
    for number, line in file.lines():
        if line:
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _texts(block: list[Line], file: File) -> tuple[str, str, str]:
    """The id, title and abstract of a block; only the first two bars of a line separate."""
    (number, line) = block[0]
    pmid, kind, title = [*line.split("|", 2), "", ""][:3]
    if kind != "t":
        raise file.error(number, f"expected 'id|t|title', found {line[:60]!r}.")
    number, line = block[1] if len(block) > 1 else (number + 1, "")
    if not line.startswith(f"{pmid}|a|"):
        raise file.error(number, f"expected '{pmid}|a|abstract' after the title, found {line[:60]!r}.")
    return pmid, title, line[len(pmid) + 3 :]
