"""TrialStop: why a clinical trial stopped, in the words of its register entry."""

from mnlu_instruct.readers.jsonl import json_lines
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.sources.declaration import UNSEEN, Classes, Corpus, Counts, Download, Remote
from mnlu_instruct.types import Document, Judgement

NO_LABELS = ("text", "label_descriptions")


def reason(row: Row, origin: str) -> Document:
    """A stated reason and the classes whose column is 1; the corpus has no ids, so the id is the line."""
    line = origin.rpartition(":")[2]
    keys = tuple(key for key, value in row.items() if key not in NO_LABELS and (0, 1).index(value))
    return Document(line, row["text"], line, origin, judgements=(Judgement("reason", keys),))


trialstop = Corpus(
    name="trialstop",
    title="Why clinical trials stop",
    role="train",
    domain="clinical",
    tasks=("dc",),
    source=Download(
        "https://huggingface.co/datasets/opentargets/clinical_trial_reason_to_stop",
        bases=("https://huggingface.co/datasets/opentargets/clinical_trial_reason_to_stop/resolve/main/",),
        files=(Remote("data.json", None, unverified=UNSEEN),),
    ),
    licence="Apache-2.0",
    cite="Razuvayevskaya et al. Genetic factors associated with reasons for clinical trial stoppage. "
    "Nature Genetics 56, 2024.",
    splits={"train": ("data.json",)},
    read=json_lines(reason),
    train_on="all",
    questions={
        "reason": Classes(
            what="the reason why the clinical trial stopped",
            several=True,
            options={
                "Insufficient_Enrollment": "insufficient enrolment of participants",
                "Business_Administrative": "business or administrative reasons (including funding, sponsor decision)",
                "Negative": "negative results (lack of efficacy or futility)",
                "Logistics_Resources": "logistics or lack of resources",
                "Study_Design": "problems with, or changes of, the study design",
                "Invalid_Reason": "no valid reason for stopping (for example, the trial was completed)",
                "Study_Staff_Moved": "study staff moved or left",
                "Covid19": "COVID-19",
                "Another_Study": "replaced by or merged into another study",
                "Safety_Sideeffects": "safety concerns or side effects",
                "Regulatory": "regulatory reasons",
                "No_Context": "no context given",
                "Interim_Analysis": "result of an interim analysis",
                "Endpoint_Met": "the endpoint was met",
                "Insufficient_Data": "insufficient data",
                "Ethical_Reason": "ethical reasons",
                "Success": "success (positive results)",
            },
        )
    },
    published={"train": Counts(documents=3_747)},
)
