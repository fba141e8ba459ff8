"""Character spans as JSON lines, and one text file per document: the layout of PICO-Data (Nguyen et al., 2017).

A line has `docid` and, for each type of mention, the spans of each annotator or aggregation method. The text is in
`DOCID.txt`.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.jsonl import lines
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Row, records
from mnlu_instruct.types import Document, Mention, Record


def span_jsonl(types: Sequence[str], annotators: Sequence[str]) -> Reader:
    """A reader of texts and the span lines among them.

    Args:
        types: the keys under which a line has spans, each a type of mention.
        annotators: in order of preference; the spans of the first that a line has are read.
    """

    def _spans(found: Row) -> Sequence[tuple[int, int]]:
        """The spans of the first annotator that the line has; empty if nobody marked anything."""
        chosen = [found[annotator] for annotator in annotators if annotator in found]
        if found and not chosen:
            raise ValueError(f"spans of {', '.join(found)}, expected those of {' or '.join(annotators)}")
        return chosen[0] if chosen else ()

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        texts = {PurePosixPath(file.name).stem: file for file in files if file.name.endswith(".txt")}

        def document(row: Row, origin: str) -> Document:
            name = row["docid"]
            if name not in texts:
                raise ValueError(f"document {name!r} has no text")
            text = texts[name].text()
            mentions: list[Mention] = []
            for kind in types:
                for start, end in _spans(row[kind]):
                    if not 0 <= start < end <= len(text):
                        raise ValueError(f"span {start}–{end} in a text of {len(text)} characters")
                    if text[start:end].strip():
                        mentions.append(Mention(f"T{len(mentions) + 1}", kind, ((start, end),)))
                    elif not repairs.drops("blank-mention", origin):
                        raise ValueError(f"span {start}–{end} is blank")
            return Document(name, text, name, origin, mentions=tuple(mentions))

        for file in files:
            if not file.name.endswith(".txt"):
                yield from records(lines(file), document, "", file, repairs)

    return read
