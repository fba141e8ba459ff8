"""i2b2 2006: the smoking status of patients, as stated in their discharge summaries."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_xml import i2b2_xml
from mnlu_instruct.sources.declaration import Classes, Corpus, Counts

STATUS = Classes(
    what="the patient's smoking status",
    options={
        "past smoker": "past smoker",
        "current smoker": "current smoker",
        "smoker": "smoker in the past or at present",
        "non-smoker": "nonsmoker",
        "unknown": "unknown",
    },
)

i2b2_2006_smoking = Corpus(
    name="i2b2-2006-smoking",
    title="i2b2 2006 smoking status",
    role="train",
    domain="clinical",
    tasks=("dc",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Uzuner et al. Identifying patient smoking status from medical discharge records. JAMIA 15(1), 2008.",
    splits={
        "train": ("smokers_surrogate_train_all_version2.zip/**/[!.]*.xml",),
        "test": ("smokers_surrogate_test_all_groundtruth_version2.zip/**/[!.]*.xml",),
    },
    read=i2b2_xml(record="RECORD", classes=("SMOKING", "STATUS")),
    questions={"SMOKING": STATUS},
    published={"train": Counts(documents=398), "test": Counts(documents=104)},
)
