"""CZI DRSM: what kind of research on a rare disease a paper reports, with the six classes of the corpus' version 1."""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import rows, table
from mnlu_instruct.sources.declaration import PUBMED, Classes, Corpus, Counts, Download, Remote, github
from mnlu_instruct.types import Document, Judgement, Record

GOLD, RAW = "initial_gold_standard_data_2022_01_03.tsv", "raw_data_2022_01_03.tsv"
OTHER = ("0.1.", "0.2.", "0.3.", "1.2.", "1.4.", "1.5.", "2.2.", "2.3.", "2.4.", "2.5.", "3.1.", "3.2.", "3.3.")
FOLDED = dict.fromkeys(OTHER, "other") | {
    "1.1.": "clinical",
    "1.3.": "therapeutics",
    "2.1.": "mechanism",
    "3.4.": "patient",
}


def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
    """Abstracts with their category; for those without one, the second file says which are irrelevant."""
    gold, raw = files
    votes = rows(raw, delimiter="\t", needed=("ID_PAPER", "IRRELEVANT"))
    irrelevant = {row["ID_PAPER"] for _, row in votes if row["IRRELEVANT"] == "True"}

    def abstract(row: Row, origin: str) -> Document | None:
        name, number = row["ID_PAPER"], row["PRIMARY_CATEGORY"].partition(" ")[0]
        if not number and name not in irrelevant:
            return None
        kind = Judgement("research", (FOLDED[number] if number else "irrelevant",))
        text = f"Disease: {row['DISEASE_NAME']}\n{row['TITLE']}\n{row['ABSTRACT']}"
        return Document(name, text, name, origin, judgements=(kind,))

    return table(abstract, delimiter="\t", dropped_as="no-gold-label")([gold], repairs)


drsm = Corpus(
    name="drsm",
    title="CZI DRSM",
    role="train",
    domain="biomedical",
    tasks=("dc",),
    source=Download(
        "https://github.com/chanzuckerberg/DRSM-corpus",
        bases=github("chanzuckerberg/DRSM-corpus", "a1ce976befa7c94be4d12a69e4ee1e9da9d7c4e5", "v1"),
        files=(
            Remote(GOLD, "f56cf3cea52d6298861360f176c764b025626a586948d6161a2e588156ab417f", 3_521_436),
            Remote(RAW, "32f3159efebfe38b777c9e51c595e49af9f5a1febb9b3ffa47a9b295a2a8adce", 497_695),
        ),
    ),
    licence="CC0",
    cite="Chan Zuckerberg Initiative. Disease Research State Model (DRSM) corpus. 2022.",
    splits={"train": (GOLD, RAW)},
    read=read,
    articles=PUBMED,
    train_on="all",
    questions={
        "research": Classes(
            what="the type of disease research",
            options={
                "clinical": "clinical characteristics or disease pathology",
                "therapeutics": "therapeutics in the clinic",
                "mechanism": "disease mechanism",
                "patient": "patient based therapeutics",
                "other": "other",
                "irrelevant": "irrelevant (not primary research on the disease)",
            },
        )
    },
    repairs=frozenset({"no-gold-label"}),
    published={"train": Counts(documents=1_126)},
    differs="36 papers on which the curators did not decide are dropped.",
)
