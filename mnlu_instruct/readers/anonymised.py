"""Tables of sentences with two anonymised mentions, written `@GENE$` and `@DISEASE$` (BioBERT's data sets)."""

from collections.abc import Mapping, Sequence

from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.types import Document, Mention, Relation, Span


def anonymised(marks: Mapping[str, str], negative: str, columns: Sequence[str] = ()) -> Reader:
    """A reader of TSV files with the columns `sentence` and `label`; a record's id is its `index`, or its line.

    Args:
        marks: placeholder of each of the two mentions → its type.
        negative: the label of sentences without a relation.
        columns: the names of the columns of a table without header.
    """

    def make(row: Row, origin: str) -> Document:
        name = row.get("index") or origin.rpartition(":")[2]
        text = row["sentence"]
        mentions = tuple(
            Mention(f"T{number}", kind, (_place(text, mark),)) for number, (mark, kind) in enumerate(marks.items(), 1)
        )
        first, second = mentions
        related = () if row["label"] == negative else (Relation(row["label"], first.id, second.id),)
        return Document(name, text, name, origin, mentions=mentions, relations=related)

    return table(make, delimiter="\t", quoted=False, columns=columns)


def _place(text: str, mark: str) -> Span:
    """The span of a placeholder, which must occur exactly once."""
    if text.count(mark) != 1:
        raise ValueError(f"{mark} occurs {text.count(mark)} times, expected once")
    start = text.index(mark)
    return start, start + len(mark)
