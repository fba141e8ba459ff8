"""n2c2 2018 track 2: medications, their attributes, and adverse drug events in discharge summaries.

Each drug is an event. Concepts that no relation links to a drug are in no answer; the edition for named entities has
them.
"""

from functools import partial

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.brat import brat
from mnlu_instruct.sources.declaration import Corpus, Counts, EventType

ATTRIBUTES = {
    "Strength": "Strength",
    "Form": "Form",
    "Dosage": "Dosage",
    "Frequency": "Frequency",
    "Route": "Route",
    "Duration": "Duration",
    "Reason": "Reason",
    "ADE": "Adverse drug event",
}
ARCHIVES = {"train": "training_20180910.zip", "test": "gold-standard-test-data.zip"}

declared = partial(
    Corpus,
    role="train",
    domain="clinical",
    folder="n2c2-2018-ade",
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Henry et al. 2018 n2c2 shared task on adverse drug events and medication extraction in electronic health "
    "records. JAMIA 27(1), 2020.",
    splits={split: tuple(f"{archive}/**/[!.]*.{end}" for end in ("txt", "ann")) for split, archive in ARCHIVES.items()},
    read=brat(trigger="Drug"),
    entities={"Drug": "Drug", **ATTRIBUTES},
    repairs=frozenset({"odd-tabs"}),
    published={"train": Counts(documents=303), "test": Counts(documents=202)},
)

n2c2_2018_ade = declared(
    name="n2c2-2018-ade",
    title="n2c2 2018 track 2, adverse drug events",
    tasks=("ete", "eae"),
    events={"Drug": EventType("Drug", ATTRIBUTES)},
)

n2c2_2018_ade_concepts = declared(
    name="n2c2-2018-ade-concepts",
    title="n2c2 2018 track 2, all concepts",
    tasks=("ner",),
    edition_of="n2c2-2018-ade",
)
