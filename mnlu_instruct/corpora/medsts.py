"""MedSTS: how similar two sentences of clinical notes are, from 0 to 5; a test set of BLUE."""

from mnlu_instruct.corpora.sts_b import SCALE
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.side_by_side import side_by_side
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts
from mnlu_instruct.types import Pair


def pair(row: Row, origin: str) -> Pair:
    """A scored pair, whose id is its line."""
    line = origin.rpartition(":")[2]
    return Pair(line, row["sentence1"].strip(), row["sentence2"].strip(), line, origin, score=float(row["score"]))


medsts = Corpus(
    name="medsts",
    title="MedSTS",
    role="eval",
    domain="clinical",
    tasks=("sts",),
    source=Agreement(
        "https://doi.org/10.1007/s10579-018-9431-1 (ask its authors)", "the data use agreement of ClinicalSTS"
    ),
    licence="data use agreement (Mayo Clinic)",
    cite="Wang et al. MedSTS: a resource for clinical semantic textual similarity. "
    "Language Resources and Evaluation 54, 2020.",
    splits={
        "train": ("clinicalSTS.train.txt",),
        "test": ("clinicalSTS.test.txt", "clinicalSTS.test.gs.sim.txt"),
    },
    read=side_by_side(pair, columns=("sentence1", "sentence2", "score")),
    scale=SCALE,
    published={"train": Counts(documents=750), "test": Counts(documents=318)},
)
