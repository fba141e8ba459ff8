"""BC2GM: gene names in sentences of PubMed, as the IOB edition of MTL-Bioinformatics-2016; a test set of BLURB."""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.conll import conll

bc2gm = Corpus(
    name="bc2gm",
    title="BC2GM",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://github.com/cambridgeltl/MTL-Bioinformatics-2016"),
    licence="CC BY 4.0",
    cite="Smith et al. Overview of BioCreative II gene mention recognition. Genome Biology 9(S2), 2008.",
    splits={"train": ("train.tsv",), "dev": ("devel.tsv",), "test": ("test.tsv",)},
    read=conll(),
    entities={"GENE": "Gene"},
    published={
        "train": Counts(documents=12_574, mentions=15_197),
        "dev": Counts(documents=2_519, mentions=3_061),
        "test": Counts(documents=5_038, mentions=6_325),
    },
)
