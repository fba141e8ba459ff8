"""DDI: interactions between drugs in texts of DrugBank and Medline; a test set of BLUE and BLURB."""

from dataclasses import replace

from mnlu_instruct.readers.ddi_xml import ddi_xml
from mnlu_instruct.sources.declaration import Candidates, Corpus, Counts, Download, Extraction, Remote, Writing, github

DRUG = "Drug"
FILES = "DDICorpus-2013.zip/DDICorpus"

ddi = Corpus(
    name="ddi",
    title="DDI",
    role="eval",
    domain="biomedical",
    tasks=("re", "ere"),
    source=Download(
        "https://github.com/isegura/DDICorpus",
        bases=github("isegura/DDICorpus", "master"),
        files=(
            Remote("DDICorpus-2013.zip", "87fc63e32ebce20d9841c372e0c594ec72d60882ab5621550ca73c3eaf80ab60", 1_545_162),
        ),
        by_hand="BLURB's lists of documents, which its data generation script has: https://microsoft.github.io/BLURB/",
    ),
    licence="CC BY-NC 4.0",
    cite="Herrero-Zazo et al. The DDI corpus: an annotated corpus with pharmacological substances and drug-drug "
    "interactions. Journal of Biomedical Informatics 46(5), 2013. Train and dev as BLURB lists them (Gu et al., 2021).",
    splits={
        "train": ("train_files.tsv", f"{FILES}/Train/*/*.xml"),
        "dev": ("dev_files.tsv", f"{FILES}/Train/*/*.xml"),
        "test": (f"{FILES}/Test/Test for DDI Extraction task/*/*.xml",),
    },
    read=ddi_xml(untyped="int"),
    entities=dict.fromkeys(("drug", "brand", "group", "drug_n"), DRUG),
    relations=Candidates(
        source="BLURB (Gu et al., 2021): every two mentions of one sentence, as the files pair them",
        scope="passage",
        pairs=((DRUG, DRUG),),
        labels={
            "mechanism": "{1} and {2} interact by a described pharmacokinetic mechanism (one changes the absorption, "
            "distribution, metabolism, excretion or level of the other)",
            "effect": "taking {1} together with {2} has a described effect (a clinical finding, toxicity or a change "
            "in the action of one drug)",
            "advise": "a recommendation or warning is given about taking {1} together with {2}",
            "int": "{1} and {2} interact, without further detail",
            "false": "{1} is not related to {2}",
        },
        negative="false",
    ),
    extraction=Extraction(
        what="drug–drug interactions",
        clauses={
            "mechanism": "{1} given together with {2} interacts by a known mechanism",
            "effect": "{1} given together with {2} has a known effect",
            "advise": "{1} given together with {2} calls for caution",
            "int": "{1} given together with {2} interacts in an unstated way",
        },
        none="no drug interaction is stated",
        unordered=True,
    ),
    repairs=frozenset({"shift≤3", "untyped-relation"}),
    published={
        "train": Counts(documents=624, candidates=25_296),
        "dev": Counts(documents=90, candidates=2_496),
        "test": Counts(documents=191, relations=979, candidates=5_716),
    },
)

ddi_study = replace(
    ddi,
    name="ddi-study",
    title="DDI as in the study of domain specificity, with the test documents of both tasks",
    folder="ddi",
    tasks=("ere",),
    splits={"train": (f"{FILES}/Train/*/*.xml",), "test": (f"{FILES}/Test/*/*/*.xml",)},
    relations=None,
    extraction=Extraction(
        what="drug–drug interactions",
        clauses={
            "mechanism": "the relation between {1} and {2} is mechanism",
            "effect": "the relation between {1} and {2} is effect",
            "advise": "the relation between {1} and {2} is advice",
            "int": "the relation between {1} and {2} is interaction",
        },
        none="no drug interaction is stated",
        writing=Writing(repeats=True),
    ),
    published={"train": Counts(documents=714), "test": Counts(documents=303)},
    edition_of="ddi",
)

ddi_sentences = replace(
    ddi,
    name="ddi-sentences",
    title="DDI, sentence by sentence",
    folder="ddi",
    tasks=("ere",),
    read=ddi_xml(untyped="int", by="sentence"),
    relations=None,
    repairs=ddi.repairs | {"no-text"},
    published={},
    edition_of="ddi",
)
