"""iCliniq and HealthCareMagic: consultations by text, and the question that each came with, as its summary."""

from functools import partial

from mnlu_instruct.readers.med_dialog import med_dialog
from mnlu_instruct.sources.declaration import Corpus, Counts, Download
from mnlu_instruct.sources.parting import shuffled
from mnlu_instruct.types import Dialogue, Summary, normalise

SPLITS = ("train", "dev", "test")


def question(one: Dialogue) -> Summary:
    """The whole dialogue, and its description without the leading "Q."."""
    summary = normalise(one.description).removeprefix("Q.").strip()
    return Summary(one.id, one.transcript(), summary, one.group, one.origin)


consultations = partial(
    Corpus,
    role="eval",
    domain="clinical",
    tasks=("summ",),
    source=Download("https://github.com/UCSD-AI4H/Medical-Dialogue-System"),
    licence="copyright of the sites; none stated",
    cite="Zeng et al. MedDialog: large-scale medical dialogue datasets. EMNLP 2020.",
    parted=shuffled(0, {"train": 0.8, "dev": 0.1}, "test"),
    read=med_dialog(question),
    summary="the patient's question",
    differs="The published split is an unseeded shuffle, which can't be made again; this one is cut at 80 and 90 %.",
)

icliniq = consultations(
    name="icliniq",
    title="iCliniq (MedDialog)",
    splits=dict.fromkeys(SPLITS, ("icliniq_dialogue.txt",)),
    published=dict(zip(SPLITS, map(Counts, (24_851, 3_105, 3_108)), strict=True)),
)

healthcaremagic = consultations(
    name="healthcaremagic",
    title="HealthCareMagic (MedDialog)",
    splits=dict.fromkeys(SPLITS, ("healthcaremagic_dialogue_*.txt",)),
    published=dict(zip(SPLITS, map(Counts, (181_122, 22_641, 22_642)), strict=True)),
)
