"""ClinicalIE's tables of snippets (Agrawal et al., 2022): medication attributes with offsets, or lists of names.

`annotations` is a Python list of `[start, end, "Dosage2", words]`: the number says which medication is meant.
The columns of names are lists without quotes, `[aspirin, metoprolol]`.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, locate
from mnlu_instruct.readers.rows import Row, records
from mnlu_instruct.readers.tables import rows
from mnlu_instruct.types import Document, Mention, Record, Span

Find = Callable[[Row, int, File, Repairs], tuple[Mention, ...]]


def attribute_spans() -> Reader:
    """A reader of snippets with `annotations`."""
    return _snippets(_attributes)


def named_spans(columns: Sequence[str]) -> Reader:
    """A reader of snippets with columns of names, each a type of mention.

    A name is located at its first occurrence that no other name has taken, ignoring case under the rule `case-fold`. A
    name that doesn't occur is dropped as `unlocated`.
    """

    def found(row: Row, line: int, file: File, repairs: Repairs) -> tuple[Mention, ...]:
        return _names(row, columns, line, file, repairs)

    return _snippets(found)


def _snippets(find: Find) -> Reader:
    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:

            def document(row: Row, origin: str, file: File = file) -> Document:
                line = origin.rpartition(":")[2]
                mentions = find(row, int(line), file, repairs)
                return Document(line, row["snippet"], line, origin, mentions=mentions)

            yield from records(rows(file), document, "", file, repairs)

    return read


def _attributes(row: Row, line: int, file: File, repairs: Repairs) -> tuple[Mention, ...]:
    try:
        found = ast.literal_eval(row["annotations"])
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError("'annotations' is not a Python list") from error
    claims = [
        Claim(line, f"T{index}", kind.rstrip("0123456789"), start, end, words)
        for index, (start, end, kind, words) in enumerate(found, 1)
    ]
    if not all(isinstance(offset, int) for claim in claims for offset in (claim.start, claim.end)):
        raise ValueError("offsets are not integers")
    return locate(row["snippet"], claims, file, repairs)


def _names(row: Row, columns: Sequence[str], line: int, file: File, repairs: Repairs) -> tuple[Mention, ...]:
    mentions: list[Mention] = []
    place = f"{file.name}:{line}"
    for kind in columns:
        for name in _listed(row[kind]):
            taken = [mention.spans[0] for mention in mentions]
            span = _free(row["snippet"], name, taken)
            if not span and (span := _free(row["snippet"], name, taken, re.IGNORECASE)):
                span = span if repairs.mends("case-fold", place) else None
            if span:
                mentions.append(Mention(f"T{len(mentions) + 1}", kind, (span,)))
            elif not repairs.drops("unlocated", place):
                raise ValueError(f"{name!r} of {kind} is not in the snippet")
    return tuple(mentions)


def _listed(value: str) -> list[str]:
    if not (value.startswith("[") and value.endswith("]")):
        raise ValueError(f"{value[:60]!r}, expected '[name, name]'")
    return [name for part in value[1:-1].split(",") if (name := part.strip())]


def _free(text: str, name: str, taken: Sequence[Span], flags: int = 0) -> Span | None:
    """The first occurrence of a name, as whole words, that overlaps no taken span."""
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, flags):
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            return match.span()
    return None
