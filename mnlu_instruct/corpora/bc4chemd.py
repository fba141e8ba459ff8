"""BC4CHEMD: chemicals in sentences of PubMed, the IOB edition of CHEMDNER; a second edition is CHEMDNER as released."""

from functools import partial

from mnlu_instruct.corpora.mtl import mtl
from mnlu_instruct.readers.chemdner_tsv import chemdner_tsv
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.sources.declaration import PUBMED, UNSEEN, Corpus, Counts, Download, Remote

CLASSES = ("SYSTEMATIC", "TRIVIAL", "FAMILY", "FORMULA", "ABBREVIATION", "IDENTIFIER", "MULTIPLE", "NO CLASS")
PARTS = ("train", "devel", "test")
FOLDERS = {"train": "training", "dev": "development", "test": "evaluation"}

edition = partial(
    Corpus,
    role="train",
    domain="biomedical",
    tasks=("ner",),
    cite="Krallinger et al. The CHEMDNER corpus of chemicals and drugs and its annotation principles. "
    "Journal of Cheminformatics 7(S1), 2015.",
)

bc4chemd = edition(
    name="bc4chemd",
    title="BC4CHEMD",
    source=mtl("BC4CHEMD-IOB", *(Remote(f"{part}.tsv", None, unverified=UNSEEN) for part in PARTS)),
    licence="CC BY 4.0",
    splits={"train": ("train.tsv",), "dev": ("devel.tsv",), "test": ("test.tsv",)},
    read=conll(),
    entities={"Chemical": "Chemical"},
    published={
        "train": Counts(documents=30_682),
        "dev": Counts(documents=30_639),
        "test": Counts(documents=26_364),
    },
)

chemdner = edition(
    name="chemdner",
    title="CHEMDNER",
    source=Download(
        "https://biocreative.bioinformatics.udel.edu/resources/biocreative-iv/chemdner-corpus/",
        bases=("https://biocreative.bioinformatics.udel.edu/media/store/files/2014/",),
        files=(Remote("chemdner_corpus.tar.gz", None, unverified=UNSEEN, unpack="."),),
    ),
    licence="none stated",
    splits={
        split: tuple(f"chemdner_corpus/{name}.{part}.txt" for part in ("abstracts", "annotations"))
        for split, name in FOLDERS.items()
    },
    read=chemdner_tsv(),
    articles=PUBMED,
    entities=dict.fromkeys(CLASSES, "Chemical"),
    published={
        "train": Counts(documents=3_500, mentions=29_478),
        "dev": Counts(documents=3_500, mentions=29_526),
        "test": Counts(documents=3_000, mentions=25_351),
    },
    edition_of="bc4chemd",
)
