"""PICO-Data: who took part in randomized trials, as crowd workers marked it in PubMed abstracts.

The split `expert` has the 191 documents of EBM PICO's test set: it is for comparison, never for training.
"""

from mnlu_instruct.readers.span_jsonl import span_jsonl
from mnlu_instruct.sources.declaration import PACKED, PUBMED, Corpus, Counts, Download, Remote, github

TEXTS, ANNOTATIONS = "docs.tar.gz/**/docs/*.txt", "annotations/{}/PICO-annos-crowdsourcing-agg.json"

pico_data = Corpus(
    name="pico-data",
    title="PICO-Data",
    role="train",
    domain="biomedical",
    tasks=("ner",),
    source=Download(
        "https://github.com/yinfeiy/PICO-data",
        bases=github("yinfeiy/PICO-data", "master"),
        files=(
            Remote(
                "docs.tar.gz",
                None,
                unverified=PACKED,
                url="https://github.com/yinfeiy/PICO-data/archive/refs/heads/master.tar.gz",
            ),
            Remote(
                "annotations/train/PICO-annos-crowdsourcing-agg.json",
                "2f2c9d5351372955729a8a234e30d273dc1b766f28edf2947aa1e4387e9a06b3",
                712_713,
            ),
            Remote(
                "annotations/dev/PICO-annos-crowdsourcing-agg.json",
                "870cb9d41d47db4b4e34ba0a34a6394f91186794b7bccbcdd5156a4afe3e9ec9",
                100_105,
            ),
            Remote(
                "annotations/test/PICO-annos-crowdsourcing-agg.json",
                "497ee12fe85c1fabfd7c6bc37dc79635bf5b62e6c40772d8b1a0c43ae1791c59",
                100_577,
            ),
            Remote(
                "annotations/acl17-test/PICO-annos-professional.json",
                "15f0cb4d5814a3c6b863f5b6b1a34b360b616c59eff03e6744d63d4e45ca6ecd",
                20_158,
            ),
        ),
    ),
    licence="none stated",
    cite="Nguyen et al. Aggregating and predicting sequence labels from crowd annotations. ACL 2017.",
    splits={
        **{split: (TEXTS, ANNOTATIONS.format(split)) for split in ("train", "dev", "test")},
        "expert": (TEXTS, "annotations/acl17-test/PICO-annos-professional.json"),
    },
    read=span_jsonl(types=("Participants",), annotators=("HMMCrowd", "MedicalStudent")),
    articles=PUBMED,
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
