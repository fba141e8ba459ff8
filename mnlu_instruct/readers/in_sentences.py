"""Documents cut into sentences, each a document of its own: how corpora of discontinuous mentions are asked about.

Mentions become whole words: each piece is widened to the words that it touches, words in a row are one piece, and the
pieces are in text order, as models that point at words have them. A mention over the border of a sentence is dropped
as `crosses-sentence`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.words import Rule, joined, words
from mnlu_instruct.types import Document, Mention, Span

HEAD = 6
"""Each of the first lines of a clinical report is a sentence."""
SHORT = 150
"""Lines of a clinical report with fewer characters are sentences."""
BORDER = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

Cut = tuple[str, Span]
"""The number of a sentence in its document (`7`, or `7.2`, the second of line 7), and where it is."""


def in_sentences(read: Reader, sentences: Literal["lines", "clinical"], rule: Rule) -> Reader:
    """A reader of sentences, whose ids end in their numbers, and whose group is their document.

    Args:
        read: reads the documents; of their annotations, only mentions are kept.
        sentences: `lines`, each line is one; `clinical`, long lines after the first six are cut after `.`, `!` or `?`
            before an upper-case letter (ShARe; Dai et al., 2020).
        rule: what a word is.
    """

    def cut(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for document in read(files, repairs):
            assert isinstance(document, Document)
            yield from _sentences(document, list(RULES[sentences](document.text)), rule, repairs)

    return cut


def _lines(text: str) -> Iterator[Cut]:
    for number, (start, end) in _numbered(text):
        if start < end:
            yield str(number), (start, end)


def _clinical(text: str) -> Iterator[Cut]:
    for number, (start, end) in _numbered(text):
        if number <= HEAD or end - start < SHORT:
            cuts = [(start, end)]
        else:
            borders = [border.span() for border in BORDER.finditer(text, start, end)]
            cuts = list(zip([start, *(after for _, after in borders)], [*(at for at, _ in borders), end], strict=True))
        for count, (first, last) in enumerate(cuts, 1):
            if first < last:
                yield (str(number) if len(cuts) == 1 else f"{number}.{count}"), (first, last)


def _numbered(text: str) -> Iterator[tuple[int, Span]]:
    """The lines by their numbers from 1, without white space around them."""
    place = 0
    for number, line in enumerate(text.split("\n"), 1):
        start = place + len(line) - len(line.lstrip())
        yield number, (start, max(start, place + len(line.rstrip())))
        place += len(line) + 1


RULES: Mapping[str, Callable[[str], Iterator[Cut]]] = {"lines": _lines, "clinical": _clinical}


def _sentences(document: Document, cuts: Sequence[Cut], rule: Rule, repairs: Repairs) -> Iterator[Document]:
    """The sentences with a word; raises a `UserError` for a mention over a border, if no rule allows that."""
    left = [mention for mention in document.mentions if mention.type not in repairs.ignored]
    for number, (start, end) in cuts:
        text = document.text[start:end]
        places = words(text, rule)
        inside = [one for one in left if all(start <= first and last <= end for first, last in one.spans)]
        left = [one for one in left if one not in inside]
        mentions = [_in_words(mention, start, places) for mention in inside]
        yield Document(
            f"{document.id}/{number}",
            text,
            document.group,
            document.origin,
            mentions=tuple(one for one in mentions if one.spans),
        )
    for mention in left:
        place = f"{document.id}@{mention.id}"
        if not repairs.drops("crosses-sentence", place):
            raise UserError(
                f"{document.origin}: mention {mention.id} of document {document.id} crosses the border of a sentence.",
                "correct its offsets, or declare the repair 'crosses-sentence', which drops it.",
            )


def _in_words(mention: Mention, start: int, places: Sequence[Span]) -> Mention:
    """A mention as whole words of a sentence that begins at `start`; without spans if it touches no word."""
    touched = [
        word
        for word, (first, last) in enumerate(places)
        if any(first < end - start and begin - start < last for begin, end in mention.spans)
    ]
    return Mention(mention.id, mention.type, joined(touched, places), mention.concepts)
