"""The JSON lines of Drug Combination Extraction (Tiktinsky et al., 2022): a sentence and its drugs in each.

A line has `doc_id`, `sentence`, `spans` (each with `span_id`, `start`, `end`, `text`), and `rels` (each with a `class`
and the ids of two or more spans). `paragraph` has the sentence in its context, `source` is the address of the article,
which ends with its PubMed id; some lines have none.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from msgspec import structs

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.jsonl import lines
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.readers.rows import Row, records
from mnlu_instruct.types import Document, Mention, Record, Relation

DRUG = "drug"
"""The type of all spans."""


Merged = Mapping[str, str | None]
"""Class → the class that it counts as; None, if its relations are left out."""


def drug_combinations(
    merged: Merged = MappingProxyType({}), text: Literal["sentence", "paragraph"] = "sentence"
) -> Reader:
    """A reader of these lines.

    Args:
        merged: class → the class that it counts as; None, if its relations are left out.
        text: what is read as the text. Drugs and relations are those of the sentence in either case.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:

            def document(row: Row, origin: str, file: File = file) -> Document:
                return _document(row, row[text], origin, merged, file, repairs)

            yield from records(lines(file), document, "", file, repairs)

    return read


def _document(row: Row, text: str, origin: str, merged: Merged, file: File, repairs: Repairs) -> Document:
    number = int(origin.rpartition(":")[2])
    name, sentence = row["doc_id"], row["sentence"]
    claims = [Claim(number, f"T{one['span_id']}", DRUG, one["start"], one["end"], one["text"]) for one in row["spans"]]
    known = {claim.id for claim in claims}
    found = [_relation(one, kind, known) for one in row["rels"] if (kind := merged.get(one["class"], one["class"]))]
    start = text.find(sentence)
    if start < 0:
        raise ValueError("the paragraph lacks the sentence")
    return Document(
        id=name,
        text=text,
        group=_article(row["source"]) or name,
        origin=origin,
        mentions=tuple(_moved(mention, start) for mention in locate(sentence, claims, file, repairs)),
        relations=tuple(found),
    )


def _moved(mention: Mention, distance: int) -> Mention:
    return structs.replace(mention, spans=tuple((start + distance, end + distance) for start, end in mention.spans))


def _relation(one: Row, kind: str, known: set[str]) -> Relation:
    ends = [f"T{span}" for span in one["spans"]]
    if strangers := [end for end in ends if end not in known]:
        raise ValueError(f"span {strangers[0][1:]} of a relation is none of this sentence")
    if len(ends) < 2:
        raise ValueError(f"a relation of {len(ends)} spans, expected two or more")
    head, tail, *others = ends
    return Relation(kind, head, tail, tuple(others))


def _article(address: str | None) -> str:
    """The PubMed id at the end of an article's address."""
    return (address or "").rstrip("/").rpartition("/")[2]
