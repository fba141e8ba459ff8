"""Which corpora's texts must not be passed on, and why."""

from mnlu_instruct.sources.declaration import Corpus

PUBLIC = ("CC", "MIT", "Apache", "GPL", "public domain")
"""How licences begin that let anyone pass the texts on, on their terms."""

FORBIDDEN = "never redistribute"
"""What a declared licence says where it forbids that."""


def restriction(corpus: Corpus) -> str:
    """Why a corpus must not be passed on; empty where neither its access nor its licence forbids that."""
    if corpus.source.access == "dua":
        return "data use agreement"
    if FORBIDDEN in corpus.licence:
        return "forbidden by its licence"
    if corpus.source.access == "registration" and not corpus.licence.startswith(PUBLIC):
        return "given out after registration only"
    return ""
