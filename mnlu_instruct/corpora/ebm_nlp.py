"""EBM PICO read from the released archive of EBM-NLP, as BLURB prepares it: starting spans, split by its lists."""

from mnlu_instruct.corpora.ebm_pico import ebm_pico
from mnlu_instruct.readers.ebm_nlp import ebm_nlp as read_ebm_nlp
from mnlu_instruct.sources.declaration import UNSEEN, Corpus, Download, Remote, github

RELEASE = "ebm_nlp_2_00.tar.gz/ebm_nlp_2_00"
TOKENS = f"{RELEASE}/documents/*.tokens"
SPANS = f"{RELEASE}/annotations/aggregated/starting_spans"

ebm_nlp = Corpus(
    name="ebm-nlp",
    title="EBM PICO, from EBM-NLP",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    source=Download(
        "https://github.com/bepnye/EBM-NLP",
        bases=github("bepnye/EBM-NLP", "master"),
        files=(Remote("ebm_nlp_2_00.tar.gz", None, unverified=UNSEEN),),
        by_hand="BLURB's lists of PubMed ids, which its data generation script has: https://microsoft.github.io/BLURB/",
    ),
    licence="none stated",
    cite=ebm_pico.cite,
    splits={
        "train": ("train_pmid.tsv", TOKENS, f"{SPANS}/*/train/*.ann"),
        "dev": ("dev_pmid.tsv", TOKENS, f"{SPANS}/*/train/*.ann"),
        "test": (TOKENS, f"{SPANS}/*/test/gold/*.ann"),
    },
    read=read_ebm_nlp({"participants": "PAR", "interventions": "INT", "outcomes": "OUT"}),
    articles=ebm_pico.articles,
    entities=ebm_pico.entities,
    edition_of=ebm_pico.name,
    scored_by="word",
    published=ebm_pico.published,
)
