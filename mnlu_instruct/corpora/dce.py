"""DCE: which drugs of a sentence are given in combination, and with what effect; end-to-end relation extraction."""

from dataclasses import replace
from functools import partial

from mnlu_instruct.readers.drug_combinations import drug_combinations
from mnlu_instruct.sources.declaration import Corpus, Counts, Download, Extraction, Remote, github

EXTRACTION = Extraction(
    what="drug combinations",
    clauses={
        "POS": "{1} combined with {2} combined with {3} is a positive combination",
        "NEG": "{1} combined with {2} combined with {3} is a negative combination",
        "COMB": "{1} combined with {2} combined with {3} is an unclear combination",
    },
    none="no drug combination is stated",
    unordered=True,
)
TWO = {"NEG": "COMB"}
"""Two classes: a negative effect counts as an unclear one."""
POSITIVE: dict[str, str | None] = {"NEG": None, "COMB": None}
ANY = dict.fromkeys(EXTRACTION.clauses, "ANY")

dce = Corpus(
    name="dce",
    title="Drug Combination Extraction",
    role="eval",
    domain="biomedical",
    tasks=("ere",),
    source=Download(
        "https://github.com/allenai/drug-combo-extraction",
        bases=github("allenai/drug-combo-extraction", "main", "data"),
        files=(
            Remote(
                "final_train_set.jsonl", "001e8cd0fa1bf5e62c2778fb34a9ea970c44fc2f05549763bfe9c8dba405b1c7", 3_376_376
            ),
            Remote("final_test_set.jsonl", "8b893a8a10a7fe3205ffa52769bdcf330358aed709cb73ea9ae017cdef0570c4", 692_595),
        ),
    ),
    licence="none stated",
    cite="Tiktinsky et al. A dataset for n-ary relation extraction of drug combinations. NAACL 2022.",
    splits={"train": ("final_train_set.jsonl",), "test": ("final_test_set.jsonl",)},
    read=drug_combinations(),
    entities={"drug": "Drug"},
    extraction=EXTRACTION,
    repairs=frozenset({"document-shift"}),
    published={
        "train": Counts(documents=1_362, relations=1_039),
        "test": Counts(documents=272, relations=209),
    },
)

edition = partial(replace, dce, folder="dce", edition_of="dce")

dce_study = edition(
    name="dce-study",
    title="Drug Combination Extraction as in the study of domain specificity, with two classes",
    read=drug_combinations(TWO),
    extraction=Extraction(
        what="drug combinations",
        clauses={
            "POS": "{1}, {2}, and {3} participate in a positive drug combination",
            "COMB": "{1}, {2}, and {3} participate in a  drug combination",
        },
        none="no drug combination is stated",
        unordered=True,
    ),
)

dce_two = edition(
    name="dce-two",
    title="Drug Combination Extraction, with two classes",
    read=drug_combinations(TWO),
    extraction=replace(EXTRACTION, clauses={kind: EXTRACTION.clauses[kind] for kind in ("POS", "COMB")}),
)

dce_positive = edition(
    name="dce-positive",
    title="Drug Combination Extraction, positive combinations alone",
    read=drug_combinations(POSITIVE),
    extraction=replace(
        EXTRACTION,
        what="positive drug combinations",
        clauses={"POS": EXTRACTION.clauses["POS"]},
        none="no positive drug combination is stated",
    ),
    published={"train": Counts(documents=1_362, relations=688), "test": Counts(documents=272, relations=150)},
)

dce_any = edition(
    name="dce-any",
    title="Drug Combination Extraction, whatever the effect",
    read=drug_combinations(ANY),
    extraction=replace(EXTRACTION, clauses={"ANY": "{1} combined with {2} combined with {3} is a combination"}),
)

dce_paragraph = edition(
    name="dce-paragraph",
    title="Drug Combination Extraction, with the paragraph around each sentence",
    read=drug_combinations(text="paragraph"),
)
