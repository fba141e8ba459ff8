"""ChemProt: relations between chemicals and proteins in PubMed abstracts; a test set of BLUE and BLURB."""

from dataclasses import replace

from mnlu_instruct.readers.chemprot_tsv import chemprot_tsv
from mnlu_instruct.sources.declaration import PUBMED, Candidates, Corpus, Counts, Download, Extraction, Writing

CHEMICAL, GENE = "Chemical", "Gene or protein"
PARTS = ("abstracts", "entities", "gold_standard")
PREFIXES = {"train": "chemprot_training", "dev": "chemprot_development", "test": "chemprot_test_gs"}

CANDIDATES = Candidates(
    source="BLURB (Gu et al., 2021): every chemical and gene of one sentence; the last of several relations wins",
    scope="sentence",
    pairs=((CHEMICAL, GENE),),
    labels={
        "CPR:3": "{1} activates or upregulates {2}",
        "CPR:4": "{1} inhibits or downregulates {2}",
        "CPR:5": "{1} is an agonist of {2}",
        "CPR:6": "{1} is an antagonist of {2}",
        "CPR:9": "{1} is a substrate or a product of {2}",
        "false": "{1} is not related to {2} in any of the other ways listed",
    },
    negative="false",
    last_wins=True,
)

EXTRACTION = Extraction(
    what="chemical–protein relations",
    clauses={
        "CPR:3": "{1} acts as an upregulator of {2}",
        "CPR:4": "{1} acts as a downregulator of {2}",
        "CPR:5": "{1} acts as an agonist of {2}",
        "CPR:6": "{1} acts as an antagonist of {2}",
        "CPR:9": "{1} acts as a substrate or product of {2}",
    },
    none="no relation between a chemical and a protein is stated",
)

chemprot = Corpus(
    name="chemprot",
    title="ChemProt",
    role="eval",
    domain="biomedical",
    tasks=("re", "ere"),
    source=Download("https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vi/track-5/", access="registration"),
    licence="BioCreative VI registration",
    cite="Krallinger et al. Overview of the BioCreative VI chemical-protein interaction track. 2017.",
    splits={split: tuple(f"{name}/{name}_{part}.tsv" for part in PARTS) for split, name in PREFIXES.items()},
    read=chemprot_tsv(),
    articles=PUBMED,
    entities={"CHEMICAL": CHEMICAL, "GENE-Y": GENE, "GENE-N": GENE},
    relations=CANDIDATES,
    extraction=EXTRACTION,
    published={
        "train": Counts(documents=1_020, mentions=25_752, relations=4_157, candidates=18_035),
        "dev": Counts(documents=612, mentions=15_567, relations=2_416, candidates=11_268),
        "test": Counts(documents=800, mentions=20_828, relations=3_458, candidates=15_745),
    },
    differs="BLURB splits sentences with NLTK's English Punkt model (as chemprot-blurb does), ours with Punkt "
    "without learned abbreviations: 18,008 / 11,279 / 15,779 candidate pairs (−0.1 %, +0.1 %, +0.2 %), 3,429 of 3,430 "
    "positive test pairs.",
)

chemprot_blurb = replace(
    chemprot,
    name="chemprot-blurb",
    title="ChemProt, BLURB's candidate pairs",
    folder="chemprot",
    tasks=("re",),
    relations=replace(CANDIDATES, splitter="punkt-english"),
    extraction=None,
    differs="",
    edition_of="chemprot",
)

chemprot_study = replace(
    chemprot,
    name="chemprot-study",
    title="ChemProt as in the study of domain specificity",
    folder="chemprot",
    tasks=("ere",),
    relations=None,
    extraction=Extraction(
        what="chemical–protein relations",
        clauses={
            "CPR:3": "the relation between {1} and {2} is upregulation",
            "CPR:4": "the relation between {1} and {2} is downregulation",
            "CPR:5": "the relation between {1} and {2} is agonist",
            "CPR:6": "the relation between {1} and {2} is antagonist",
            "CPR:9": "the relation between {1} and {2} is substrate and/or product",
        },
        none="no chemical–protein relation is stated",  # the study's reader would read the words of chemprot's as one
        writing=Writing(lower=True),
    ),
    published={split: replace(counts, candidates=None) for split, counts in chemprot.published.items()},
    differs="",
    edition_of="chemprot",
)
