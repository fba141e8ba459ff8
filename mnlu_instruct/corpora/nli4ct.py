"""SemEval-2024 task 2 (NLI4CT): whether a statement is supported by sections of breast cancer trial reports."""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers.jsonl import decode, json_object
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.sources.declaration import Classes, Corpus, Counts, Download, Remote
from mnlu_instruct.types import Document, Judgement, Record


def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
    """Statements with a section of one or two trials; the first file has the statements, the others the trials."""
    statements, *reports = files
    trials = {report["Clinical Trial ID"]: report for report in map(decode, reports)}

    def document(row: Row, origin: str) -> Document:
        section = row["Section_id"]
        names = {"Primary trial": row["Primary_id"], "Secondary trial": row.get("Secondary_id")}
        parts = [
            f"{title}, {section}:\n" + "\n".join(trials[trial][section]) for title, trial in names.items() if trial
        ]
        text = "\n\n".join([*parts, f"Statement: {row['Statement'].strip()}"])
        label = Judgement("support", (row["Label"],))
        return Document(row[""], text, row["Primary_id"], origin, judgements=(label,))

    return json_object(document)([statements], repairs)


TRIALS = "training_data.zip/CT json/*.json"

nli4ct = Corpus(
    name="nli4ct",
    title="SemEval-2024 task 2 (NLI4CT)",
    role="train",
    domain="clinical",
    tasks=("dc",),
    source=Download(
        "https://github.com/ai-systems/Task-2-SemEval-2024",
        bases=("https://raw.githubusercontent.com/ai-systems/Task-2-SemEval-2024/HEAD/",),
        files=(
            Remote("training_data.zip", None, unverified="it was replaced there once; which one lasts is not known"),
            Remote(
                "gold_practice_test.json", "557583292755b76caed8229f2cfbe15c316cca3805aff7bbff72902de4859785", 1_102_779
            ),
        ),
    ),
    licence="none stated",
    cite="Jullien et al. SemEval-2024 task 2: safe biomedical natural language inference for clinical trials. 2024.",
    splits={
        "train": ("training_data.zip/train.json", TRIALS),
        "dev": ("training_data.zip/dev.json", TRIALS),
        "practice": ("gold_practice_test.json", TRIALS),
    },
    read=read,
    questions={
        "support": Classes(
            what="the relation of the statement to the clinical trial report",
            options={
                "Entailment": "the statement is supported by the report",
                "Contradiction": "the statement is contradicted by the report",
            },
        )
    },
    published={"train": Counts(documents=1_700), "dev": Counts(documents=200), "practice": Counts(documents=2_142)},
)
