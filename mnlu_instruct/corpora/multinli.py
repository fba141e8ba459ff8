"""MultiNLI: inference over ten genres of spoken and written English."""

from mnlu_instruct.readers.snli_jsonl import snli_jsonl
from mnlu_instruct.sources.declaration import UNSEEN, Corpus, Counts, Download, Remote

multinli = Corpus(
    name="multinli",
    title="MultiNLI",
    role="train",
    domain="general",
    tasks=("nli",),
    source=Download(
        "https://cims.nyu.edu/~sbowman/multinli/multinli_1.0.zip",
        files=(Remote("multinli_1.0.zip", None, unverified=UNSEEN, unpack="."),),
    ),
    licence="OANC and others (see the corpus' paper)",
    cite="Williams et al. A broad-coverage challenge corpus for sentence understanding through inference. NAACL 2018.",
    splits={
        "train": ("multinli_1.0/multinli_1.0_train.jsonl",),
        "dev": ("multinli_1.0/multinli_1.0_dev_matched.jsonl",),
    },
    read=snli_jsonl(group="promptID"),
    options={"entailment": "entails", "neutral": "neutral", "contradiction": "contradicts"},
    repairs=frozenset({"no-gold-label"}),
    published={"train": Counts(documents=392_702), "dev": Counts(documents=9_815)},
)
