"""tmVar: mutations in PubMed abstracts. Version 2.0 is the one that MNLU-Instruct cites; 1.0 and 3.0 are editions."""

from functools import partial

from mnlu_instruct.corpora.aioner import aioner
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Counts, Download

VARIANTS = {"DNAMutation": "DNA mutation", "ProteinMutation": "Protein mutation", "SNP": "SNP identifier"}
OTHER_VARIANTS = {
    "AcidChange": "Change of an amino acid",
    "DNAAllele": "DNA allele",
    "ProteinAllele": "Protein allele",
    "OtherMutation": "Other mutation",
}

edition = partial(Corpus, role="train", domain="biomedical", tasks=("ner",), folder="tmvar", licence="unknown (NCBI)")

tmvar = edition(
    name="tmvar",
    title="tmVar 2.0",
    source=Download("https://www.ncbi.nlm.nih.gov/research/bionlp/Tools/tmvar/"),
    cite="Wei et al. tmVar 2.0: integrating genomic variant information from literature with dbSNP and ClinVar for "
    "precision medicine. Bioinformatics 34(1), 2018.",
    splits={"train": ("tmvar2-tmVar.Normalization.txt",)},
    read=pubtator(lost_types={"p|": "ProteinMutation", "c|": "DNAMutation"}),
    articles=PUBMED,
    entities=VARIANTS,
    repairs=frozenset({"lost-type", "stray-line"}),
    published={"train": Counts(documents=158)},
)

tmvar_1 = edition(
    name="tmvar-1",
    title="tmVar 1.0, training set",
    source=Download("https://github.com/Erechtheus/mutationCorpora"),
    cite="Wei et al. tmVar: a text mining approach for extracting sequence variants in biomedical literature. "
    "Bioinformatics 29(11), 2013.",
    splits={"train": ("tmvar1-train.PubTator.txt",)},
    read=pubtator(),
    articles=PUBMED,
    entities=VARIANTS,
    published={"train": Counts(documents=334, mentions=967)},
    edition_of="tmvar",
)

tmvar_3 = edition(
    name="tmvar-3",
    title="tmVar 3.0, training set",
    source=aioner("tmVar3_Train.PubTator", "1a5877747fea7025370cbd28dc236ad333abb948b2323abeea5eaf6d5507fc33", 946_688),
    cite="Wei et al. tmVar 3.0: an improved variant concept recognition and normalization tool. Bioinformatics 38(18), "
    "2022.",
    splits={"train": ("tmVar3_Train.PubTator",)},
    read=pubtator(concepts=";"),
    articles=PUBMED,
    entities={
        **VARIANTS,
        **OTHER_VARIANTS,
        "Gene": "Gene",
        "Disease": "Disease",
        "Species": "Species",
        "CellLine": "Cell line",
    },
    repairs=frozenset({"shift≤3", "shift≤10"}),
    published={"train": Counts(documents=342, mentions=7_957)},
    edition_of="tmvar",
)
