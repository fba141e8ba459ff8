"""EBM PICO: participants, interventions and outcomes in abstracts of trials, as BLURB prepares them; its test set."""

from mnlu_instruct.readers.conll_headed import conll_documents
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts, Download

ebm_pico = Corpus(
    name="ebm-pico",
    title="EBM PICO",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://microsoft.github.io/BLURB/"),
    licence="none stated",
    cite="Nye et al. A corpus with multi-level annotations of patients, interventions and outcomes. ACL 2018. "
    "Prepared by BLURB (Gu et al., 2021).",
    splits={"train": ("train.tsv",), "dev": ("dev.tsv",), "test": ("test.tsv",)},
    read=conll_documents(header=r"-DOCSTART- \((\S+)\)"),
    articles=PUBMED,
    entities={"INT": "Interventions", "PAR": "Participants", "OUT": "Outcomes"},
    scored_by="word",
    published={"dev": Counts(documents=960), "test": Counts(documents=191)},
)
