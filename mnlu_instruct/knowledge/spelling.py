"""How names are spelt in a knowledge base, and so the words that are looked up in it: the same rule for both."""

import re
from collections.abc import Callable, Mapping

from mnlu_instruct.types import normalise

RELEASED = re.compile(r"[,.;{}\[\]()+\-_*/?!\"'=%><]")
"""The characters that GenBioEL's `conv` makes blanks (Yuan et al., 2022)."""
ASCII_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
"""The characters that BioSyn makes blanks."""


def cased(name: str) -> str:
    """As it is, white space collapsed."""
    return normalise(name)


def lower(name: str) -> str:
    """In lower case, white space collapsed."""
    return normalise(name.lower())


def plain(name: str) -> str:
    """In lower case, ASCII punctuation blank, as BioSyn's mentions are."""
    return normalise(ASCII_PUNCTUATION.sub(" ", name.lower()))


def released(name: str) -> str:
    """As GenBioEL's `conv` has it."""
    return normalise(RELEASED.sub(" ", name.lower()))


RULES: Mapping[str, Callable[[str], str]] = {"lower": lower, "cased": cased, "plain": plain, "released": released}
"""The rules by name; `released` also leaves a name of several concepts to the one that has fewest."""
