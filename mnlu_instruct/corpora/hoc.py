"""Hallmarks of Cancer: which hallmarks PubMed abstracts give evidence of; a test set of BLUE, and another of BLURB."""

from functools import partial

from mnlu_instruct.corpus import Classes, Corpus, Counts, Download
from mnlu_instruct.readers.hoc import hoc as read_hoc

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
    source=Download("https://github.com/sb895/Hallmarks-of-Cancer"),
    licence="GPL-3.0",
    cite="Baker et al. Automatic semantic classification of scientific literature according to the hallmarks of "
    "cancer. Bioinformatics 32(3), 2016.",
    read=read_hoc("hallmark"),
    questions={"hallmark": Classes("cancer hallmark", {name: name.lower() for name in HALLMARKS})},
)

hoc = hallmarks_of_cancer(
    name="hoc",
    title="Hallmarks of Cancer, split of BLUE",
    splits={split: (f"blue_{split}_pmid.tsv", *FILES) for split in ("train", "dev", "test")},
    published={"train": Counts(documents=1_108), "dev": Counts(documents=157), "test": Counts(documents=315)},
)

hoc_blurb = hallmarks_of_cancer(
    name="hoc-blurb",
    title="Hallmarks of Cancer, split of BLURB",
    splits={split: (f"{split}_pmid.tsv", *FILES) for split in ("train", "dev", "test")},
    published={"train": Counts(documents=1_295), "dev": Counts(documents=186), "test": Counts(documents=371)},
)
