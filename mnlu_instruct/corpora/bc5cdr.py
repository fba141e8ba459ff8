"""BC5CDR: chemicals, diseases, and which chemicals cause which diseases, in 1,500 PubMed abstracts.

Two test sets of BLUE and BLURB, and one of end-to-end relation extraction.
"""

from dataclasses import replace
from functools import partial

from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import (
    PUBMED,
    UNSEEN,
    Corpus,
    Counts,
    Download,
    Extraction,
    Linking,
    Remote,
    Writing,
)

declared = partial(
    Corpus,
    role="eval",
    domain="biomedical",
    folder="bc5cdr",
    source=Download(
        "https://biocreative.bioinformatics.udel.edu/media/store/files/2016/CDR_Data.zip",
        files=(Remote("CDR_Data.zip", None, unverified=UNSEEN, unpack="CDR_Data/CDR.Corpus.v010516"),),
    ),
    licence="public domain",
    cite="Li et al. BioCreative V CDR task corpus: a resource for chemical disease relation extraction. 2016.",
    splits={
        "train": ("CDR_TrainingSet.PubTator.txt",),
        "dev": ("CDR_DevelopmentSet.PubTator.txt",),
        "test": ("CDR_TestSet.PubTator.txt",),
    },
    read=pubtator(concepts="|", unknown="-1", parts=True),
    articles=PUBMED,
)

bc5_chemical = declared(
    name="bc5-chemical",
    tasks=("ner",),
    title="BC5CDR, chemicals",
    entities={"Chemical": "Chemical"},
    ignored=frozenset({"Disease"}),
    published={
        "train": Counts(documents=500, mentions=5_203),
        "dev": Counts(documents=500, mentions=5_347),
        "test": Counts(documents=500, mentions=5_385),
    },
)

bc5_disease = declared(
    name="bc5-disease",
    tasks=("ner",),
    title="BC5CDR, diseases",
    entities={"Disease": "Disease"},
    ignored=frozenset({"Chemical"}),
    published={
        "train": Counts(documents=500, mentions=4_182),
        "dev": Counts(documents=500, mentions=4_244),
        "test": Counts(documents=500, mentions=4_424),
    },
)

EXTRACTION = Extraction(
    what="chemical–disease relations",
    clauses={"CID": "{1} is reported to cause {2}"},
    none="no chemical-induced disease is stated",
    by="concept",
)

bc5cdr = declared(
    name="bc5cdr",
    title="BC5CDR, chemical-induced diseases",
    tasks=("ere", "el"),
    entities={"Chemical": "Chemical", "Disease": "Disease"},
    linking=Linking(to="MeSH"),
    extraction=EXTRACTION,
    published={
        "train": Counts(documents=500, mentions=9_385, relations=1_038),
        "dev": Counts(documents=500, mentions=9_591, relations=1_012),
        "test": Counts(documents=500, mentions=9_809, relations=1_066),
    },
)

bc5cdr_study = replace(
    bc5cdr,
    name="bc5cdr-study",
    title="BC5CDR as in the study of domain specificity",
    tasks=("ere",),
    edition_of="bc5cdr",
    extraction=Extraction(
        what="chemical–disease relations",
        clauses={"CID": "The relation between {1} and {2} exists"},
        none="No chemical-induced disease is stated",
        by="concept",
        writing=Writing(order="file", named="last"),
    ),
)

bc5cdr_seq2rel = replace(
    bc5cdr,
    name="bc5cdr-seq2rel",
    title="BC5CDR with all names of each concept, as Seq2Rel writes them",
    tasks=("ere",),
    edition_of="bc5cdr",
    extraction=replace(EXTRACTION, writing=Writing(named="all", lower=True)),
)
