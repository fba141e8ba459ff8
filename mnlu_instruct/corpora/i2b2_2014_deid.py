"""i2b2/UTHealth 2014 track 1: protected health information of 28 types in longitudinal clinical records."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_xml import i2b2_xml
from mnlu_instruct.sources.declaration import Corpus, Counts

TRAINING = ("2014_training-PHI-Gold-Set1.tar.gz", "training-PHI-Gold-Set2.tar.gz")

i2b2_2014_deid = Corpus(
    name="i2b2-2014-deid",
    title="i2b2 2014 de-identification",
    role="train",
    domain="clinical",
    tasks=("ner",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Stubbs and Uzuner. Annotating longitudinal clinical narratives for de-identification: the 2014 i2b2/UTHealth "
    "corpus. Journal of Biomedical Informatics 58, 2015.",
    splits={
        "train": tuple(f"{archive}/**/[!.]*.xml" for archive in TRAINING),
        "test": ("testing-PHI-Gold-fixed.tar.gz/**/[!.]*.xml",),
    },
    read=i2b2_xml(type_key="TYPE"),
    entities={
        "PATIENT": "Patient name",
        "DOCTOR": "Doctor name",
        "USERNAME": "Username",
        "PROFESSION": "Profession",
        "HOSPITAL": "Hospital",
        "ORGANIZATION": "Organization",
        "STREET": "Street",
        "CITY": "City",
        "STATE": "State",
        "COUNTRY": "Country",
        "ZIP": "Zip code",
        "LOCATION-OTHER": "Other location",
        "AGE": "Age",
        "DATE": "Date",
        "PHONE": "Phone number",
        "FAX": "Fax number",
        "EMAIL": "Email address",
        "URL": "Web address",
        "IPADDRESS": "IP address",
        "SSN": "Social security number",
        "MEDICALRECORD": "Medical record number",
        "HEALTHPLAN": "Health plan number",
        "ACCOUNT": "Account number",
        "LICENSE": "License number",
        "VEHICLE": "Vehicle identifier",
        "DEVICE": "Device identifier",
        "BIOID": "Biometric identifier",
        "IDNUM": "Other identification number",
    },
    repairs=frozenset({"shift≤3"}),
    published={"train": Counts(documents=790), "test": Counts(documents=514)},
)
