"""i2b2 2006: protected health information of eight types in discharge summaries."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_xml import i2b2_xml
from mnlu_instruct.sources.declaration import Corpus, Counts

i2b2_2006_deid = Corpus(
    name="i2b2-2006-deid",
    title="i2b2 2006 de-identification",
    role="train",
    domain="clinical",
    tasks=("ner",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Uzuner et al. Evaluating the state-of-the-art in automatic de-identification. JAMIA 14(5), 2007.",
    splits={
        "train": ("deid_surrogate_train_all_version2.zip/**/[!.]*.xml",),
        "test": ("deid_surrogate_test_all_groundtruth_version2.zip/**/[!.]*.xml",),
    },
    read=i2b2_xml(record="RECORD", inline="PHI", type_key="TYPE"),
    entities={
        "PATIENT": "Patient name",
        "DOCTOR": "Doctor name",
        "HOSPITAL": "Hospital",
        "ID": "Identification number",
        "DATE": "Date",
        "LOCATION": "Location",
        "PHONE": "Phone number",
        "AGE": "Age",
    },
    repairs=frozenset({"unclosed-tag"}),
    published={"train": Counts(documents=669), "test": Counts(documents=220)},
)
