"""LINNAEUS: species names in full-text articles, as the IOB edition of MTL-Bioinformatics-2016."""

from mnlu_instruct.readers.conll import conll
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Remote, github

linnaeus = Corpus(
    name="linnaeus",
    title="LINNAEUS",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=Download(
        "https://github.com/cambridgeltl/MTL-Bioinformatics-2016",
        bases=github("cambridgeltl/MTL-Bioinformatics-2016", "d62961c5750439aec6396f5703f3a1c03d97ebd3", "data"),
        files=(
            Remote(
                "linnaeus-IOB/train.tsv", "74c8612944a4de87665680989a3d589c843562d3ec175e3b512295691b221d9a", 2_088_795
            ),
            Remote(
                "linnaeus-IOB/devel.tsv", "042b5676d4f541995d617f43e2926afdf6653ed60ad9010c2f45b78ae869f2b6", 696_409
            ),
        ),
    ),
    licence="CC BY 4.0",
    cite="Gerner et al. LINNAEUS: a species name identification system for biomedical literature. "
    "BMC Bioinformatics 11:85, 2010.",
    splits={"train": ("linnaeus-IOB/train.tsv",), "dev": ("linnaeus-IOB/devel.tsv",)},
    read=conll(),
    entities={"Species": "Species"},
    published={"train": Counts(documents=11_935, mentions=2_119), "dev": Counts(documents=4_078, mentions=711)},
)
