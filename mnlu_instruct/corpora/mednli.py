"""MedNLI: inference between sentences of clinical notes and what doctors wrote about them; a test set of BLUE."""

from mnlu_instruct.readers.snli_jsonl import snli_jsonl
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts

mednli = Corpus(
    name="mednli",
    title="MedNLI",
    role="eval",
    domain="clinical",
    tasks=("nli",),
    source=Agreement("https://physionet.org/content/mednli/", "the data use agreement for credentialed users"),
    licence="PhysioNet Credentialed Health Data License",
    cite="Romanov and Shivade. Lessons from natural language inference in the clinical domain. EMNLP 2018.",
    splits={split: (f"mli_{split}_v1.jsonl",) for split in ("train", "dev", "test")},
    read=snli_jsonl(group="sentence1"),
    options={"entailment": "entails", "neutral": "neutral", "contradiction": "contradicts"},
    published={"train": Counts(documents=11_232), "dev": Counts(documents=1_395), "test": Counts(documents=1_422)},
)
