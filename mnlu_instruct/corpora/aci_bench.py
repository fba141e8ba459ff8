"""ACI-Bench: dialogues between doctor and patient, and the visit notes written from them."""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.types import Summary


def summary(row: Row, origin: str) -> Summary:
    """A dialogue and its note."""
    return Summary(row["encounter_id"], row["dialogue"], row["note"], row["encounter_id"], origin)


aci_bench = Corpus(
    name="aci-bench",
    title="ACI-Bench",
    role="train",
    domain="clinical",
    tasks=("summ",),
    source=Download("https://github.com/wyim/aci-bench"),
    licence="CC BY 4.0",
    cite="Yim et al. ACI-BENCH: a novel ambient clinical intelligence dataset for benchmarking automatic visit note "
    "generation. Scientific Data 10, 2023.",
    splits={"train": ("train.csv",), "valid": ("valid.csv",)},
    read=table(summary),
    summary="the clinical visit note",
    published={"train": Counts(documents=67), "valid": Counts(documents=20)},
)
