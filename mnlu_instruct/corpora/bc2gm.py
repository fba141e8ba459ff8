"""BC2GM: gene names in sentences of PubMed, as the IOB edition of MTL-Bioinformatics-2016; a test set of BLURB."""

from mnlu_instruct.corpora.mtl import mtl
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.sources.declaration import Corpus, Counts, Remote

bc2gm = Corpus(
    name="bc2gm",
    title="BC2GM",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    source=mtl(
        "BC2GM-IOB",
        Remote("train.tsv", "46e17f4e1509483b82c03f27d6f0214020f738fb71704356fb3445eb824ab38d", 2_894_167),
        Remote("devel.tsv", "33a94577aa22f1e70ec9e02781a05baa4e1390e866d28bf2b344888e4e3d4103", 577_660),
        Remote("test.tsv", "30d7a4f571ca8ed22a044528063ba5d0388d666d8b8b329733d6927e5fb30764", 1_165_057),
    ),
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
