"""Hallmarks of Cancer: which hallmarks PubMed abstracts give evidence of; a test set of BLUE, and another of BLURB."""

from functools import partial

from mnlu_instruct.readers.hoc import hoc as read_hoc
from mnlu_instruct.sources.declaration import PACKED, PUBMED, UNSEEN, Classes, Corpus, Counts, Download, Remote

SITE = "https://github.com/sb895/Hallmarks-of-Cancer"
TEXTS = Remote("hallmarks-of-cancer.tar.gz", None, unverified=PACKED, url=f"{SITE}/archive/refs/heads/master.tar.gz")
FILES = tuple(f"*.tar.gz/**/{part}/*.txt" for part in ("text", "labels"))
HALLMARKS = (
    "Sustaining proliferative signaling",
    "Evading growth suppressors",
    "Resisting cell death",
    "Enabling replicative immortality",
    "Inducing angiogenesis",
    "Activating invasion and metastasis",
    "Genomic instability and mutation",
    "Tumor promoting inflammation",
    "Cellular energetics",
    "Avoiding immune destruction",
)

hallmarks_of_cancer = partial(
    Corpus,
    role="eval",
    domain="biomedical",
    tasks=("dc",),
    folder="hoc",
    licence="GPL-3.0",
    cite="Baker et al. Automatic semantic classification of scientific literature according to the hallmarks of "
    "cancer. Bioinformatics 32(3), 2016.",
    read=read_hoc("hallmark"),
    articles=PUBMED,
    questions={"hallmark": Classes("cancer hallmark", {name: name.lower() for name in HALLMARKS}, several=True)},
)

hoc = hallmarks_of_cancer(
    name="hoc",
    title="Hallmarks of Cancer, split of BLUE",
    source=Download(
        SITE,
        files=(TEXTS,),
        by_hand="BLUE's lists of PubMed ids from https://github.com/ncbi-nlp/BLUE_Benchmark",
    ),
    splits={split: (f"blue_{split}_pmid.tsv", *FILES) for split in ("train", "dev", "test")},
    published={"train": Counts(documents=1_108), "dev": Counts(documents=157), "test": Counts(documents=315)},
)

hoc_blurb = hallmarks_of_cancer(
    name="hoc-blurb",
    title="Hallmarks of Cancer, split of BLURB",
    source=Download(
        SITE,
        bases=("https://microsoft.github.io/BLURB/sample_code/",),
        files=(
            TEXTS,
            Remote("data_generation.tar.gz", None, unverified=UNSEEN, unpack="data_generation/indexing/HoC"),
        ),
    ),
    splits={split: (f"{split}_pmid.tsv", *FILES) for split in ("train", "dev", "test")},
    published={"train": Counts(documents=1_295), "dev": Counts(documents=186), "test": Counts(documents=371)},
)
