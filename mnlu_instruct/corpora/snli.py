"""SNLI: inference between image captions and sentences written about them."""

from mnlu_instruct.readers.snli_jsonl import snli_jsonl
from mnlu_instruct.sources.declaration import UNSEEN, Corpus, Counts, Download, Remote

snli = Corpus(
    name="snli",
    title="SNLI",
    role="train",
    domain="general",
    tasks=("nli",),
    source=Download(
        "https://nlp.stanford.edu/projects/snli/snli_1.0.zip",
        files=(Remote("snli_1.0.zip", None, unverified=UNSEEN, unpack="."),),
    ),
    licence="CC BY-SA 4.0",
    cite="Bowman et al. A large annotated corpus for learning natural language inference. EMNLP 2015.",
    splits={"train": ("snli_1.0/snli_1.0_train.jsonl",), "dev": ("snli_1.0/snli_1.0_dev.jsonl",)},
    read=snli_jsonl(group="captionID"),
    options={"entailment": "entails", "neutral": "neutral", "contradiction": "contradicts"},
    repairs=frozenset({"no-gold-label"}),
    published={"train": Counts(documents=550_152), "dev": Counts(documents=10_000)},
)
