"""GENIA: five types of named entities, nested, in PubMed abstracts about blood cells and transcription factors.

Main edition: the sentences and the split of Yu et al. (2020), one IOB2 file per type. Other: the term corpus 3.02.
"""

from functools import partial

from mnlu_instruct.readers.conll import conll
from mnlu_instruct.readers.genia_xml import genia_xml
from mnlu_instruct.sources.declaration import Articles, Corpus, Counts, Download, Remote, github

TYPES = {"protein": "Protein", "DNA": "DNA", "RNA": "RNA", "cell_line": "Cell line", "cell_type": "Cell type"}
PARTS = ("domain_or_region", "family_or_group", "molecule", "substructure", "N/A")
PROTEIN_PARTS = (*PARTS, "complex", "subunit")
CHECKSUMS = {
    "DNA_dev.conll": ("79efce26c60eb88520479b4b4b6c3a30eaa994270a4d0d8828b1b1bbc1236115", 384_428),
    "DNA_train.conll": ("0aa8a53310767ce01c433a2e2bc51dc70d57aab340e134e8718b7be1cce82451", 3_560_971),
    "RNA_dev.conll": ("ef5160ca526827655e9abc520ac819a722f379db4396489f7a24bdcaeb49dd97", 372_044),
    "RNA_train.conll": ("148bf6158cc72bc06020576dc2f5f74d04186d4d669c5cdaeb6ed872894518ff", 3_468_843),
    "cell_line_dev.conll": ("ef214c588a5f4ba93337d6a401d50edde2ed5e8d929dad57f56908d7f21dfaab", 381_694),
    "cell_line_train.conll": ("e0a832b95664ea3df09d1d512e6fabb63761d1a16aca52d99a0f7e098d66beb9", 3_576_549),
    "cell_type_dev.conll": ("14b3ae007486f389bc7f1aaf3446f8e5ceebc6e2d54d3d0b007fde3a7f895c23", 382_714),
    "cell_type_train.conll": ("0511b969a8b570f351e2950df346a71983b7d40d6ff88182ab9c273ece1d5935", 3_598_199),
    "protein_dev.conll": ("12a82dc5c4e8de9abca21ec27e969f72798ef45d7c873630fa732165d91937fa", 422_036),
    "protein_train.conll": ("d452ccdfdf8cf651faf5b8f7b449b8e5e09593f94a84295937e0f9a085160d7d", 4_044_107),
}
"""sha256 and size of each file."""


edition = partial(
    Corpus, role="train", domain="biomedical", tasks=("ner",), folder="genia", licence="GENIA Project licence"
)

genia = edition(
    name="genia",
    title="GENIA, five nested types",
    source=Download(
        "https://github.com/matirojasg/nested-ner-mlc",
        bases=github(
            "matirojasg/nested-ner-mlc", "6a19f0cd0248ca868c5bc140b457a154414c6e24", "data/data/adapted-formats/Genia"
        ),
        files=tuple(Remote(name, *known, at=f"MLC/{name.rpartition('_')[0]}") for name, known in CHECKSUMS.items()),
        by_hand="the nested edition of dev, `genia.dev.iob2`, lies elsewhere in the same repository",
    ),
    cite="Yu et al. Named entity recognition as dependency parsing. ACL 2020.",
    splits={
        "train": tuple(f"{label}_train.conll" for label in TYPES),
        "dev": tuple(f"{label}_dev.conll" for label in TYPES),
        "dev-nested": ("genia.dev.iob2",),
    },
    read=conll(separator=None, layered=True),
    entities=TYPES,
    published={"train": Counts(documents=15_023), "dev": Counts(documents=1_669), "dev-nested": Counts(1_669)},
)

genia_term = edition(
    name="genia-term",
    title="GENIA term corpus 3.02",
    source=Download(
        "http://www.nactem.ac.uk/GENIA/current/GENIA-corpus/Term/GENIAcorpus3.02.tgz",
        files=(
            Remote(
                "GENIAcorpus3.02.tgz",
                "85b2aede313308c33783ba508d054d0af0ff9c7e48490f0db5168a9f88d74d1c",
                unpack=".",
            ),
        ),
    ),
    cite="Kim et al. GENIA corpus: a semantically annotated corpus for bio-textmining. Bioinformatics 19(S1), 2003.",
    splits={"train": ("GENIA_term_3.02/GENIAcorpus3.02.xml",)},
    read=genia_xml(),
    articles=Articles("MEDLINE"),
    entities={
        **{f"protein_{part}": "Protein" for part in PROTEIN_PARTS},
        **{f"DNA_{part}": "DNA" for part in PARTS},
        **{f"RNA_{part}": "RNA" for part in PARTS},
        "cell_line": "Cell line",
        "cell_type": "Cell type",
    },
    ignored=frozenset(
        {"amino_acid_monomer", "atom", "body_part", "carbohydrate", "cell_component", "inorganic", "lipid"}
        | {"mono_cell", "multi_cell", "nucleotide", "other_artificial_source", "other_name", "other_organic_compound"}
        | {"peptide", "polynucleotide", "tissue", "virus"}
    ),
    repairs=frozenset({"duplicate-document"}),
    published={"train": Counts(documents=2_000)},
    edition_of="genia",
)
