"""BioRED: six entity types and document-level relations between concepts in 600 PubMed abstracts."""

from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import PUBMED, UNSEEN, Candidates, Corpus, Counts, Download, Remote

GENE, DISEASE, CHEMICAL = "Gene or gene product", "Disease or phenotypic feature", "Chemical"
VARIANT = "Sequence variant"
GG, CG, CC, CV = (GENE, GENE), (CHEMICAL, GENE), (CHEMICAL, CHEMICAL), (CHEMICAL, VARIANT)
GD, CD, VD = (GENE, DISEASE), (CHEMICAL, DISEASE), (VARIANT, DISEASE)

biored = Corpus(
    name="biored",
    title="BioRED",
    role="train",
    domain="biomedical",
    tasks=("ner", "re"),
    source=Download(
        "https://ftp.ncbi.nlm.nih.gov/pub/lu/BioRED/BIORED.zip",
        files=(Remote("BIORED.zip", None, unverified=UNSEEN, unpack="BioRED"),),
    ),
    licence="unknown (NCBI)",
    cite="Luo et al. BioRED: a rich biomedical relation extraction dataset. Briefings in Bioinformatics 23(5), 2022.",
    splits={"train": ("Train.PubTator",), "dev": ("Dev.PubTator",)},
    read=pubtator(),
    articles=PUBMED,
    entities={
        "GeneOrGeneProduct": GENE,
        "DiseaseOrPhenotypicFeature": DISEASE,
        "ChemicalEntity": CHEMICAL,
        "OrganismTaxon": "Organism",
        "SequenceVariant": VARIANT,
        "CellLine": "Cell line",
    },
    relations=Candidates(
        source="the type pairs that are annotated at all, between concepts of one abstract (Luo et al., Table 3)",
        by="concept",
        pairs=(GD, GG, CD, VD, CG, CC, CV, (VARIANT, VARIANT), (GENE, VARIANT)),
        labels={
            "Positive_Correlation": {
                **dict.fromkeys(
                    (CG, GG), "{1} increases the expression or activity of {2}, or the two rise and fall together"
                ),
                CD: "{1} causes, induces or worsens {2}",
                **dict.fromkeys((GD, VD), "{1} promotes or raises the risk of {2}"),
                **dict.fromkeys((CC, CV), "{1} increases the level, effect or sensitivity of {2}, or {2} that of {1}"),
            },
            "Negative_Correlation": {
                **dict.fromkeys(
                    (CG, GG), "{1} decreases the expression or activity of {2}, or one rises as the other falls"
                ),
                CD: "{1} treats, prevents or reduces {2}",
                **dict.fromkeys((GD, VD), "{1} suppresses or lowers the risk of {2}"),
                **dict.fromkeys((CC, CV), "{1} decreases the level, effect or sensitivity of {2}, or {2} that of {1}"),
            },
            "Association": "{1} is associated with {2}, in a way not covered by the other options",
            "Bind": dict.fromkeys((GG, CG, CC), "{1} physically binds to {2}"),
            "Cotreatment": dict.fromkeys((CC, CG), "{1} and {2} are given together as a combination therapy"),
            "Comparison": {CC: "the effects of {1} and {2} are compared"},
            "Drug_Interaction": {CC: "{1} and {2} interact pharmacologically when taken together"},
            "Conversion": {CC: "{1} is converted into {2}, or {2} into {1}"},
            "none": "{1} is not related to {2}",
        },
        negative="none",
    ),
    published={
        "train": Counts(documents=400, mentions=13_351, relations=4_178),
        "dev": Counts(documents=100, mentions=3_533, relations=1_162),
    },
)
