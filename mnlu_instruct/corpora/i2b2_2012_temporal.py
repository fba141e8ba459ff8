"""i2b2 2012: clinical events, times, and how they relate in time, in discharge summaries."""

from itertools import product

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_xml import Links, i2b2_xml
from mnlu_instruct.sources.declaration import Candidates, Corpus, Counts

TYPES = {
    "PROBLEM": "Problem",
    "TEST": "Test",
    "TREATMENT": "Treatment",
    "CLINICAL_DEPT": "Clinical department",
    "EVIDENTIAL": "Source of information",
    "OCCURRENCE": "Occurrence",
    "DATE": "Date",
    "TIME": "Time",
    "DURATION": "Duration",
    "FREQUENCY": "Frequency",
}
MERGED = {
    **{label: label for label in ("BEFORE", "AFTER", "OVERLAP")},
    **dict.fromkeys(("SIMULTANEOUS", "DURING"), "OVERLAP"),
    **dict.fromkeys(("BEFORE_OVERLAP", "ENDED_BY"), "BEFORE"),
    "BEGUN_BY": "AFTER",
}

i2b2_2012_temporal = Corpus(
    name="i2b2-2012-temporal",
    title="i2b2 2012 temporal relations",
    role="train",
    domain="clinical",
    tasks=("ner", "re"),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Sun et al. Evaluating temporal relations in clinical text: 2012 i2b2 challenge. JAMIA 20(5), 2013.",
    splits={
        "train": ("2012-07-15.original-annotation.release.tar.gz/**/[!.]*.xml",),
        "test": ("2012-08-23.test-data.groundtruth.tar.gz/**/ground_truth/merged_xml/[!.]*.xml",),
    },
    read=i2b2_xml(type_key="type", links=Links(MERGED, {"BEFORE": "AFTER", "AFTER": "BEFORE", "OVERLAP": "OVERLAP"})),
    entities=TYPES,
    ignored=frozenset({"ADMISSION", "DISCHARGE"}),
    relations=Candidates(
        source="ours: any two mentions of one line, and those linked across lines; always asked in text order, so that "
        "BEFORE and AFTER are exchanged where a link runs against it; eight types of links are three, as in the task",
        scope="passage",
        beyond=True,
        pairs=tuple(product(TYPES.values(), TYPES.values())),
        labels={
            "BEFORE": "{1} happens before {2}",
            "AFTER": "{1} happens after {2}",
            "OVERLAP": "{1} happens at the same time as {2}",
            "none": "the time of {1} is not related to {2}",
        },
        negative="none",
    ),
    repairs=frozenset({"bare-ampersand", "no-relation-type", "dangling-end", "shift≤3", "unlocated"}),
    published={"train": Counts(documents=190), "test": Counts(documents=120)},
)
