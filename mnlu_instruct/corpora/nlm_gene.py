"""NLM-Gene: genes of 28 organisms in PubMed abstracts."""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.pubtator import pubtator

nlm_gene = Corpus(
    name="nlm-gene",
    title="NLM-Gene",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://github.com/ncbi/AIONER"),
    licence="CC0",
    cite="Islamaj et al. NLM-Gene, a richly annotated gold standard dataset for gene entities. "
    "Journal of Biomedical Informatics 118, 2021.",
    splits={"train": ("NLMgene_Train.PubTator",)},
    read=pubtator(),
    entities={
        "Gene": "Gene",
        "FamilyName": "Gene or protein family",
        "DomainMotif": "Protein domain or motif",
        "Cell": "Cell",
        "ChromosomeLocation": "Chromosome location",
    },
    repairs=frozenset({"case-fold", "document-shift"}),
    published={"train": Counts(documents=450, mentions=13_797)},
)
