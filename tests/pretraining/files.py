"""PubMed files that tests write."""

import gzip
from collections.abc import Mapping
from pathlib import Path

WORDS = "Of mice and cells. The heart of one patient stopped. Was it the drug? We gave none."
CITATION = """<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID><Article>
<ArticleTitle>{title}</ArticleTitle>{abstract}<Language>{language}</Language></Article>{more}</MedlineCitation>
</PubmedArticle>"""
LINKS = "<CommentsCorrectionsList><CommentsCorrections RefType='{}'/></CommentsCorrectionsList>"


def citation(
    pmid: int,
    *parts: str,
    version: int = 1,
    title: str = "A title.",
    language: str = "eng",
    link: str = "",
    more: str = "",
) -> str:
    """A citation, whose abstract has parts ("LABEL: text", or text)."""
    split = [part.rpartition(": ") for part in parts]
    texts = [f"<AbstractText{f' Label={label!r}' * bool(label)}>{text}</AbstractText>" for label, _, text in split]
    return CITATION.format(
        pmid=pmid, version=version, title=title, language=language,
        abstract=f"<Abstract>{''.join(texts)}</Abstract>" if texts else "",
        more=more + (LINKS.format(link) if link else ""),
    )  # fmt: skip


def deletions(*pmids: int) -> str:
    """What an update file deletes."""
    return f"<DeleteCitation>{''.join(f'<PMID>{one}</PMID>' for one in pmids)}</DeleteCitation>"


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder of PubMed files, by name, each with its entries."""
    folder.mkdir(exist_ok=True)
    for name, entries in files.items():
        text = f"<?xml version='1.0' encoding='utf-8'?>\n<PubmedArticleSet>{entries}</PubmedArticleSet>".encode()
        (folder / name).write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
    return folder


def abstracts(count: int, first: int = 1) -> str:
    """Citations with abstracts that differ."""
    return "".join(
        citation(pmid, f"{WORDS} Number {pmid} was {pmid % 7} of seven.") for pmid in range(first, first + count)
    )
