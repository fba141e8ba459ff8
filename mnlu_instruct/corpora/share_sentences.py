"""ShARe 2013 and 2014: disorders in clinical reports, some of them discontinuous; sentences and split of Dai et al."""

from functools import partial

from mnlu_instruct.readers.in_sentences import in_sentences
from mnlu_instruct.readers.lists import of_list
from mnlu_instruct.readers.share_pipe import share_pipe
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts

WHERE = "https://physionet.org/content/shareclefehealth{}/"
LISTS = "lists of report names, one a line, by which the official training set is divided"

edition = partial(
    Corpus,
    role="eval",
    domain="clinical",
    tasks=("ner",),
    licence="PhysioNet Credentialed Health Data License",
    entities={"Disease_Disorder": "Disease or disorder"},
    repairs=frozenset({"crosses-sentence"}),
)

share2013 = edition(
    name="share2013",
    title="ShARe/CLEF eHealth 2013, in sentences",
    source=Agreement(WHERE.format("2013"), "the data use agreement for credentialed users"),
    cite="Suominen et al. Overview of the ShARe/CLEF eHealth evaluation lab 2013. CLEF 2013.",
    splits={
        **{split: (f"{split}.list", "train/reports/*.txt", "train/mentions/*.xml") for split in ("train", "dev")},
        "test": ("test/reports/*.txt", "test/mentions/*.txt"),
    },
    read=in_sentences(of_list(share_pipe("reports"), lists=".list"), sentences="clinical", rule="clinical"),
    published={"train": Counts(mentions=5_146), "dev": Counts(mentions=669), "test": Counts(mentions=5_333)},
    differs=f"train.list and dev.list are {LISTS}: Dai et al. list 19 for dev.",
)

share2014 = edition(
    name="share2014",
    title="ShARe/CLEF eHealth 2014, in sentences",
    source=Agreement(WHERE.format("2014"), "the data use agreement for credentialed users"),
    cite="Mowery et al. Task 2: ShARe/CLEF eHealth evaluation lab 2014. CLEF 2014.",
    splits={
        **{split: (f"{split}.list", "train/reports/*.txt", "train/mentions/*.pipe*") for split in ("train", "dev")},
        "test": ("test/reports/*.txt", "test/mentions/*.pipe*"),
    },
    read=in_sentences(of_list(share_pipe("reports"), lists=".list"), sentences="clinical", rule="clinical"),
    published={"train": Counts(mentions=10_380), "dev": Counts(mentions=771), "test": Counts(mentions=7_922)},
    differs=f"train.list and dev.list are {LISTS}: Dai et al. list 29 for dev.",
)
