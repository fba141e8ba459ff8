"""EU-ADR: how drugs, targets and diseases relate, in two derived editions with texts, and as released, without texts.

The edition as released needs an `abstracts.tsv` made from PubMed: one line per document, with id, title, abstract.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from mnlu_instruct.corpora.gad import ASSOCIATION, DISEASE, GENE
from mnlu_instruct.files import File
from mnlu_instruct.readers.anonymised import anonymised
from mnlu_instruct.readers.bioc import bioc
from mnlu_instruct.readers.euadr_tsv import euadr_tsv
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.sources.declaration import (
    PUBMED,
    UNSEEN,
    Candidates,
    Corpus,
    Counts,
    Download,
    Remote,
    github,
)
from mnlu_instruct.types import Record

DRUG, TARGET = "Drug", "Drug target"
PAPER = (
    "van Mulligen et al. The EU-ADR corpus: annotated drugs, diseases, targets, and their relationships. "
    "Journal of Biomedical Informatics 45(5), 2012."
)
TRAIN, TEST = "biobert_10fold/1/train.tsv", "biobert_10fold/1/test.tsv"
COLUMNS = ("sentence", "label")
MARKED = partial(anonymised, {"@GENE$": GENE, "@DISEASE$": DISEASE}, negative="0")


def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
    """The sentences of a fold, whose training file has neither a header nor an index."""
    for file in files:
        yield from MARKED(columns=COLUMNS if file.name == TRAIN else ())([file], repairs)


edition = partial(
    Corpus,
    role="train",
    domain="biomedical",
    tasks=("re",),
    folder="eu-adr",
    licence="unknown",
    train_on="all",
)

eu_adr = edition(
    name="eu-adr",
    title="EU-ADR, drugs and targets",
    source=Download("https://github.com/leonweber/drugprot"),
    cite=f"{PAPER} BioC edition of Weber et al., 2021.",
    splits={"train": ("euadr.bioc.xml",)},
    read=bioc(),
    articles=PUBMED,
    entities={"CHEMICAL": DRUG, "GENE-Y": TARGET},
    relations=Candidates(
        source="every drug and target of one of the sentences that the file has",
        scope="passage",
        pairs=((DRUG, TARGET),),
        labels={"DRUG-TARGET": "{1} acts on {2}", "NONE": "{1} is not related to {2}"},
        negative="NONE",
    ),
    repairs=frozenset({"gap"}),
    published={"train": Counts(documents=38, mentions=729, relations=166)},
)

eu_adr_genes = edition(
    name="eu-adr-genes",
    title="EU-ADR, genes and diseases",
    source=Download(
        "https://github.com/dmis-lab/biobert",
        bases=github("BioMedBERT/biomedbert", "9e5e1019d79d07c7aecc4eb49106203af1012663", "datasets/RE/euadr"),
        files=(
            Remote(TRAIN, "1c82ccf65c49b1c0298c08f0f091a7815afd11afa26075cf40eef7d2d11de5b5", 66_466, at="1"),
            Remote(TEST, "255b8f1aabdcb2452084e00d9d71768cec58d66bf3238246a2a717b9174e5804", 6_237, at="1"),
        ),
    ),
    cite=f"{PAPER} First of BioBERT's ten folds (Lee et al., 2020).",
    splits={"train": (TRAIN,), "test": (TEST,)},
    read=read,
    entities={GENE: GENE, DISEASE: DISEASE},
    relations=ASSOCIATION,
    published={"train": Counts(documents=318), "test": Counts(documents=37)},
)

eu_adr_released = edition(
    name="eu-adr-released",
    title="EU-ADR as released",
    source=Download(
        "https://biosemantics.erasmusmc.nl/downloads/euadr.tgz",
        files=(Remote("euadr.tgz", None, unverified=UNSEEN, unpack="."),),
        by_hand="the abstracts from PubMed, a line of id, title, abstract a document",
    ),
    cite=PAPER,
    splits={"train": ("euadr_corpus/*.txt", "abstracts.tsv")},
    read=euadr_tsv(),
    articles=PUBMED,
    entities={
        "Chemicals & Drugs": DRUG,
        "Genes & Molecular Sequences": TARGET,
        "Diseases & Disorders": DISEASE,
    },
    ignored=frozenset({"SNP & Sequence variations"}),
    relations=Candidates(
        source="every two concepts of one sentence whose types the corpus relates",
        scope="sentence",
        pairs=((DRUG, DISEASE), (DRUG, TARGET), (TARGET, DISEASE)),
        labels={
            "PA": "{1} is associated with {2}",
            "SA": "{1} may be associated with {2} (speculative)",
            "NA": "{1} is stated to have no association with {2}",
            "FA": "{1} is not related to {2} (they only occur together)",
        },
        negative="FA",
    ),
    repairs=frozenset({"wrong-end", "shift≤3", "unlocated", "dangling-end", "no-text"}),
    published={"train": Counts(documents=300)},
    edition_of="eu-adr",
)
