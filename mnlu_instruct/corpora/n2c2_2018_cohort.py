"""n2c2 2018 track 1: whether patients meet each of 13 criteria for clinical trials, given their records."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_xml import i2b2_xml
from mnlu_instruct.sources.declaration import Classes, Corpus, Counts

CRITERIA = {
    "ABDOMINAL": "history of intra-abdominal surgery, small or large intestine resection, or small bowel obstruction",
    "ADVANCED-CAD": "advanced coronary artery disease (two or more of: two or more medications for it, history of "
    "myocardial infarction, current angina, ischemia past or present)",
    "ALCOHOL-ABUSE": "current alcohol use over weekly recommended limits",
    "ASP-FOR-MI": "use of aspirin to prevent myocardial infarction",
    "CREATININE": "serum creatinine above the upper limit of normal",
    "DIETSUPP-2MOS": "taken a dietary supplement (excluding vitamin D) in the past two months",
    "DRUG-ABUSE": "drug abuse, current or past",
    "ENGLISH": "speaks English",
    "HBA1C": "any hemoglobin A1c value between 6.5% and 9.5%",
    "KETO-1YR": "diagnosis of ketoacidosis in the past year",
    "MAJOR-DIABETES": "major diabetes-related complication (amputation, kidney damage, skin condition, retinopathy, "
    "nephropathy or neuropathy)",
    "MAKES-DECISIONS": "makes their own medical decisions",
    "MI-6MOS": "myocardial infarction in the past six months",
}
OPTIONS = {"met": "the criterion is met", "not met": "the criterion is not met"}

n2c2_2018_cohort = Corpus(
    name="n2c2-2018-cohort",
    title="n2c2 2018 track 1, cohort selection",
    role="train",
    domain="clinical",
    tasks=("dc",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Stubbs et al. Cohort selection for clinical trials: n2c2 2018 shared task track 1. JAMIA 26(11), 2019.",
    splits={
        "train": ("train.zip/**/[!.]*.xml",),
        "test": ("n2c2-t1_gold_standard_test_data.zip/**/[!.]*.xml",),
    },
    read=i2b2_xml(classes=("TAGS/*", "met")),
    questions={
        key: Classes(f"whether the patient meets the criterion: {criterion}", OPTIONS)
        for key, criterion in CRITERIA.items()
    },
    published={"train": Counts(documents=202), "test": Counts(documents=86)},
)
