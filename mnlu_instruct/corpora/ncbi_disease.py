"""NCBI-disease: disease names in 793 PubMed abstracts; a test set of BLURB."""

from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts, Download, Linking, Remote, github

ncbi_disease = Corpus(
    name="ncbi-disease",
    title="NCBI-disease",
    role="eval",
    domain="biomedical",
    tasks=("ner", "el"),
    source=Download(
        "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/",
        bases=github("spyysalo/ncbi-disease", "5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec", "original-data"),
        files=(
            Remote(
                "NCBItrainset_corpus.txt",
                "f311381b28a6d0f641f57f4a963bb83619c2bdec5cd9caabb1381f894d5db817",
                1_045_967,
                at="train",
            ),
            Remote(
                "NCBIdevelopset_corpus.txt",
                "02db559974624ae9cbe6cd95d64d953e6926bb63afb6b25b63e53bd8b41a4b55",
                178_373,
                at="devel",
            ),
            Remote(
                "NCBItestset_corpus.txt",
                "61c8050bf6979ef7b943ec1158dfc03b651ea3367d4c37356f9de4841e85c9a3",
                189_219,
                at="test",
            ),
        ),
    ),
    licence="public domain",
    cite="Doğan et al. NCBI disease corpus: a resource for disease name recognition and concept normalization. "
    "Journal of Biomedical Informatics 47, 2014.",
    splits={
        "train": ("NCBItrainset_corpus.txt",),
        "dev": ("NCBIdevelopset_corpus.txt",),
        "test": ("NCBItestset_corpus.txt",),
    },
    read=pubtator(concepts="|"),
    articles=PUBMED,
    entities=dict.fromkeys(("SpecificDisease", "DiseaseClass", "Modifier", "CompositeMention"), "Disease"),
    linking=Linking(to="MEDIC (July 2012)", prefixes=("MESH:", "OMIM:")),
    repairs=frozenset({"white-space", "duplicate-document"}),
    published={
        "train": Counts(documents=593, mentions=5_145),
        "dev": Counts(documents=100, mentions=787),
        "test": Counts(documents=100, mentions=960),
    },
    differs="PubMed id 8528200 is in the training file twice, word for word, and is read once: 592 documents.",
)
