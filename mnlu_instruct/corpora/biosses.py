"""BIOSSES: how similar two sentences of biomedical articles are, from 0 to 4; a test set of BLUE and BLURB."""

from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import Corpus, Counts, Download
from mnlu_instruct.types import Pair


def pair(row: Row, origin: str) -> Pair:
    """A pair with the mean score of its five annotators."""
    return Pair(row["pair_id"], row["sent1"], row["sent2"], row["pair_id"], origin, score=float(row["score"]))


biosses = Corpus(
    name="biosses",
    title="BIOSSES",
    role="eval",
    domain="biomedical",
    tasks=("sts",),
    source=Download("https://tabilab.cmpe.boun.edu.tr/BIOSSES/DataSet.html"),
    licence="GPL-3.0",
    cite="Soğancıoğlu et al. BIOSSES: a semantic sentence similarity estimation system for the biomedical domain. "
    "Bioinformatics 33(14), 2017. Split of BLUE (Peng et al., 2019).",
    splits={"train": ("train.tsv",), "dev": ("dev.tsv",), "test": ("test.tsv",)},
    read=table(pair, delimiter="\t", quoted=False),
    scale={
        0: "The two sentences are on different topics",
        1: "The two sentences are not equivalent, but are on the same topic",
        2: "The two sentences are not equivalent, but share some details",
        3: "The two sentences are roughly equivalent, but some important information differs or is missing",
        4: "The two sentences are completely or mostly equivalent, as they mean the same thing",
    },
    published={"train": Counts(documents=64), "dev": Counts(documents=16), "test": Counts(documents=20)},
)
