"""IOB editions of test sets, from MTL-Bioinformatics-2016: one question per sentence, as BLURB's taggers read them."""

from dataclasses import replace
from functools import partial

from mnlu_instruct.corpora.bc5cdr import bc5_chemical, bc5_disease, bc5cdr
from mnlu_instruct.corpora.mtl import COMMIT, REPOSITORY, mtl
from mnlu_instruct.corpora.ncbi_disease import ncbi_disease
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Remote, github

mtl_iob = partial(
    Corpus,
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    licence="CC BY 4.0",
    splits={"train": ("train.tsv",), "dev": ("devel.tsv",), "test": ("test.tsv",)},
    read=conll(),
)

CHEMICALS = mtl(
    "BC5CDR-chem-IOB",
    Remote("train.tsv", "165c4cd2efadd0caf1bb8f3c6bcd3acca199446bb3d55eb06d9137114c9a0b2d", 983_140),
    Remote("devel.tsv", "3f1df5cfcff95735663ffc37121fd3687e82b1e9a019bec0480491502652721b", 976_029),
    Remote("test.tsv", "6fce42139a9d819151eff3ab8cb0eda6fbf861fd17d4cfe6be2123f010a3b6c5", 1_023_429),
)
DISEASES = mtl(
    "BC5CDR-disease-IOB",
    Remote("train.tsv", "d630dafe7dd67e21350cc3278dbdcfadcccbb2b63d0fda83b2427853988e5ad9", 976_013),
    Remote("devel.tsv", "8c3af95475029c2100c2b7c0108b2715bc700ac198c7a21d587f11f1d06b17bd", 967_926),
    Remote("test.tsv", "a530bf9e17a4122b101b09cedd5f3cf8e6307d6a0093146c33b8de2e69ec0fa3", 1_017_600),
)

bc5_chemical_iob = mtl_iob(
    name="bc5-chemical-iob",
    title="BC5CDR, chemicals, by sentence",
    edition_of=bc5_chemical.name,
    source=CHEMICALS,
    cite=bc5_chemical.cite,
    folder="bc5cdr-chemical-iob",
    entities={"Chemical": "Chemical"},
    published={"test": Counts(documents=4_797, mentions=5_385)},
)

bc5_disease_iob = mtl_iob(
    name="bc5-disease-iob",
    title="BC5CDR, diseases, by sentence",
    edition_of=bc5_disease.name,
    source=DISEASES,
    cite=bc5_disease.cite,
    folder="bc5cdr-disease-iob",
    entities={"Disease": "Disease"},
    published={"dev": Counts(mentions=4_244), "test": Counts(documents=4_797, mentions=4_424)},
    differs="Two mentions of the dev split are cut by the end of a sentence: 4,246.",
)

bc5cdr_iob = mtl_iob(
    name="bc5cdr-iob",
    title="BC5CDR, chemicals and diseases, by sentence",
    edition_of=bc5cdr.name,
    source=Download(
        CHEMICALS.url,
        bases=github(REPOSITORY, COMMIT, "data"),
        files=(
            *(replace(one, path=f"bc5cdr-chemical-iob/{one.path}", at="BC5CDR-chem-IOB") for one in CHEMICALS.files),
            *(replace(one, path=f"bc5cdr-disease-iob/{one.path}", at="BC5CDR-disease-IOB") for one in DISEASES.files),
        ),
    ),
    cite=bc5cdr.cite,
    folder=".",  # the files of the two editions above, each a layer of the same sentences
    splits={
        split: tuple(f"bc5cdr-{kind}-iob/{name}" for kind in ("chemical", "disease"))
        for split, (name,) in mtl_iob.keywords["splits"].items()
    },
    read=conll(layered=True),
    entities={"Chemical": "Chemical", "Disease": "Disease"},
    published={"test": Counts(documents=4_797, mentions=9_809)},
)

ncbi_disease_iob = mtl_iob(
    name="ncbi-disease-iob",
    title="NCBI-disease, by sentence",
    edition_of=ncbi_disease.name,
    source=mtl(
        "NCBI-disease-IOB",
        Remote("train.tsv", "58379baf4614b8d757d93dd7a21b202849ca99f9b9d71b49185523ff5443300c", 1_137_445),
        Remote("devel.tsv", "b4e1e7efcc2a35047bf2f3d281648357470e674f555d4a26a0049ac37d59cc61", 200_352),
        Remote("test.tsv", "8f088ce45dc4746592188f9e69de3d89d87f3bb8f0ed8c4a287d018123fa148d", 205_664),
    ),
    cite=ncbi_disease.cite,
    entities={"Disease": "Disease"},
    published={"test": Counts(documents=940, mentions=960)},
)
