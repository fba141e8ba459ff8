"""AIONER: NCBI's re-release of several corpora of genes and variants, in PubTator's format."""

from mnlu_instruct.sources.declaration import Download, Remote, github

BASES = github("ncbi/AIONER", "b883c1a89485f8e187afa8425cbc4c958d0dab0d", "data/pubtator")


def aioner(path: str, sha256: str, size: int) -> Download:
    """The download of one of its files."""
    return Download("https://github.com/ncbi/AIONER", bases=BASES, files=(Remote(path, sha256, size),))
