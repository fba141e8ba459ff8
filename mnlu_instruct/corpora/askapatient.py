"""AskAPatient: phrases of patients' posts about drugs, linked to SNOMED CT and AMT, in ten folds.

Most test phrases are in the training file of their fold, too: a look-up there is right for 65 % of them.
"""

from functools import partial

from mnlu_instruct.readers.askapatient import askapatient
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Linking

LINES = (
    (15_612, 845, 867),
    (15_631, 826, 867),
    (15_700, 758, 866),
    (15_672, 786, 866),
    (15_630, 828, 866),
    (15_675, 783, 866),
    (15_710, 748, 866),
    (15_659, 799, 866),
    (15_647, 811, 866),
    (15_716, 742, 866),
)
"""Lines of the training, validation and test file of each fold."""
FILES = {"train": "train", "dev": "validation", "test": "test"}

fold_declared = partial(
    Corpus,
    role="eval",
    domain="biomedical",
    folder="askapatient",
    tasks=("el",),
    source=Download("https://zenodo.org/records/55013"),
    licence="CC BY 4.0",
    cite="Limsopatham and Collier. Normalising medical concepts in social media texts by learning semantic "
    "representation. ACL 2016.",
    read=askapatient(),
    entities={"Phrase": "Phrase"},
    linking=Linking(to="SNOMED CT and AMT (1,036 concepts)", alone=True),
)


def _fold(name: str, number: int) -> Corpus:
    counts = dict(zip(FILES, LINES[number], strict=True))
    return fold_declared(
        name=name,
        title=f"AskAPatient, fold {number}",
        edition_of="askapatient" if number else "",
        splits={split: (f"AskAPatient.fold-{number}.{file}.txt",) for split, file in FILES.items()},
        published={split: Counts(documents=lines, mentions=lines) for split, lines in counts.items()},
    )


askapatient_0 = _fold(name="askapatient", number=0)
askapatient_1 = _fold(name="askapatient-1", number=1)
askapatient_2 = _fold(name="askapatient-2", number=2)
askapatient_3 = _fold(name="askapatient-3", number=3)
askapatient_4 = _fold(name="askapatient-4", number=4)
askapatient_5 = _fold(name="askapatient-5", number=5)
askapatient_6 = _fold(name="askapatient-6", number=6)
askapatient_7 = _fold(name="askapatient-7", number=7)
askapatient_8 = _fold(name="askapatient-8", number=8)
askapatient_9 = _fold(name="askapatient-9", number=9)
