"""PubMedSum: open-access articles of PubMed Central and their abstracts."""

from msgspec import convert

from mnlu_instruct.readers.jsonl import json_lines
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.sources.declaration import Corpus, Counts, Download
from mnlu_instruct.types import Summary


def article(row: Row, origin: str) -> Summary | None:
    """An article and its abstract, without the marks around each of the abstract's sentences."""
    text, abstract = (convert(row[key], list[str]) for key in ("article_text", "abstract_text"))
    sentences = [sentence.removeprefix("<S>").removesuffix("</S>").strip() for sentence in abstract]
    if not any(text) or not any(sentences):
        return None
    return Summary(row["article_id"], " ".join(text), " ".join(sentences), row["article_id"], origin)


pubmedsum = Corpus(
    name="pubmedsum",
    title="PubMed summarization",
    role="train",
    domain="biomedical",
    tasks=("summ",),
    source=Download("https://github.com/armancohan/long-summarization"),
    licence="none stated (open-access articles)",
    cite="Cohan et al. A discourse-aware attention model for abstractive summarization of long documents. NAACL 2018.",
    splits={split: (f"{split}.txt",) for split in ("train", "val", "test")},
    read=json_lines(article, dropped_as="no-text"),
    summary="the abstract of the paper",
    repairs=frozenset({"no-text"}),
    published={
        "train": Counts(documents=119_924),
        "val": Counts(documents=6_633),
        "test": Counts(documents=6_658),
    },
)
