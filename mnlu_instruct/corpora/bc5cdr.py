"""BC5CDR: chemicals and diseases in 1,500 PubMed abstracts; two test sets of BLUE and BLURB."""

from functools import partial

from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, UNSEEN, Corpus, Counts, Download, Remote

bc5cdr = partial(
    Corpus,
    role="eval",
    domain="biomedical",
    tasks=("ner",),
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
    read=pubtator(concepts="|", unknown="-1"),
    articles=PUBMED,
)

bc5_chemical = bc5cdr(
    name="bc5-chemical",
    title="BC5CDR, chemicals",
    entities={"Chemical": "Chemical"},
    ignored=frozenset({"Disease"}),
    published={
        "train": Counts(documents=500, mentions=5_203),
        "dev": Counts(documents=500, mentions=5_347),
        "test": Counts(documents=500, mentions=5_385),
    },
)

bc5_disease = bc5cdr(
    name="bc5-disease",
    title="BC5CDR, diseases",
    entities={"Disease": "Disease"},
    ignored=frozenset({"Chemical"}),
    published={
        "train": Counts(documents=500, mentions=4_182),
        "dev": Counts(documents=500, mentions=4_244),
        "test": Counts(documents=500, mentions=4_424),
    },
)
