"""PubMedQA: yes/no/maybe questions that the title of an abstract asks; a test set of BLURB.

A second edition asks for the long answer, the abstract's conclusion, about the labelled questions outside the test set.
"""

from dataclasses import replace

from mnlu_instruct.readers.jsonl import json_object
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts, Download, Remote, github
from mnlu_instruct.types import Question, Summary


def question(row: Row, origin: str) -> Question:
    """A question about the joined contexts, without the long answer, which would reveal the label."""
    return Question(row[""], row["QUESTION"], "\n".join(row["CONTEXTS"]), row["final_decision"], row[""], origin)


def long_answer(row: Row, origin: str) -> Summary:
    """The joined contexts, then the question; its answer in sentences."""
    text = "\n".join([*row["CONTEXTS"], row["QUESTION"]])
    return Summary(row[""], text, row["LONG_ANSWER"], row[""], origin)


pubmedqa = Corpus(
    name="pubmedqa",
    title="PubMedQA",
    role="eval",
    domain="biomedical",
    tasks=("qa",),
    source=Download(
        "https://github.com/pubmedqa/pubmedqa",
        bases=github("pubmedqa/pubmedqa", "1cbae8e92f72f20c8d3747cbb3bf5bc53554d997", "data"),
        files=(
            Remote("ori_pqal.json", "8b3276be8942ebbd77f3ddcda12c1749bf0e490045a736fd8438ee40cf37a41d", 2_584_787),
            Remote(
                "test_ground_truth.json", "939fe566f09017d13b1ca64d2ddfee0bc2374b366048152997669cccedc44d51", 11_414
            ),
        ),
    ),
    licence="MIT",
    cite="Jin et al. PubMedQA: a dataset for biomedical research question answering. EMNLP 2019.",
    splits={"test": ("ori_pqal.json", "test_ground_truth.json")},
    read=json_object(question),
    articles=PUBMED,
    options={"yes": "yes", "maybe": "maybe", "no": "no"},
    published={"test": Counts(documents=500)},
)

pubmedqa_long = replace(
    pubmedqa,
    name="pubmedqa-long",
    title="PubMedQA, long answers",
    folder="pubmedqa",
    tasks=("summ",),
    splits={"train": ("ori_pqal.json", "test_ground_truth.json")},
    read=json_object(long_answer, others=True),
    options={},
    summary="an answer to the question at its end",
    published={"train": Counts(documents=500)},
    edition_of="pubmedqa",
)
