"""The demo corpora, one a task: synthetic, in native formats, bundled; `python -m mnlu_instruct.demo` writes them."""

from dataclasses import replace
from functools import partial

from mnlu_instruct.corpora.aci_bench import summary
from mnlu_instruct.corpora.n2c2_2022_sdoh import EVENTS
from mnlu_instruct.corpora.pubmedqa import question
from mnlu_instruct.corpora.sts_b import pair
from mnlu_instruct.readers.brat import brat
from mnlu_instruct.readers.chemprot_tsv import chemprot_tsv
from mnlu_instruct.readers.jsonl import json_object
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.snli_jsonl import snli_jsonl
from mnlu_instruct.readers.tables import table
from mnlu_instruct.sources.declaration import Bundled, Candidates, Classes, Corpus, Extraction, Linking
from mnlu_instruct.types import Dialogue, Document, Judgement, Turn

CHEMICAL, GENE = "Chemical", "Gene"
TOPICS = ("cardiology", "dermatology", "neurology", "oncology", "orthopaedics", "respiratory")
SPLITS = ("train", "test")

demo = partial(
    Corpus, role="train", source=Bundled(), licence="Apache-2.0", cite="mnlu-instruct: synthetic demo corpora."
)


def note(row: Row, origin: str) -> Document:
    """A note and its topics."""
    topics = tuple(row["topics"].split(";")) if row["topics"] else ()
    return Document(row["id"], row["text"], row["id"], origin, judgements=(Judgement("topic", topics),))


def consultation(row: Row, origin: str) -> Dialogue:
    """A dialogue whose lines begin with the speaker in brackets."""
    lines = (line.removeprefix("[").partition("] ") for line in row["dialogue"].splitlines())
    turns = tuple(Turn(speaker, text) for speaker, _, text in lines)
    return Dialogue(row["encounter_id"], "", turns, row["encounter_id"], origin)


demo_ner = demo(
    name="demo-ner",
    title="Demo: chemicals, diseases and genes in short abstracts",
    domain="biomedical",
    tasks=("ner",),
    splits={split: (f"{split}.PubTator",) for split in SPLITS},
    read=pubtator(),
    entities={"Chemical": CHEMICAL, "Disease": "Disease", "Gene": GENE},
)

demo_el = replace(
    demo_ner,
    name="demo-el",
    title="Demo: concepts of the chemicals, diseases and genes in short abstracts",
    folder="demo-ner",
    tasks=("el",),
    linking=Linking(to="made-up identifiers"),
)

chemicals_and_genes = partial(
    demo,
    folder="demo-re",
    domain="biomedical",
    splits={
        split: tuple(f"{split}_{part}.tsv" for part in ("abstracts", "entities", "gold_standard")) for split in SPLITS
    },
    read=chemprot_tsv(),
    entities={"CHEMICAL": CHEMICAL, "GENE": GENE},
)

demo_re = chemicals_and_genes(
    name="demo-re",
    title="Demo: what chemicals do to genes",
    tasks=("re",),
    relations=Candidates(
        source="every chemical and gene of one sentence",
        scope="sentence",
        pairs=((CHEMICAL, GENE),),
        labels={
            "ACTIVATOR": "activation",
            "INHIBITOR": "inhibition",
            "SUBSTRATE": "breakdown",
            "none": "no link",
        },
        negative="none",
    ),
)

demo_ere = chemicals_and_genes(
    name="demo-ere",
    title="Demo: all that the chemicals of an abstract do to its genes",
    tasks=("ere",),
    extraction=Extraction(
        what="relations between chemicals and genes",
        clauses={
            "ACTIVATOR": "{1} activates {2}",
            "INHIBITOR": "{1} inhibits {2}",
            "SUBSTRATE": "{2} breaks down {1}",
        },
        none="no relation between a chemical and a gene is stated",
    ),
)

demo_sdoh = demo(
    name="demo-sdoh",
    title="Demo: social determinants of health as events",
    domain="clinical",
    tasks=("ee",),
    splits={split: (f"{split}.zip/*.txt", f"{split}.zip/*.ann") for split in SPLITS},
    read=brat(),
    events=EVENTS,
)

demo_dc = demo(
    name="demo-dc",
    title="Demo: topics of clinic notes",
    domain="clinical",
    tasks=("dc",),
    splits={split: (f"{split}.csv",) for split in SPLITS},
    read=table(note),
    questions={
        "topic": Classes(what="the topic of the note", options={topic: topic for topic in TOPICS}, several=True)
    },
)

demo_qa = demo(
    name="demo-qa",
    title="Demo: yes/no/maybe questions about short reports",
    role="eval",
    domain="biomedical",
    tasks=("qa",),
    splits={"test": ("test.json",)},
    read=json_object(question),
    options={"yes": "yes", "maybe": "maybe", "no": "no"},
)

demo_nli = demo(
    name="demo-nli",
    title="Demo: inference from one-sentence notes",
    domain="clinical",
    tasks=("nli",),
    splits={split: (f"{split}.jsonl",) for split in SPLITS},
    read=snli_jsonl(group="captionID"),
    options={"entailment": "entails", "neutral": "neutral", "contradiction": "contradicts"},
    repairs=frozenset({"no-gold-label"}),
)

demo_sts = demo(
    name="demo-sts",
    title="Demo: similarity of two short sentences",
    domain="general",
    tasks=("sts",),
    splits={split: (f"{split}.csv",) for split in SPLITS},
    read=table(
        pair,
        delimiter="\t",
        quoted=False,
        columns=("genre", "file", "year", "number", "score", "sentence1", "sentence2"),
    ),
    scale={0: "unrelated", 1: "same topic", 2: "partly alike", 3: "roughly alike", 4: "nearly equal", 5: "equal"},
)

demo_summ = demo(
    name="demo-summ",
    title="Demo: visit notes from short dialogues",
    domain="clinical",
    tasks=("summ",),
    splits={split: (f"{split}.csv",) for split in SPLITS},
    read=table(summary),
    summary="the clinical visit note",
)

demo_dialogue = demo(
    name="demo-dialogue",
    title="Demo: what the doctor says in short dialogues",
    domain="clinical",
    tasks=("dialogue",),
    folder="demo-summ",
    splits={split: (f"{split}.csv",) for split in SPLITS},
    read=table(consultation),
    speaker="doctor",
)
