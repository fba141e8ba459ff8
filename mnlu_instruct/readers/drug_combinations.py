"""The JSON lines of Drug Combination Extraction (Tiktinsky et al., 2022): a sentence and its drugs in each.

A line has `doc_id`, `sentence`, `spans` (each with `span_id`, `start`, `end`, `text`), and `rels` (each with a `class`
and the ids of two or more spans). `source` is the address of the article, which ends with its PubMed id; some lines
have none. The paragraph around the sentence is not read.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.jsonl import lines
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.readers.rows import Row, records
from mnlu_instruct.types import Document, Record, Relation

DRUG = "drug"
"""The type of all spans."""


def drug_combinations(merged: Mapping[str, str] = MappingProxyType({})) -> Reader:
    """A reader of these lines; `merged`: class → the class that it counts as."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:

            def document(row: Row, origin: str, file: File = file) -> Document:
                return _document(row, origin, merged, file, repairs)

            yield from records(lines(file), document, "", file, repairs)

    return read


def _document(row: Row, origin: str, merged: Mapping[str, str], file: File, repairs: Repairs) -> Document:
    number = int(origin.rpartition(":")[2])
    name, text = row["doc_id"], row["sentence"]
    claims = [Claim(number, f"T{one['span_id']}", DRUG, one["start"], one["end"], one["text"]) for one in row["spans"]]
    relations = [_relation(one, merged, {claim.id for claim in claims}) for one in row["rels"]]
    return Document(
        id=name,
        text=text,
        group=_article(row["source"]) or name,
        origin=origin,
        mentions=locate(text, claims, file, repairs),
        relations=tuple(relations),
    )


def _relation(one: Row, merged: Mapping[str, str], known: set[str]) -> Relation:
    ends = [f"T{span}" for span in one["spans"]]
    if strangers := [end for end in ends if end not in known]:
        raise ValueError(f"span {strangers[0][1:]} of a relation is none of this sentence")
    if len(ends) < 2:
        raise ValueError(f"a relation of {len(ends)} spans, expected two or more")
    head, tail, *others = ends
    return Relation(merged.get(one["class"], one["class"]), head, tail, tuple(others))


def _article(address: str | None) -> str:
    """The PubMed id at the end of an article's address."""
    return (address or "").rstrip("/").rpartition("/")[2]
