"""NLM-Gene: genes of 28 organisms in PubMed abstracts."""

from mnlu_instruct.corpora.aioner import aioner
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts

nlm_gene = Corpus(
    name="nlm-gene",
    title="NLM-Gene",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=aioner(
        "NLMgene_Train.PubTator", "ae941181723d011dd35c085c9c0539b571b5f7b183f0c88edfec9af66862de81", 1_349_448
    ),
    licence="CC0",
    cite="Islamaj et al. NLM-Gene, a richly annotated gold standard dataset for gene entities. "
    "Journal of Biomedical Informatics 118, 2021.",
    splits={"train": ("NLMgene_Train.PubTator",)},
    read=pubtator(),
    articles=PUBMED,
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
