"""ClinicalIE: medications in snippets of clinical notes, with their attributes, or with their status.

The data set is gated; each configuration is read from the CSV files that `datasets` writes for its splits.
"""

from functools import partial

from mnlu_instruct.readers.clinical_ie import attribute_spans, named_spans
from mnlu_instruct.sources.declaration import Corpus, Counts, Download

ATTRIBUTES = ("Medication", "Dosage", "Route", "Frequency", "Reason", "Duration")
STATUS = {
    "active_medications": "Active medication",
    "discontinued_medications": "Discontinued medication",
    "neither_medications": "Medication neither active nor discontinued",
}

task = partial(
    Corpus,
    role="train",
    domain="clinical",
    tasks=("ner",),
    folder="clinicalie",
    source=Download("https://huggingface.co/datasets/mitclinicalml/clinical-ie", access="registration"),
    licence="gated",
    cite="Agrawal et al. Large language models are few-shot clinical information extractors. EMNLP 2022.",
    train_on="all",
    published={"validation": Counts(documents=5), "test": Counts(documents=100)},
)

clinicalie_attributes = task(
    name="clinicalie-attributes",
    title="ClinicalIE, attributes of medications",
    splits={split: (f"medication_attr/{split}.csv",) for split in ("validation", "test")},
    read=attribute_spans(),
    entities={kind: kind for kind in ATTRIBUTES},
)

clinicalie_status = task(
    name="clinicalie-status",
    title="ClinicalIE, status of medications",
    splits={split: (f"medication_status/{split}.csv",) for split in ("validation", "test")},
    read=named_spans(tuple(STATUS)),
    entities=STATUS,
    repairs=frozenset({"case-fold", "unlocated"}),
)
