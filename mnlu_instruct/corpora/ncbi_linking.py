"""NCBI-disease and BC5CDR's diseases in BioSyn's form: mentions with their concepts in MEDIC, already normalised."""

from functools import partial

from mnlu_instruct.readers.biosyn import biosyn
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts, Download, Linking

BIOSYN = Download("https://github.com/dmis-lab/BioSyn", by_hand="pack each data set's folder as NAME.tar.gz")
in_biosyn = partial(
    Corpus,
    role="eval",
    domain="biomedical",
    tasks=("el",),
    read=biosyn(),
    articles=PUBMED,
    linking=Linking(to="MEDIC (July 2012)", alone=True),
)
"""A corpus whose documents are in `processed_SPLIT` of an archive, beside dictionaries."""


def _splits(archive: str) -> dict[str, tuple[str, ...]]:
    return {split: (f"{archive}/**/processed_{split}/*.concept",) for split in ("train", "dev", "test")}


ncbi_linking = in_biosyn(
    name="ncbi-linking",
    title="NCBI-disease, as BioSyn links it",
    source=BIOSYN,
    licence="public domain",
    cite="Doğan et al. NCBI disease corpus: a resource for disease name recognition and concept normalization. "
    "Journal of Biomedical Informatics 47, 2014. Prepared by Sung et al. Biomedical entity representations with "
    "synonym marginalization. ACL 2020.",
    edition_of="ncbi-disease",
    splits=_splits("ncbi-disease.tar.gz"),
    entities=dict.fromkeys(("SpecificDisease", "DiseaseClass", "Modifier", "CompositeMention"), "Disease"),
    published={
        "train": Counts(documents=592, mentions=5_134),
        "dev": Counts(documents=100, mentions=787),
        "test": Counts(documents=100, mentions=960),
    },
)

bc5cdr_disease_linking = in_biosyn(
    name="bc5cdr-disease-linking",
    title="BC5CDR's diseases, as BioSyn links them",
    folder="bc5cdr-linking",
    source=BIOSYN,
    licence="public domain",
    cite="Li et al. BioCreative V CDR task corpus: a resource for chemical disease relation extraction. 2016. Prepared "
    "by Sung et al. Biomedical entity representations with synonym marginalization. ACL 2020.",
    edition_of="bc5cdr",
    splits=_splits("bc5cdr-disease.tar.gz"),
    entities={"Disease": "Disease"},
    published={
        "train": Counts(documents=500, mentions=4_131),
        "dev": Counts(documents=500, mentions=4_178),
        "test": Counts(documents=500, mentions=4_287),
    },
)
