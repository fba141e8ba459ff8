"""LINNAEUS: species names in full-text articles, as the IOB edition of MTL-Bioinformatics-2016."""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.conll import conll

linnaeus = Corpus(
    name="linnaeus",
    title="LINNAEUS",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://github.com/cambridgeltl/MTL-Bioinformatics-2016"),
    licence="CC BY 4.0",
    cite="Gerner et al. LINNAEUS: a species name identification system for biomedical literature. "
    "BMC Bioinformatics 11:85, 2010.",
    splits={"train": ("linnaeus-IOB/train.tsv",), "dev": ("linnaeus-IOB/devel.tsv",)},
    read=conll(),
    entities={"Species": "Species"},
    published={"train": Counts(documents=11_935, mentions=2_119), "dev": Counts(documents=4_078, mentions=711)},
)
