"""PubMed PICO: which sentences of structured abstracts report the participants, the intervention, the outcomes."""

from mnlu_instruct.readers.labelled_sentences import labelled_sentences
from mnlu_instruct.sources.declaration import PUBMED, Corpus, Download

pubmed_pico = Corpus(
    name="pubmed-pico",
    title="PubMed PICO",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://github.com/jind11/PubMed-PICO-Detection"),
    licence="none stated",
    cite="Jin and Szolovits. PICO element detection in medical text via long short-term memory neural networks. "
    "BioNLP 2018.",
    splits={split: (f"splitted/PICO_{split}.txt",) for split in ("train", "dev", "test")},
    read=labelled_sentences(),
    articles=PUBMED,
    entities={"P": "Participants", "I": "Intervention", "O": "Outcome"},
    ignored=frozenset("AMRC"),
)
