"""Which corpora must not be redistributed, and why."""

from mnlu_instruct.sources.declaration import Corpus, Local

PUBLIC = ("CC", "MIT", "Apache", "GPL", "public domain")
"""Prefixes of the licences that allow anyone to redistribute the texts, on their terms."""

FORBIDDEN = "never redistribute"
"""What a declared licence contains if it forbids redistribution."""


def restriction(corpus: Corpus) -> str:
    """Why a corpus must not be redistributed; empty if neither its access nor its licence forbids it."""
    if isinstance(corpus.source, Local) and corpus.source.access != "open":
        return f"files of {corpus.source.where}"
    if corpus.source.access == "dua":
        return "data use agreement"
    if FORBIDDEN in corpus.licence:
        return "forbidden by its licence"
    if corpus.source.access == "registration" and not corpus.licence.startswith(PUBLIC):
        return "given out after registration only"
    return ""
