"""Line and token addresses of i2b2 2009, 2010 and 2011: the fields that hold them, and the spans that they refer to.

A line of annotation has fields `key="words" 12:4 12:6`, separated by `||`. Lines count from 1, tokens (separated by
white space) from 0; the last token is included. The quoted words may be in lower case and differ in white space.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct

from mnlu_instruct.files import LACKING, File
from mnlu_instruct.readers.repairs import Claim, Repairs, flat, locate
from mnlu_instruct.types import Passage, Span, normalise

ADDRESS = r"\d{1,9}:\d{1,9} \d{1,9}:\d{1,9}"
NEXT = r'"\s*\d{1,9}:|"[\s|]*\w+="|\|\|\s*\w+="'
"""What can't be inside the words of a field: their end with an address, or with the next field, or a lost quote."""
FIELD = re.compile(rf'\s*(\w+)="((?:(?!{NEXT}).)*?)"(?: ({ADDRESS}(?:(?:, ?| ){ADDRESS})*))?\s*(?:\|\||$)')

Bundle = tuple[str, File, list[File]]
"""Name, text and annotations of a document."""


class Field(Struct, frozen=True):
    """One field: its key, the quoted words, and their addresses, if any."""

    line: int
    key: str
    words: str
    addresses: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The addresses, joined into an id."""
        return ",".join(address.replace(" ", "-") for address in self.addresses)


def documents(files: Sequence[File], ends: Sequence[tuple[str, ...]], repairs: Repairs) -> Iterator[Bundle]:
    """Name, text and annotations of each document, in the order of their names.

    Args:
        files: texts and annotations.
        ends: for each kind of annotation, the possible ends of its file names; names of texts have none of these ends.
        repairs: may allow dropping a text without any annotation (`unannotated`).

    Raises:
        UserError: a document has no text, no file of some kind of annotation, or two of one kind.
    """
    found: dict[str, dict[tuple[str, ...], File]] = {}
    kinds = [(), *ends]
    for file in files:
        kind = next((kind for kind in ends if file.name.endswith(kind)), ())
        same = found.setdefault(_stem(file, kind), {})
        if kind in same:
            raise file.error(None, f"{same[kind].name} is a file of the same document.", "remove one of the two.")
        same[kind] = file
    for name, beside in sorted(found.items()):
        if beside.keys() == {()} and repairs.drops("unannotated", beside[()].name):
            continue
        for kind in kinds:
            if kind not in beside:
                missing = f"its file …{' or …'.join(kind)}" if kind else "its text"
                present = next(iter(beside.values()))
                raise present.error(
                    None,
                    f"document {name} lacks {missing}.",
                    LACKING,
                )
        text, *notes = [beside[kind] for kind in kinds]
        yield name, text, notes


def _stem(file: File, kind: Sequence[str]) -> str:
    """The name of a file's document: without the end of its kind, `.txt`, and `_gold` (2009)."""
    name = PurePosixPath(file.name).name
    end = next((end for end in kind if name.endswith(end)), "")
    return name.removesuffix(end).removesuffix(".txt").removesuffix("_gold")


def fields(file: File, repairs: Repairs) -> Iterator[tuple[Field, ...]]:
    """The fields of each line of annotation.

    Raises:
        UserError: a line is not a sequence of fields.
    """
    for number, line in file.lines():
        if line.strip():
            yield tuple(_fields(number, line.strip(), file, repairs))


def _fields(number: int, line: str, file: File, repairs: Repairs) -> Iterator[Field]:
    origin = f"{file.name}:{number}"
    if "|||" in line and repairs.mends("triple-bar", origin):
        line = re.sub(r"\|{3,}\s*", "||", line)
    place = 0
    while place < len(line):
        match = FIELD.match(line, place)
        if not match:
            expected = f'expected key="words" line:token line:token||…, found {line[place : place + 60]!r}.'
            raise file.error(number, expected)
        key, words, where = match.groups()
        addresses = tuple(re.findall(ADDRESS, where or ""))
        if (where or "").replace(", ", ",") != ",".join(addresses) and not repairs.mends("blank-for-comma", origin):
            raise file.error(number, f"spaces between the addresses {where!r}, expected commas.")
        yield Field(number, key, words, addresses)
        place = match.end()


class Page(Struct, frozen=True, dict=True):
    """A text whose lines and tokens have addresses."""

    text: str

    @cached_property
    def lines(self) -> list[list[Span]]:
        """The tokens of each line."""
        found, start = [], 0
        for line in self.text.split("\n"):
            found.append([(start + token.start(), start + token.end()) for token in re.finditer(r"\S+", line)])
            start += len(line) + 1
        return found

    @cached_property
    def folded(self) -> str:
        """The text in lower case, with line ends as spaces; offsets don't change."""
        return _fold(self.text)

    def passages(self) -> tuple[Passage, ...]:
        """The lines that have tokens."""
        return tuple(Passage("line", tokens[0][0], tokens[-1][1]) for tokens in self.lines if tokens)

    def span(self, address: str) -> Span | None:
        """The span that an address refers to; None if the text has no such line or token."""
        first, first_token, last, last_token = map(int, re.split("[: ]", address))
        if not 0 < first <= last <= len(self.lines):
            return None
        opening, closing = self.lines[first - 1], self.lines[last - 1]
        if first_token >= len(opening) or last_token >= len(closing):
            return None
        start, end = opening[first_token][0], closing[last_token][1]
        return (start, end) if start < end else None

    def places(self, found: Sequence[Field], file: File, repairs: Repairs) -> Mapping[Field, tuple[Span, ...]]:
        """Field → its fragments in the text, if its words are at its addresses; other fields are repaired or dropped.

        Raises:
            UserError: an address is not in the text, or its words differ, and no allowed repair applies.
        """
        claims = {field: self._claims(field, file, repairs) for field in dict.fromkeys(found)}
        located = locate(self.folded, [claim for some in claims.values() for claim in some or ()], file, repairs)
        spans = {mention.id: mention.spans for mention in located}
        return {
            field: tuple(sorted(span for claim in some for span in spans[claim.id]))
            for field, some in claims.items()
            if some and all(claim.id in spans for claim in some)
        }

    def _claims(self, field: Field, file: File, repairs: Repairs) -> list[Claim] | None:
        """One claim per fragment; None if the field is dropped as `unlocated`."""
        parts = field.words.split("...") if len(field.addresses) > 1 else [field.words]
        spans = [span for address in field.addresses if (span := self.span(address))]
        if len(parts) == len(spans) == len(field.addresses):
            pairs = enumerate(zip(parts, spans, strict=True))
            return [self._claim(field, number, words, span) for number, (words, span) in pairs]
        if repairs.drops("unlocated", f"{file.name}:{field.line}"):
            return None
        fault = "is not in the text" if len(spans) < len(field.addresses) else "has more or fewer places than parts"
        raise file.error(field.line, f"{field.address} {fault}, expected {field.words!r} there.")

    def _claim(self, field: Field, number: int, words: str, span: Span) -> Claim:
        """The claim of one fragment; words that differ only in case and white space are replaced by the text's."""
        there, stated = self.folded[slice(*span)], _fold(words.strip())
        name = f"{field.line} {field.key} {field.address} {number}"
        return Claim(field.line, name, field.key, *span, there if normalise(there) == normalise(stated) else stated)


def _fold(text: str) -> str:
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in flat(text))
