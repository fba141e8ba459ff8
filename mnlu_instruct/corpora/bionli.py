"""BioNLI: whether the conclusion of an abstract follows from its other sentences, or was altered so that it doesn't."""

import re

from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Download
from mnlu_instruct.types import Pair, normalise


def pair(row: Row, origin: str) -> Pair:
    """The findings and a conclusion, without the marks around two entities; every kind of alteration is one label."""
    premise, hypothesis = (normalise(re.sub(r"<(?:re|er|el|le)>", "", row[key])) for key in ("supp_set", "conclusion"))
    if not row["label_cat"]:
        raise ValueError("no label_cat")
    label = "pos" if row["label_cat"] == "pos" else "altered"
    return Pair(origin, premise, hypothesis, row["pmid"], origin, label=label)


bionli = Corpus(
    name="bionli",
    title="BioNLI",
    role="train",
    domain="biomedical",
    tasks=("nli",),
    source=Download("https://github.com/StonyBrookNLP/BioNLI"),
    licence="CC BY 4.0",
    cite="Bastan et al. BioNLI: generating a biomedical NLI dataset using lexico-semantic constraints for adversarial "
    "examples. Findings of EMNLP 2022.",
    splits={"train": ("train_df_*.csv",), "dev": ("val_df_*.csv",)},
    read=table(pair),
    articles=PUBMED,
    options={"pos": "entails", "altered": "does not entail"},
)
