"""Parse XML files that fit into memory, safely, and repair known defects of their markup.

Only XML's five predefined entities are resolved, no DTD is loaded, comments and processing instructions are removed.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.repairs import Repairs

Element = Any
"""lxml ships no types."""

AMPERSAND = re.compile(r"(<!\[CDATA\[.*?]]>)|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)", re.DOTALL)
CUT = re.compile("premature end|no element found|document is empty", re.IGNORECASE)
"""What the parser says of a file that ends too early."""
NESTED = re.compile(r"(<PHI\b[^<>]*>[^<]*)<PHI\b[^<>]*>")


def _escape_ampersands(text: str) -> tuple[str, int]:
    """Write `&amp;` for every `&` outside of CDATA that begins no reference; also returns how many there were."""
    found = sum(not match[1] for match in AMPERSAND.finditer(text))
    return AMPERSAND.sub(lambda match: match[1] or "&amp;", text), found


def _close_tags(text: str) -> tuple[str, int]:
    """End every PHI element where another starts inside it: they never nest (i2b2 2006); also returns how many."""
    return NESTED.subn(r"\1</PHI>", text)


MARKUP: dict[str, Callable[[str], tuple[str, int]]] = {
    "bare-ampersand": _escape_ampersands,
    "unclosed-tag": _close_tags,
}
"""Repairs of a file that isn't well-formed XML: text → repaired text and the number of repairs."""


def parse(file: File, repairs: Repairs) -> Element:
    """The root element of a file.

    Raises:
        UserError: the file is not well-formed, also after the allowed repairs.
    """
    try:
        return _root(file.read())
    except etree.XMLSyntaxError as error:
        root = _mended(file, repairs)
        if root is None:
            raise not_well_formed(error, file) from error
        return root


def _mended(file: File, repairs: Repairs) -> Element | None:
    """The root element after all allowed repairs; None if the file still isn't well-formed."""
    # Bytes as characters: what is repaired is ASCII, and the encoding is the one that the file declares.
    text = file.read().decode("latin-1") if repairs.rules & MARKUP.keys() else ""
    counts = {}
    for rule, mend in MARKUP.items():
        if rule in repairs.rules:
            text, counts[rule] = mend(text)
    try:
        root = _root(text.encode("latin-1"))
    except etree.XMLSyntaxError:
        return None
    for rule, count in counts.items():
        for _ in range(count):
            repairs.mends(rule, file.name)
    return root


def not_well_formed(error: etree.XMLSyntaxError, file: File, told: Sequence[Any] = ()) -> UserError:
    """The error for a file that isn't well-formed XML.

    Args:
        error: what the parser raised.
        file: the file.
        told: the parser's own log. `error.error_log` has the faults of all files that were parsed before.
    """
    line, words = (told[-1].line, told[-1].message) if told and not error.lineno else (error.lineno, error.msg)
    hint = "the file ends too early: is it whole?" if CUT.search(words or "") else "correct the markup there."
    return file.error(line, f"not well-formed XML ({words}).", hint)


def plain_text(element: Element, file: File) -> str:
    """The text of an element.

    Raises:
        UserError: there is markup or an entity in it.
    """
    if len(element):
        raise file.error(element[0].sourceline, f"markup or an entity inside <{element.tag}>, expected plain text.")
    return element.text or ""


def child(element: Element, tag: str, file: File) -> Element:
    """The first child with a tag.

    Raises:
        UserError: there is none.
    """
    found = element.find(tag)
    if found is None:
        raise file.error(element.sourceline, f"a <{element.tag}> without <{tag}>.")
    return found


def attribute(element: Element, name: str, file: File) -> str:
    """The value of an attribute.

    Raises:
        UserError: there is none.
    """
    value = element.get(name)
    if value is None:
        raise file.error(element.sourceline, f"a <{element.tag}> without the attribute '{name}'.")
    return str(value)


def _root(content: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, remove_comments=True, remove_pis=True)
    return etree.fromstring(content, parser)
