"""MedMentions ST21pv: mentions of 21 semantic types in PubMed abstracts, linked to UMLS 2017AA."""

from mnlu_instruct.readers.listed import listed
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, UNSEEN, Corpus, Counts, Download, Linking, Remote, github

LISTS = {"train": "trng", "dev": "dev", "test": "test"}
"""Split → the word for it in the names of the lists of PubMed ids."""

medmentions_st21pv = Corpus(
    name="medmentions-st21pv",
    title="MedMentions ST21pv",
    role="eval",
    domain="biomedical",
    folder="medmentions",
    tasks=("el",),
    source=Download(
        "https://github.com/chanzuckerberg/MedMentions",
        bases=github("chanzuckerberg/MedMentions", "14578232bb6cdf290fea9dd7fee60a3e01ee6fd5"),
        files=(
            Remote("corpus_pubtator.txt.gz", None, unverified=UNSEEN, at="st21pv/data"),
            Remote(
                "corpus_pubtator_pmids_trng.txt",
                "ab037fc5606588b4294fa1ead987a66652fe8f3c81e7832e6a02d0c1cdb1c7e6",
                23_715,
                at="full/data",
            ),
            Remote(
                "corpus_pubtator_pmids_dev.txt",
                "d03508c74df795000599509b997b7280c0ff5bc53b064547e98b29be8b616abd",
                7_902,
                at="full/data",
            ),
            Remote(
                "corpus_pubtator_pmids_test.txt",
                "fece5bcb8c61edf8de73884980b80daf274132ef6d69f0d195c0114acbfdd4ab",
                7_911,
                at="full/data",
            ),
        ),
    ),
    licence="CC0",
    cite="Mohan and Li. MedMentions: a large biomedical corpus annotated with UMLS concepts. AKBC 2019.",
    splits={split: ("corpus_pubtator.txt.gz", f"corpus_pubtator_pmids_{word}.txt") for split, word in LISTS.items()},
    read=listed(pubtator(), "_pmids_"),
    articles=PUBMED,
    entities={
        "T005": "Virus",
        "T007": "Bacterium",
        "T017": "Anatomical structure",
        "T022": "Body system",
        "T031": "Body substance",
        "T033": "Finding",
        "T037": "Injury or poisoning",
        "T038": "Biologic function",
        "T058": "Health care activity",
        "T062": "Research activity",
        "T074": "Medical device",
        "T082": "Spatial concept",
        "T091": "Biomedical occupation or discipline",
        "T092": "Organization",
        "T097": "Professional or occupational group",
        "T098": "Population group",
        "T103": "Chemical",
        "T168": "Food",
        "T170": "Intellectual product",
        "T201": "Clinical attribute",
        "T204": "Eukaryote",
    },
    linking=Linking(to="UMLS 2017AA, 18 sources", prefixes=("UMLS:",)),
    published={
        "train": Counts(documents=2_635, mentions=122_241),
        "dev": Counts(documents=878, mentions=40_884),
        "test": Counts(documents=879, mentions=40_157),
    },
)
