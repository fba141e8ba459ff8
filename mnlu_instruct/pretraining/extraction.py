"""One PubMed file → its citations as Parquet: the text of each, or why it has none; and the ids that it deletes."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct import files
from mnlu_instruct.files import File
from mnlu_instruct.readers import pubmed_xml
from mnlu_instruct.readers.pubmed_xml import Book, Citation, Deletion

SCHEMA = pa.schema([("pmid", pa.int64()), ("version", pa.int32()), ("reason", pa.string()), ("text", pa.string())])
"""A citation: `reason` says why it has no text; one that is deleted has the version 0 and the reason `DELETION`."""
DELETION, BOOKS = "deletion", "book or chapter"
BATCH = 2_000
NOTE = re.compile(r"\s*\(ABSTRACT TRUNCATED(?: AT \d+ WORDS)?\)$")


class Choice(Struct, frozen=True):
    """What of PubMed becomes a document.

    Attributes:
        shortest: the fewest characters of an abstract.
        languages: only articles in one of these languages (as PubMed writes them, "eng"); all if empty. The abstract
            itself is in English nearly always.
        retracted: keep retracted articles and the notices of retractions.
        notes: keep the note "(ABSTRACT TRUNCATED AT 250 WORDS)" at the end.
        labels: write the label of a part of an abstract in front of it.
        titles: write the title in front of the abstract.
    """

    shortest: int = 11
    languages: tuple[str, ...] = ()
    retracted: bool = False
    notes: bool = False
    labels: bool = False
    titles: bool = False


class Extracted(Struct, frozen=True):
    """What was found in a file.

    Attributes:
        sha256: of the file.
        citations: how many there are.
        deletions: how many ids it deletes.
        labelled: citations with labelled parts.
        notes: truncation notes that were stripped.
    """

    sha256: str
    citations: int
    deletions: int
    labelled: int
    notes: int


def extract(file: File, choice: Choice, out: Path) -> Extracted:
    """Write the citations of a file to `out`, whole or not at all.

    Raises:
        UserError: as `pubmed_xml.read`.
    """
    counts = dict.fromkeys(("citations", "deletions", "labelled", "notes"), 0)
    hidden = out.with_suffix(".part")
    with pq.ParquetWriter(hidden, SCHEMA, compression="zstd", compression_level=1) as writer:
        rows: list[dict[str, object]] = []
        for row in _rows(file, choice, counts):
            rows.append(row)
            if len(rows) == BATCH:
                writer.write_batch(pa.RecordBatch.from_pylist(rows, SCHEMA))
                rows.clear()
        writer.write_batch(pa.RecordBatch.from_pylist(rows, SCHEMA))
    hidden.replace(out)
    return Extracted(files.sha256(file.path), **counts)


def _rows(file: File, choice: Choice, counts: dict[str, int]) -> Iterator[dict[str, object]]:
    for entry in pubmed_xml.read(file):
        match entry:
            case Citation():
                text, stripped = _text(entry, choice)
                reason = _reason(entry, text, choice)
                counts["citations"] += 1
                counts["labelled"] += any(part.label for part in entry.parts)
                counts["notes"] += stripped and not reason
                kept = None if reason else f"{entry.title} {text}".strip() if choice.titles else text
                yield {"pmid": entry.pmid, "version": entry.version, "reason": reason, "text": kept}
            case Deletion():
                counts["deletions"] += 1
                yield {"pmid": entry.pmid, "version": 0, "reason": DELETION, "text": None}
            case Book():
                counts["citations"] += 1
                yield {"pmid": -1, "version": 1, "reason": BOOKS, "text": None}


def _text(citation: Citation, choice: Choice) -> tuple[str, bool]:
    """The abstract, and whether a note was stripped of it."""
    whole = citation.abstract(choice.labels)
    text = whole if choice.notes else NOTE.sub("", whole)
    return text, text != whole


def _reason(citation: Citation, text: str, choice: Choice) -> str:
    """Why a citation is no document; "" if it is one. The first reason counts."""
    reasons = {
        "no abstract": not citation.parts and not citation.others,
        "only another abstract": not citation.parts,
        "abstract without text": not citation.abstract(),
        "retracted": citation.retracted and not choice.retracted,
        "notice of a retraction": citation.is_notice and not choice.retracted,
        "another language": choice.languages and set(choice.languages).isdisjoint(citation.languages),
        f"shorter than {choice.shortest} characters": len(text) < choice.shortest,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def identities(extracted: Path) -> pa.Table:
    """The PubMed ids, versions and reasons of a file's entries, in its order."""
    return pq.read_table(extracted, columns=["pmid", "version", "reason"])


def texts(extracted: Path, kept: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], list[str]]]:
    """The ids and texts of the entries that are kept, in batches."""
    start = 0
    for batch in pq.ParquetFile(extracted).iter_batches(BATCH, columns=["pmid", "text"]):
        some = batch.filter(pa.array(kept[start : start + len(batch)]))
        start += len(batch)
        yield some.column("pmid").to_numpy(), some.column("text").to_pylist()
