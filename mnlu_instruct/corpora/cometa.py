"""COMETA: lay terms in posts about health, linked to SNOMED CT; the general concepts of its stratified split."""

import re

from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts, Linking
from mnlu_instruct.types import Document, Mention


def post(row: Row, origin: str) -> Document:
    """A post with its term: where it first stands, whatever its case; if nowhere, before the post, on a line."""
    term, text = row["Term"].strip(), row["Example"].strip()
    found = re.search(re.escape(term), text, re.IGNORECASE)
    span, text = (found.span(), text) if found else ((0, len(term)), f"{term}\n{text}")
    mention = Mention("T1", "Term", (span,), (row["General SNOMED ID"].strip(),))
    return Document(row["ID"], text, row["ID"], origin, mentions=(mention,))


cometa = Corpus(
    name="cometa",
    title="COMETA, stratified, general concepts",
    role="eval",
    domain="general",
    tasks=("el",),
    source=Agreement("https://www.siphs.org/corpus", "the request form", access="registration"),
    licence="on request, for research",
    cite="Basaldella et al. COMETA: a corpus for medical entity linking in the social media. EMNLP 2020.",
    splits={split: (f"{split}.csv",) for split in ("train", "dev", "test")},
    read=table(post, delimiter="\t", quoted=False),
    entities={"Term": "Term"},
    linking=Linking(to="SNOMED CT"),
    published={
        "train": Counts(documents=13_489, mentions=13_489),
        "dev": Counts(documents=2_176, mentions=2_176),
        "test": Counts(documents=4_350, mentions=4_350),
    },
)
