"""Find the occurrences of strings in a text."""

import re
from collections.abc import Iterator

from mnlu_instruct.types import Span


def places(text: str, string: str) -> Iterator[Span]:
    """The occurrences of a string, from left to right, with any white space between its words; whole words only."""
    before, after = r"(?<!\w)" * string[0].isalnum(), r"(?!\w)" * string[-1].isalnum()
    pattern = re.compile(before + r"\s+".join(map(re.escape, string.split())) + after)
    start = 0
    while match := pattern.search(text, start):
        yield match.span()
        start = match.start() + 1


def overlap(first: Span, second: Span) -> bool:
    """Whether two stretches of a text share a character."""
    return first[0] < second[1] and second[0] < first[1]
