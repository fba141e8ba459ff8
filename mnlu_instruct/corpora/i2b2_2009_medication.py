"""i2b2 2009: medications, how and why they are given, in discharge summaries.

All splits are training data, since only 17 of the training records are annotated.
"""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_entries import i2b2_entries
from mnlu_instruct.sources.declaration import Attribute, Corpus, Counts, EventType

TEXTS = "train.test.released.8.17.09.tar.gz/**/[!.]*"

i2b2_2009_medication = Corpus(
    name="i2b2-2009-medication",
    title="i2b2 2009 medication",
    role="train",
    domain="clinical",
    tasks=("ee",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Uzuner et al. Extracting medication information from clinical text. JAMIA 17(5), 2010.",
    splits={
        "train": (TEXTS, "training.ground.truth.01.06.11.2009.zip/**/[!.]*_gold.entries"),
        "test": (TEXTS, "annotations_ground_truth.tar.gz/**/converted.noduplicates.sorted/[!.]*.m"),
    },
    train_on="all",
    read=i2b2_entries(classes=("ln", "e", "t", "c"), synonyms={"present": "current"}),
    events={
        "m": EventType(
            "Medication",
            spans={"do": "Dosage", "mo": "Mode", "f": "Frequency", "du": "Duration", "r": "Reason"},
            classes={
                "ln": Attribute("List or narrative", {"list": "list", "narrative": "narrative"}),
                "e": Attribute("Event", {"start": "start", "stop": "stop", "continue": "continue"}),
                "t": Attribute("Time", {"past": "past", "current": "present", "future": "future"}),
                "c": Attribute(
                    "Certainty", {"factual": "factual", "suggestion": "suggestion", "conditional": "conditional"}
                ),
            },
        )
    },
    repairs=frozenset(
        {"unannotated", "unlocated", "wrong-end", "shift≤3", "punctuation", "triple-bar", "blank-for-comma"}
    ),
    published={"train": Counts(documents=17), "test": Counts(documents=251)},
    differs="One archive has all 1,243 texts: those without entries in a split were not annotated, or are the other "
    "split's; both are dropped as unannotated.",
)
