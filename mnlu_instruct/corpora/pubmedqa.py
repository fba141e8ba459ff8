"""PubMedQA: yes/no/maybe questions that the title of an abstract asks; a test set of BLURB."""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.jsonl import json_object
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.types import Question


def question(row: Row, origin: str) -> Question:
    """A question about the contexts, joined; the long answer, which gives it away, is left out."""
    return Question(row[""], row["QUESTION"], "\n".join(row["CONTEXTS"]), row["final_decision"], row[""], origin)


pubmedqa = Corpus(
    name="pubmedqa",
    title="PubMedQA",
    role="eval",
    domain="biomedical",
    tasks=("qa",),
    source=Download("https://github.com/pubmedqa/pubmedqa"),
    licence="MIT",
    cite="Jin et al. PubMedQA: a dataset for biomedical research question answering. EMNLP 2019.",
    splits={"test": ("ori_pqal.json", "test_ground_truth.json")},
    read=json_object(question),
    options={"yes": "yes", "maybe": "maybe", "no": "no"},
    published={"test": Counts(documents=500)},
)
