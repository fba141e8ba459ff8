"""CADEC: adverse drug reactions in patients' posts, many of them discontinuous; sentences and split of Dai et al."""

from mnlu_instruct.readers.brat import brat
from mnlu_instruct.readers.in_sentences import in_sentences
from mnlu_instruct.readers.lists import of_list
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts

cadec = Corpus(
    name="cadec",
    title="CADEC, adverse drug reactions",
    role="eval",
    domain="clinical",
    tasks=("ner",),
    source=Agreement(
        "https://data.csiro.au/collection/csiro:10948", "the CSIRO Data Licence (for research only)", "registration"
    ),
    licence="CSIRO Data Licence",
    cite="Karimi et al. CADEC: a corpus of adverse drug event annotations. Journal of Biomedical Informatics 55, 2015.",
    splits={split: (f"cadec.{split}.id", "text/*.txt", "original/*.ann") for split in ("train", "dev", "test")},
    read=in_sentences(of_list(brat(apart=True), lists=".id"), sentences="lines", rule="letters"),
    entities={"ADR": "Adverse drug reaction"},
    ignored=frozenset({"Drug", "Disease", "Symptom", "Finding"}),
    repairs=frozenset({"other-words", "crosses-sentence"}),
    published={
        "train": Counts(documents=5_340, mentions=4_430),
        "dev": Counts(documents=1_097, mentions=898),
        "test": Counts(documents=1_160, mentions=990),
    },
    differs="Published are the mentions with repeats and without those that cross lines; repeats are asked about once.",
)
