"""n2c2 2022 track 2 (SHAC): social determinants of health as events in social-history sections."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.brat import brat
from mnlu_instruct.sources.declaration import Attribute, Corpus, EventType

SPANS = {
    "Amount": "Amount",
    "Duration": "Duration",
    "Frequency": "Frequency",
    "History": "History",
    "Method": "Method",
    "Type": "Type",
}
TIME = Attribute("Status", {"none": "no use", "current": "current", "past": "past", "future": "future"})
LIVING_TIME = Attribute("Status", {"none": "never", "current": "current", "past": "past", "future": "future"})
EMPLOYMENT = Attribute(
    "Status",
    {
        "employed": "employed",
        "unemployed": "unemployed",
        "retired": "retired",
        "on_disability": "on disability",
        "student": "student",
        "homemaker": "homemaker",
    },
)
LIVING = Attribute(
    "Type", {"alone": "alone", "with_family": "with family", "with_others": "with others", "homeless": "homeless"}
)
EVENTS = {
    "Alcohol": EventType("Alcohol use", SPANS, {"Status": TIME}),
    "Drug": EventType("Drug use", SPANS, {"Status": TIME}),
    "Tobacco": EventType("Tobacco use", SPANS, {"Status": TIME}),
    "Employment": EventType(
        "Employment", {role: role for role in ("Duration", "History", "Type")}, {"Status": EMPLOYMENT}
    ),
    "LivingStatus": EventType(
        "Living status", {role: role for role in ("Duration", "History")}, {"Status": LIVING_TIME, "Type": LIVING}
    ),
}
SOURCES = ("{split}/*/*.txt", "{split}/*/*.ann")

n2c2_2022_sdoh = Corpus(
    name="n2c2-2022-sdoh",
    title="n2c2 2022 track 2 (SHAC)",
    role="train",
    domain="clinical",
    tasks=("ee",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Lybarger et al. The 2022 n2c2/UW shared task on extracting social determinants of health. JAMIA 30(8), 2023.",
    splits={split: tuple(source.format(split=split) for source in SOURCES) for split in ("train", "dev", "test")},
    read=brat(id_parts=2, value="{type}Val"),
    events=EVENTS,
    ignored=frozenset(
        {"Country", "EnviroExposure", "GenderID", "Insurance", "PhysActivity", "Race", "SexualOrient", "Degree"}
    ),
)
