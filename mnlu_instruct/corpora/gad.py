"""GAD: whether a sentence states that a gene is associated with a disease; a test set of BLURB."""

from mnlu_instruct.readers.anonymised import anonymised
from mnlu_instruct.sources.declaration import Candidates, Corpus, Counts, Download

GENE, DISEASE = "Gene", "Disease"
ASSOCIATION = Candidates(
    source="BioBERT (Lee et al., 2020): the one gene and the one disease that each sentence marks",
    pairs=((GENE, DISEASE),),
    labels={"1": "{1} is associated with {2}", "0": "{1} is not related to {2}"},
    negative="0",
)

gad = Corpus(
    name="gad",
    title="GAD",
    role="eval",
    domain="biomedical",
    tasks=("re",),
    source=Download("https://microsoft.github.io/BLURB/"),
    licence="none stated",
    cite="Bravo et al. Extraction of relations between genes and diseases from text and large-scale data analysis. "
    "BMC Bioinformatics 16, 2015. First of BioBERT's ten folds (Lee et al., 2020), as BLURB splits it.",
    splits={"train": ("train.tsv",), "dev": ("dev.tsv",), "test": ("test.tsv",)},
    read=anonymised({"@GENE$": GENE, "@DISEASE$": DISEASE}, negative="0"),
    entities={GENE: GENE, DISEASE: DISEASE},
    relations=ASSOCIATION,
    published={
        "train": Counts(documents=4_261, candidates=4_261),
        "dev": Counts(documents=535, candidates=535),
        "test": Counts(documents=534, relations=281, candidates=534),
    },
)
