"""JNLPBA: five kinds of names in sentences of 2,404 Medline abstracts; a test set of BLURB."""

from mnlu_instruct.readers.conll_headed import conll_sentences
from mnlu_instruct.sources.declaration import UNSEEN, Articles, Corpus, Counts, Download, Remote, github

jnlpba = Corpus(
    name="jnlpba",
    title="JNLPBA",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    source=Download(
        "https://github.com/spyysalo/jnlpba",
        bases=github("spyysalo/jnlpba", "master"),
        files=(
            Remote("original-data/train/Genia4ERtask2.iob2", None, unverified=UNSEEN),
            Remote(
                "original-data/test/Genia4EReval2.iob2",
                "4334602737eef0aa3a91c8d5b5122f23447baa85c276c27385f921cb228a1e7c",
                999_303,
            ),
        ),
    ),
    licence="GENIA Project licence",
    cite="Kim et al. Introduction to the bio-entity recognition task at JNLPBA. 2004.",
    splits={
        "train": ("original-data/train/Genia4ERtask2.iob2",),
        "test": ("original-data/test/Genia4EReval2.iob2",),
    },
    read=conll_sentences(header=r"###MEDLINE:(\S+)"),
    articles=Articles("MEDLINE"),
    entities={
        "protein": "Protein",
        "cell_type": "Cell type",
        "RNA": "RNA",
        "cell_line": "Cell line",
        "DNA": "DNA",
    },
    published={
        "train": Counts(documents=18_546, mentions=51_301),
        "test": Counts(documents=3_856, mentions=8_662),
    },
)
