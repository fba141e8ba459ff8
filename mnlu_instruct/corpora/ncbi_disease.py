"""NCBI-disease: disease names in 793 PubMed abstracts; a test set of BLURB."""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.pubtator import pubtator

ncbi_disease = Corpus(
    name="ncbi-disease",
    title="NCBI-disease",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/"),
    licence="public domain",
    cite="Doğan et al. NCBI disease corpus: a resource for disease name recognition and concept normalization. "
    "Journal of Biomedical Informatics 47, 2014.",
    splits={
        "train": ("NCBItrainset_corpus.txt",),
        "dev": ("NCBIdevelopset_corpus.txt",),
        "test": ("NCBItestset_corpus.txt",),
    },
    read=pubtator(concepts="|"),
    entities=dict.fromkeys(("SpecificDisease", "DiseaseClass", "Modifier", "CompositeMention"), "Disease"),
    repairs=frozenset({"white-space", "duplicate-document"}),
    published={
        "train": Counts(documents=593, mentions=5_145),
        "dev": Counts(documents=100, mentions=787),
        "test": Counts(documents=100, mentions=960),
    },
    differs="PubMed id 8528200 is in the training file twice, word for word, and is read once: 592 documents.",
)
