"""MeQSum, and the summarization tasks of MEDIQA 2021: consumers' questions, and answers to them."""

from dataclasses import replace
from functools import partial

from mnlu_instruct.readers.mediqa_ans import mediqa_ans as read_answers
from mnlu_instruct.readers.mediqa_answers import mediqa_answers
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.workbook import workbook
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Remote, github
from mnlu_instruct.sources.parting import in_order
from mnlu_instruct.types import Summary

MEDIQA = Download("https://github.com/abachaa/MEDIQA2021")
OVERVIEW = (
    "Ben Abacha et al. Overview of the MEDIQA 2021 shared task on summarization in the medical domain. BioNLP 2021."
)
MEQSUM = "MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx"


def meqsum_summary(row: Row, origin: str) -> Summary:
    """A question to the National Library of Medicine, and its short form."""
    name = row["File"].removesuffix(".xml.txt")
    return Summary(name, row["CHQ"], row["Summary"], name, origin)


def mediqa_summary(row: Row, origin: str) -> Summary:
    """As in MeQSum, with the columns of MEDIQA."""
    return Summary(row["q_id"], row["NLM Question"], row["Summary"], row["q_id"], origin)


questions = partial(
    Corpus, role="eval", domain="clinical", tasks=("summ",), licence="CC BY 4.0", summary="the short question"
)

meqsum = questions(
    name="meqsum",
    title="MeQSum",
    source=Download(
        "https://github.com/abachaa/MeQSum",
        bases=github("abachaa/MeQSum", "master"),
        files=(Remote(MEQSUM, "abedd939d5014306ca576522416bf69103e85dc8fcf1668a4099e8b84a39eeea", 216_310),),
    ),
    cite="Ben Abacha and Demner-Fushman. On the summarization of consumer health questions. ACL 2019.",
    splits=dict.fromkeys(("train", "test"), (MEQSUM,)),
    parted=in_order("train", 500, "test"),
    read=workbook(meqsum_summary),
    published={"train": Counts(documents=500), "test": Counts(documents=500)},
)

meqsum_all = replace(
    meqsum,
    name="meqsum-all",
    title="MeQSum whole, which MEDIQA 2021 gave to train on",
    folder="meqsum",
    edition_of="meqsum",
    splits={"train": (MEQSUM,)},
    parted=None,
    published={"train": Counts(documents=1_000)},
)

mediqa_qs = questions(
    name="mediqa-qs",
    title="MEDIQA 2021, summaries of questions",
    role="eval",
    folder="mediqa2021",
    source=MEDIQA,
    cite=OVERVIEW,
    splits={
        "dev": ("Task1/MEDIQA2021-Task1-QuestionSummarization-ValidationSet.xlsx",),
        "test": ("Task1/MEDIQA2021-Task1-TestSet-ReferenceSummaries.xlsx",),
    },
    read=workbook(mediqa_summary),
    published={"dev": Counts(documents=50), "test": Counts(documents=100)},
)

mediqa_mas = Corpus(
    name="mediqa-mas",
    title="MEDIQA 2021, summaries of several answers",
    role="eval",
    domain="clinical",
    tasks=("summ",),
    folder="mediqa2021",
    source=MEDIQA,
    licence="CC BY 4.0",
    cite=OVERVIEW,
    splits={
        split: tuple(
            f"Task2/{folder}/*{end}" for end in ("hortQuestions.txt", "_Answers.xlsx", "AbstrativeSummaries.txt")
        )
        for split, folder in (("dev", "Validation"), ("test", "Test"))
    },
    read=mediqa_answers("hortQuestions.txt", "AbstrativeSummaries.txt"),
    summary="the summary of the answers",
    published={"dev": Counts(documents=50), "test": Counts(documents=80)},
)

answers = partial(
    Corpus,
    role="eval",
    domain="clinical",
    tasks=("summ",),
    folder="mediqa-ans",
    source=Download("https://osf.io/fyg46"),
    licence="CC BY 4.0",
    cite="Savery et al. Question-driven summarization of answers to consumer health questions. Scientific "
    "Data 7, 2020.",
    splits={"test": ("question_driven_answer_summarization_primary_dataset.json",)},
    summary="the summary of the answer",
    published={"test": Counts(documents=552)},
)

mediqa_ans = answers(name="mediqa-ans", title="MEDIQA-AnS, whole pages", read=read_answers("article"))

mediqa_ans_passages = answers(
    name="mediqa-ans-passages",
    title="MEDIQA-AnS, the passages that were found",
    edition_of="mediqa-ans",
    read=read_answers("section"),
)
