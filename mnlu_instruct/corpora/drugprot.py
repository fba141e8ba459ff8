"""DrugProt: chemicals, genes and thirteen kinds of relations between them in PubMed abstracts."""

from mnlu_instruct.readers.chemprot_tsv import chemprot_tsv
from mnlu_instruct.sources.declaration import UNSEEN, Articles, Candidates, Corpus, Counts, Download, Remote

CHEMICAL, GENE = "Chemical", "Gene or protein"
FILES = "drugprot-gs-training-development/{0}/drugprot_{0}_{1}.tsv"
FOLDERS = {"train": "training", "dev": "development"}

drugprot = Corpus(
    name="drugprot",
    title="DrugProt",
    role="train",
    domain="biomedical",
    tasks=("ner", "re"),
    source=Download(
        "https://doi.org/10.5281/zenodo.4955410",
        bases=("https://zenodo.org/record/5119892/files/",),
        files=(Remote("drugprot-training-development-test-background.zip", None, unverified=UNSEEN, unpack="."),),
    ),
    licence="CC BY 4.0",
    cite="Miranda et al. Overview of DrugProt BioCreative VII track: quality evaluation and large scale text mining of "
    "drug-gene/protein relations. BioCreative VII, 2021.",
    splits={
        split: tuple(FILES.format(folder, part) for part in ("abstracs", "entities", "relations"))
        for split, folder in FOLDERS.items()
    },
    read=chemprot_tsv(relations="relations.tsv", abstracts="abstracs.tsv"),
    articles=Articles(lists={"train": "training-pmids.txt"}),
    entities={"CHEMICAL": CHEMICAL, "GENE-Y": GENE, "GENE-N": GENE, "GENE": GENE},
    relations=Candidates(
        source="every chemical and gene of one sentence, as in ChemProt; all relations of a pair hold",
        scope="sentence",
        pairs=((CHEMICAL, GENE),),
        labels={
            "INDIRECT-DOWNREGULATOR": "{1} indirectly reduces the expression or activity of {2}",
            "INDIRECT-UPREGULATOR": "{1} indirectly increases the expression or activity of {2}",
            "DIRECT-REGULATOR": "{1} binds to and directly regulates {2}, in an unstated direction",
            "ACTIVATOR": "{1} directly activates {2}",
            "INHIBITOR": "{1} directly inhibits {2}",
            "AGONIST": "{1} is an agonist of {2}",
            "ANTAGONIST": "{1} is an antagonist of {2}",
            "AGONIST-ACTIVATOR": "{1} is an agonist of {2} and activates it",
            "AGONIST-INHIBITOR": "{1} is an agonist of {2} and inhibits it",
            "PRODUCT-OF": "{1} is a product of the reaction catalysed by {2}",
            "SUBSTRATE": "{1} is a substrate of {2}",
            "SUBSTRATE_PRODUCT-OF": "{1} is both a substrate and a product of {2}",
            "PART-OF": "{1} is a part of {2}",
            "none": "{1} is not related to {2} in any of the other ways listed",
        },
        negative="none",
    ),
    published={
        "train": Counts(documents=3_500, mentions=89_529, relations=17_288),
        "dev": Counts(documents=750, mentions=18_858, relations=3_765),
    },
)
