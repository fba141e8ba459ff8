"""i2b2 2008: obesity and 15 comorbidities in discharge summaries, as stated (textual) and as judged (intuitive)."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_obesity import i2b2_obesity
from mnlu_instruct.sources.declaration import Classes, Corpus, Counts

DISEASES = {
    "Obesity": "obesity",
    "Asthma": "asthma",
    "CAD": "coronary artery disease",
    "CHF": "congestive heart failure",
    "Depression": "depression",
    "Diabetes": "diabetes",
    "Gallstones": "gallstones",
    "GERD": "gastroesophageal reflux disease",
    "Gout": "gout",
    "Hypercholesterolemia": "hypercholesterolemia",
    "Hypertension": "hypertension",
    "Hypertriglyceridemia": "hypertriglyceridemia",
    "OA": "osteoarthritis",
    "OSA": "obstructive sleep apnea",
    "PVD": "peripheral vascular disease",
    "Venous Insufficiency": "venous insufficiency",
}
JUDGED = {"Y": "present", "N": "absent", "Q": "questionable"}
SOURCES = {
    "textual": ("according to the text", {**JUDGED, "U": "not mentioned"}),
    "intuitive": ("by clinical judgement", JUDGED),
}
RECORDS = "obesity_patient_records_{}.xml"
LABELS = "obesity_standoff_annotations_{}.xml"
ROUNDS = ("training", "training_addendum", "training_addendum2", "training_addendum3")

i2b2_2008_obesity = Corpus(
    name="i2b2-2008-obesity",
    title="i2b2 2008 obesity and comorbidities",
    role="train",
    domain="clinical",
    tasks=("dc",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Uzuner. Recognizing obesity and comorbidities in sparse data. JAMIA 16(4), 2009.",
    splits={
        "train": (*map(RECORDS.format, ("training", "training2")), *map(LABELS.format, ROUNDS)),
        "test": (RECORDS.format("test"), LABELS.format("test")),
    },
    read=i2b2_obesity(),
    questions={
        f"{source}/{key}": Classes(f"whether the patient has {disease} {manner}", options)
        for source, (manner, options) in SOURCES.items()
        for key, disease in DISEASES.items()
    },
    published={"train": Counts(documents=730), "test": Counts(documents=507)},
)
