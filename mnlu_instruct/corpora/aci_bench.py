"""ACI-Bench: dialogues between doctor and patient, and the visit notes written from them."""

from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Remote, github
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
    source=Download(
        "https://github.com/wyim/aci-bench",
        bases=github("wyim/aci-bench", "5d3cd4d8a25b4ebb5b2b87c3923a7b2b7150e33d", "data/challenge_data"),
        files=(
            Remote("train.csv", "6c778d4ac5e6cc6f1964786f9286e8d765c210f22ed6b57f83aff8497409cea4", 611_240),
            Remote("valid.csv", "6629e89e3fb409d2b3eceab60dc7b32fe1d3fb8d4e07795039284965522aa4d0", 177_400),
        ),
    ),
    licence="CC BY 4.0",
    cite="Yim et al. ACI-BENCH: a novel ambient clinical intelligence dataset for benchmarking automatic visit note "
    "generation. Scientific Data 10, 2023.",
    splits={"train": ("train.csv",), "valid": ("valid.csv",)},
    read=table(summary),
    summary="the clinical visit note",
    published={"train": Counts(documents=67), "valid": Counts(documents=20)},
)
