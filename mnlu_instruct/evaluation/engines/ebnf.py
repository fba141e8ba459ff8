"""The pieces of grammars in xgrammar's EBNF."""

from msgspec import json

ROOT = "root ::= "


def literal(text: str) -> str:
    """A text as a quoted literal; xgrammar's escapes are JSON's."""
    return json.encode(text).decode()
