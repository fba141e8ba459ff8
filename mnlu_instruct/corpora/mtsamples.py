"""MTSamples: the medical specialties under which a website files a transcribed report."""

from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.same_text import same_text
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import Classes, Corpus, Counts, Download
from mnlu_instruct.types import Document, Judgement

READABLE = {
    "Consult - History and Phy.": "Consultation - History and Physical",
    "IME-QME-Work Comp etc.": "Independent Medical Examination / Workers' Compensation",
}
SPECIALTIES = (
    *("Allergy / Immunology", "Autopsy", "Bariatrics", "Cardiovascular / Pulmonary", "Chiropractic"),
    *("Consult - History and Phy.", "Cosmetic / Plastic Surgery", "Dentistry", "Dermatology", "Diets and Nutritions"),
    *("Discharge Summary", "ENT - Otolaryngology", "Emergency Room Reports", "Endocrinology", "Gastroenterology"),
    *("General Medicine", "Hematology - Oncology", "Hospice - Palliative Care", "IME-QME-Work Comp etc."),
    *("Lab Medicine - Pathology", "Letters", "Nephrology", "Neurology", "Neurosurgery", "Obstetrics / Gynecology"),
    *("Office Notes", "Ophthalmology", "Orthopedic", "Pain Management", "Pediatrics - Neonatal"),
    *("Physical Medicine - Rehab", "Podiatry", "Psychiatry / Psychology", "Radiology", "Rheumatology"),
    *("SOAP / Chart / Progress Notes", "Sleep Medicine", "Speech - Language", "Surgery", "Urology"),
)


def report(row: Row, origin: str) -> Document | None:
    """A report, without its description and keywords, which would reveal the specialty."""
    if not row["transcription"].strip():
        return None
    specialty = Judgement("specialty", (row["medical_specialty"].strip(),))
    return Document(row[""], row["transcription"], row[""], origin, judgements=(specialty,))


mtsamples = Corpus(
    name="mtsamples",
    title="MTSamples",
    role="train",
    domain="clinical",
    tasks=("dc",),
    source=Download("https://www.kaggle.com/datasets/tboyle10/medicaltranscriptions", access="registration"),
    licence="CC0 (as the Kaggle page says)",
    cite="MTSamples: transcribed medical transcription sample reports. https://mtsamples.com",
    splits={"train": ("mtsamples.csv",)},
    read=same_text(table(report, dropped_as="no-text")),
    train_on="all",
    questions={
        "specialty": Classes(
            what="the medical specialty",
            options={label: READABLE.get(label, label) for label in SPECIALTIES},
            several=True,
        )
    },
    repairs=frozenset({"no-text", "same-text"}),
    published={"train": Counts(documents=4_999)},
    differs="Published are rows; rows of one text are one document here, with the specialties of all.",
)
