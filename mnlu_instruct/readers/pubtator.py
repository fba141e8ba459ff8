"""PubTator: `id|t|title`, `id|a|abstract`, then tab-separated mentions and relations, then a blank line.

Offsets are into title, separator and abstract, joined. Mentions have the columns id, start, end, words, type and, where
known, concept ids; relations have id, type, concept, concept (Wei et al., 2013). BioCreative V CDR adds relations, and
the words for each concept of a composite mention.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat, zip_longest

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.types import Document, Mention, Passage, Relation, normalise

Block = tuple[int, list[str]]
"""The number of the first line of a document, and its lines."""

Row = list[str]
Marked = tuple[tuple[Mention, ...], tuple[Relation, ...]]

MOST = 7
"""Columns of a mention."""
NAME = re.compile(r"[^\W\d_]")
"""The name of a relation has a letter."""
CONCEPTS = 10_000
"""Cache size, in parsed cells of concept ids; most cells recur."""

NEITHER = "neither a mention (id, start, end, words, type, concept) nor a relation (id, type, concept, concept)."


def pubtator(
    concepts: str = ",", unknown: str = "-", lost_types: Mapping[str, str] | None = None, parts: bool = False
) -> Reader:
    """A reader of PubTator files.

    Args:
        concepts: what separates the concept ids of one mention.
        unknown: the concept id that means no concept.
        lost_types: prefix of a concept id → type of the mention, for lines without a type, whose concept id is in the
            type's column; repaired as `lost-type`.
        parts: whether the seventh column has the words for each concept of a composite mention.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for block in _blocks(file):
                yield _document(block, file, repairs)

    def _document(block: Block, file: File, repairs: Repairs) -> Document:
        first, lines = block
        pmid, title, abstract = _texts(block, file)
        text = f"{title} {abstract}"
        rows = [line.split("\t") for line in lines[2:]]
        mentions, relations = _plain(rows, pmid, text) or _checked(rows, pmid, text, first + 2, file, repairs)
        return Document(
            id=pmid,
            text=text,
            group=pmid,
            origin=f"{file.name}:{first}",
            passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
            mentions=mentions,
            relations=relations,
        )

    def _plain(rows: Sequence[Row], pmid: str, text: str) -> Marked | None:
        """Read a document by columns, for speed, if all its mentions slice and it has nothing else but relations.

        None for any other document, which `_checked` reads.
        """
        mentions: list[Row] = []
        relations: list[Row] = []
        for row in rows:
            (relations if _is_relation(row, text) else mentions).append(row)
        if lost_types or not mentions or not 5 <= min(map(len, mentions)) <= max(map(len, mentions)) <= MOST:
            return None
        columns = *zip_longest(*mentions, fillvalue=""), repeat(""), repeat("")
        ids, starts, ends, words, types, cells, composed, *_ = columns
        if {*ids, *[row[0] for row in relations]} != {pmid} or not are_offsets(*starts, *ends):
            return None
        begins, stops = list(map(int, starts)), list(map(int, ends))
        slices = tuple([text[start:end] for start, end in zip(begins, stops, strict=True)])
        if slices != words or not all(map(str.strip, words)) or "" in types or max(stops) > len(text):
            return None
        spans = zip(zip(begins, stops, strict=True))
        known, stated = map(concept_ids, cells), map(concept_parts, cells, composed)
        found = tuple(map(Mention, _names(len(mentions)), types, spans, known, stated))
        return found, tuple([Relation(kind, head, tail) for _, kind, head, tail, *_ in relations])

    def _checked(rows: Sequence[Row], pmid: str, text: str, first: int, file: File, repairs: Repairs) -> Marked:
        """Read a document line by line, with all repairs."""
        claims: list[Claim] = []
        relations: list[Relation] = []
        for number, row in enumerate(rows, first):
            if row[0] != pmid:
                found = "\t".join(row)[:60]
                raise file.error(number, f"expected a mention or relation of document {pmid}, found {found!r}.")
            if 5 <= len(row) <= MOST and are_offsets(row[1], row[2]) and row[4].strip():
                claims.append(_claim(number, _typed(row, f"{file.name}:{number}", repairs), len(claims)))
            elif _is_relation(row, text):
                relations.append(Relation(row[1], row[2], row[3]))
            elif not repairs.drops("stray-line", f"{file.name}:{number}"):
                raise file.error(number, f"{len(row)} columns that are {NEITHER}")
        return locate(text, claims, file, repairs), tuple(relations)

    def _claim(number: int, row: Row, index: int) -> Claim:
        known, stated = [*row[5:], "", ""][:2]
        places = int(row[1]), int(row[2])
        return Claim(number, f"T{index + 1}", row[4], *places, row[3], concept_ids(known), concept_parts(known, stated))

    def _typed(columns: Row, place: str, repairs: Repairs) -> Row:
        """The columns of a mention, with its type inserted if it is missing."""
        for beginning, kind in (lost_types or {}).items():
            if columns[4].startswith(beginning) and repairs.mends("lost-type", place):
                return [*columns[:4], kind, *columns[4:]]
        return columns

    @lru_cache(CONCEPTS)
    def concept_ids(cell: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i for i in map(str.strip, cell.split(concepts)) if i and i != unknown))

    def concept_parts(cell: str, stated: str) -> tuple[tuple[str, str], ...]:
        """The concepts of a mention with the words for each; none, if there aren't as many as concepts."""
        if not (parts and stated):
            return ()
        ids, words = cell.split(concepts), stated.split(concepts)
        pairs = zip(map(str.strip, ids), map(normalise, words), strict=False)
        return tuple(pair for pair in pairs if all(pair) and pair[0] != unknown) if len(ids) == len(words) else ()

    return read


def _is_relation(row: Row, text: str) -> bool:
    """Whether a line is a relation: its second column names it, and isn't the broken offset of a mention."""
    if len(row) not in {4, 5} or not NAME.search(row[1]) or not all(map(str.strip, row[2:4])):
        return False
    # A mention without concepts has five columns, too; then the third and fourth are its end and its words.
    return len(row) == 4 or not row[2].isdecimal() or row[3].isdecimal() or row[3] not in text


@lru_cache
def _names(count: int) -> list[str]:
    return [f"T{number}" for number in range(1, count + 1)]


def _blocks(file: File) -> Iterator[Block]:
    first, lines = 1, list[str]()
    for number, line in file.lines():
        if line.strip():
            lines.append(line)
        elif lines:
            yield first, lines
            lines = []
        if not lines:
            first = number + 1
    if lines:
        yield first, lines


def _texts(block: Block, file: File) -> tuple[str, str, str]:
    """The id, title and abstract of a block; only the first two `|` of a line are separators."""
    first, (line, *others) = block
    pmid, kind, title = [*line.split("|", 2), "", ""][:3]
    if kind != "t":
        raise file.error(first, f"expected 'id|t|title', found {line[:60]!r}.")
    line = others[0] if others else ""
    if not line.startswith(f"{pmid}|a|"):
        raise file.error(first + 1, f"expected '{pmid}|a|abstract' after the title, found {line[:60]!r}.")
    return pmid, title, line[len(pmid) + 3 :]
