"""GENIA: five types of named entities, nested, in PubMed abstracts about blood cells and transcription factors.

Main edition: the sentences and the split of Yu et al. (2020), one IOB2 file a type. Another: the term corpus 3.02.
"""

from functools import partial

from mnlu_instruct.corpus import Corpus, Counts, Download, Remote
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.readers.genia_xml import genia_xml

TYPES = {"protein": "Protein", "DNA": "DNA", "RNA": "RNA", "cell_line": "Cell line", "cell_type": "Cell type"}
PARTS = ("domain_or_region", "family_or_group", "molecule", "substructure", "N/A")
PROTEIN_PARTS = (*PARTS, "complex", "subunit")

edition = partial(
    Corpus, role="train", domain="biomedical", tasks=("ner",), folder="genia", licence="GENIA Project licence"
)

genia = edition(
    name="genia",
    title="GENIA, five nested types",
    source=Download("https://github.com/matirojasg/nested-ner-mlc"),
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
