"""GENIA with its nested mentions, in the three editions that papers count: of W2NER, in layers, one file a type."""

from functools import partial

from mnlu_instruct.corpora.genia import TYPES
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.readers.w2ner import w2ner
from mnlu_instruct.sources.declaration import Corpus, Counts, Download

edition = partial(
    Corpus,
    edition_of="genia",
    folder="genia-nested",
    role="eval",
    domain="biomedical",
    tasks=("ner",),
    entities=TYPES,
    licence="GENIA Project licence",
)

LAYERS = "https://github.com/matirojasg/nested-ner-mlc"
YU = "Yu et al. Named entity recognition as dependency parsing. ACL 2020."

genia_w2ner = edition(
    name="genia-w2ner",
    title="GENIA, nested, as W2NER has it",
    source=Download("https://github.com/Bureaux-Tao/discontinuous-ner"),
    cite="Li et al. Unified named entity recognition as word-word relation classification. AAAI 2022.",
    splits={split: (f"w2ner/{split}.json",) for split in ("train", "dev", "test")},
    read=w2ner(),
    published={"dev": Counts(1_669, 5_365), "test": Counts(1_854, 5_506)},
)

genia_layers = edition(
    name="genia-layers",
    title="GENIA, nested, in four layers",
    source=Download(LAYERS),
    cite=YU,
    splits={"test": ("genia.test.iob2",)},
    read=conll(separator=None, layered=True),
    published={"test": Counts(1_854, 5_474)},
    differs="32 mentions inside others of their type don't fit into the layers.",
)

genia_by_type = edition(
    name="genia-by-type",
    title="GENIA, one file a type",
    source=Download(LAYERS),
    cite=YU,
    splits={"test": tuple(f"{label}_test.conll" for label in TYPES)},
    read=conll(separator=None, layered=True),
    published={"test": Counts(1_854, 5_183)},
    differs="Of mentions of one type inside each other, the files have the outer one.",
)
