"""GNormPlus (BC2GN): genes, gene families and domains in PubMed abstracts."""

from mnlu_instruct.corpora.aioner import aioner
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts

gnormplus = Corpus(
    name="gnormplus",
    title="GNormPlus",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=aioner(
        "GNormPlus_Train.PubTator", "06cf0e2176249b4c17cfda57178c549bb7e16254c4ebf055bfbf6fbb2a7bbb7f", 847_349
    ),
    licence="MIT",
    cite="Wei et al. GNormPlus: an integrative approach for tagging genes, gene families, and protein domains. "
    "BioMed Research International, 2015.",
    splits={"train": ("GNormPlus_Train.PubTator",)},
    read=pubtator(),
    articles=PUBMED,
    entities={"Gene": "Gene", "FamilyName": "Gene or protein family", "DomainMotif": "Protein domain or motif"},
    repairs=frozenset({"punctuation", "wrong-end", "shift≤3", "case-fold"}),  # the last for the test file, if given
    published={"train": Counts(documents=432, mentions=5_793)},
)
