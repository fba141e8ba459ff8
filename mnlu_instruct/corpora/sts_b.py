"""STS Benchmark: how similar two sentences are, from 0 to 5."""

from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import UNSEEN, Corpus, Counts, Download, Remote
from mnlu_instruct.types import Pair

SCALE = {
    0: "The two sentences are completely dissimilar",
    1: "The two sentences are not equivalent, but are on the same topic",
    2: "The two sentences are not equivalent, but share some details",
    3: "The two sentences are roughly equivalent, but some important information differs or is missing",
    4: "The two sentences are mostly equivalent, but some unimportant details differ",
    5: "The two sentences are completely equivalent, as they mean the same thing",
}


def pair(row: Row, origin: str) -> Pair:
    """A scored pair; the corpus' own numbers aren't unique, so its id is the line."""
    line = origin.rpartition(":")[2]
    return Pair(line, row["sentence1"], row["sentence2"], line, origin, score=float(row["score"]))


sts_b = Corpus(
    name="sts-b",
    title="STS-B",
    role="train",
    domain="general",
    tasks=("sts",),
    source=Download(
        "http://ixa2.si.ehu.eus/stswiki/images/4/48/Stsbenchmark.tar.gz",
        files=(Remote("Stsbenchmark.tar.gz", None, unverified=UNSEEN, unpack="stsbenchmark"),),
    ),
    licence="CC BY-SA 4.0",
    cite="Cer et al. SemEval-2017 task 1: semantic textual similarity. SemEval 2017.",
    splits={"train": ("sts-train.csv",), "dev": ("sts-dev.csv",)},
    read=table(
        pair,
        delimiter="\t",
        quoted=False,
        columns=("genre", "file", "year", "number", "score", "sentence1", "sentence2"),
        extra=2,
    ),
    scale=SCALE,
    published={"train": Counts(documents=5_749), "dev": Counts(documents=1_500)},
)
