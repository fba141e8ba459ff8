"""CovidDialog: consultations about Covid-19 by text; what the doctor answers."""

from dataclasses import replace

from mnlu_instruct.readers.med_dialog import med_dialog
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Remote, github
from mnlu_instruct.sources.parting import shuffled
from mnlu_instruct.types import Dialogue, Turn, normalise

FILE = "COVID-Dialogue-Dataset-English.txt"


def lowered(one: Dialogue) -> Dialogue:
    """A dialogue lower-cased, its white space collapsed."""
    turns = tuple(Turn(turn.speaker, normalise(turn.text).lower()) for turn in one.turns)
    return Dialogue(one.id, normalise(one.description).lower(), turns, one.group, one.origin)


covid_dialog = Corpus(
    name="covid-dialog",
    title="CovidDialog (English)",
    role="eval",
    domain="clinical",
    tasks=("dialogue",),
    source=Download(
        "https://github.com/UCSD-AI4H/COVID-Dialogue",
        bases=github("UCSD-AI4H/COVID-Dialogue", "master"),
        files=(Remote(FILE, "dcc6f7aca0b46df7b706e22e188ad72205d8d4dd7f9a85e025b670182fddb096", 526_394),),
    ),
    licence="copyright of the sites; none stated",
    cite="Yang et al. On the generation of medical dialogues for COVID-19. ACL 2021.",
    splits=dict.fromkeys(("train", "dev", "test"), (FILE,)),
    parted=shuffled(11111, {"train": 0.8, "dev": 0.1}, "test"),
    read=med_dialog(),
    speaker="Doctor",
    repairs=frozenset({"speaker-twice", "repeated-id"}),
    published={
        "train": Counts(documents=482),
        "dev": Counts(documents=60),
        "test": Counts(documents=61),
    },
)

covid_dialog_released = replace(
    covid_dialog,
    name="covid-dialog-released",
    title="CovidDialog as its repository prepares it for training, lower-cased",
    folder="covid-dialog",
    edition_of="covid-dialog",
    read=med_dialog(lowered),
)
