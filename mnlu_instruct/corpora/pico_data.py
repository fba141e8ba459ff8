"""PICO-Data: who took part in randomized trials, as crowd workers marked it in PubMed abstracts.

The split `expert` has the 191 documents of EBM PICO's test set: it is for comparison, never for training.
"""

from mnlu_instruct.corpus import Corpus, Counts, Download
from mnlu_instruct.readers.span_jsonl import span_jsonl

TEXTS, ANNOTATIONS = "docs.tar.gz/docs/*.txt", "annotations/{}/PICO-annos-crowdsourcing-agg.json"

pico_data = Corpus(
    name="pico-data",
    title="PICO-Data",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=Download("https://github.com/yinfeiy/PICO-data"),
    licence="none stated",
    cite="Nguyen et al. Aggregating and predicting sequence labels from crowd annotations. ACL 2017.",
    splits={
        **{split: (TEXTS, ANNOTATIONS.format(split)) for split in ("train", "dev", "test")},
        "expert": (TEXTS, "annotations/acl17-test/PICO-annos-professional.json"),
    },
    read=span_jsonl(types=("Participants",), annotators=("HMMCrowd", "MedicalStudent")),
    entities={"Participants": "Participants"},
    repairs=frozenset({"blank-mention"}),
    published={
        "train": Counts(documents=3_549, mentions=14_099),
        "dev": Counts(documents=500, mentions=1_987),
        "test": Counts(documents=500, mentions=1_995),
        "expert": Counts(documents=191, mentions=727),
    },
    differs="Mentions are counted in the released files; those of white space alone are dropped.",
)
