"""Relations: abstracts with chemical-gene pairs, in the three tab-separated files of ChemProt."""

from dataclasses import dataclass
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.files import lines_bytes
from mnlu_instruct.demo.template import choose, fill
from mnlu_instruct.demo.words import Kind, name

SIZES: dict[Split, int] = {"train": 4500, "test": 80}
FIRST_ID: dict[Split, int] = {"train": 92000001, "test": 93000001}
SECOND_SENTENCE_SHARE = 0.15
BACKGROUND_SHARE = 0.3
UNRELATED_SHARE = 0.22
MIXED_SHARE = 0.15

# Slots: C and G are the related pair, C2 and G2 names without a relation.
RELATED = {
    "ACTIVATOR": [
        "(The drug|The compound) {C} (strongly|weakly) (activated|stimulated) {G} in (liver|nerve|kidney) cells.",
        "{G} was (activated|stimulated|switched on) by {C} (within an hour|at low doses).",
        "The drug {C} is (an activator|a potent activator) of {G}.",
        "(Exposure to|Treatment with) {C} (stimulated|activated) {G} (in rats|in mice|in most samples).",
        "We (found|show) that {C} (activates|stimulates) {G}.",
    ],
    "INHIBITOR": [
        "(The drug|The compound) {C} (strongly|weakly) (inhibited|blocked) {G} in (liver|nerve|kidney) cells.",
        "{G} was (inhibited|blocked|suppressed) by {C} (within an hour|at low doses).",
        "The drug {C} is (an inhibitor|a potent inhibitor) of {G}.",
        "(Exposure to|Treatment with) {C} (inhibited|suppressed) {G} (in rats|in mice|in most samples).",
        "We (found|show) that {C} (inhibits|blocks) {G}.",
    ],
    "SUBSTRATE": [
        "(The drug|The compound) {C} is (quickly|slowly|mainly) (metabolised|broken down|cleared) by {G}.",
        "{G} (metabolised|oxidised|cleaved) {C} (within an hour|in the liver).",
        "The drug {C} is (a substrate|a known substrate) of {G}.",
        "In (rats|mice|most samples), {C} was (oxidised|metabolised|cleaved) by {G}.",
        "We (found|show) that {G} (metabolises|breaks down) {C}.",
    ],
}
# In the words of the answers, so that a tiny model finds its way.
PLAIN = {
    "ACTIVATOR": "(We found|We show|Now we see|There was) activation of {G} by {C}( in rats| in mice|).",
    "INHIBITOR": "(We found|We show|Now we see|There was) inhibition of {G} by {C}( in rats| in mice|).",
    "SUBSTRATE": "(We found|We show|Now we see|There was) breakdown of {C} by {G}( in rats| in mice|).",
}
PLAIN_UNRELATED = "(We found|We show|Now we see|There was) no link between {C2} and {G2}( in rats| in mice|)."
PLAIN_SHARE = 0.6
UNRELATED = [
    "(The drug|The compound) {C2} was measured together with the {G2} level.",
    "(Blood|Saliva|Urine) was tested for {C2} and (for|also for) {G2}.",
    "The {G2} level did not (change|differ) (after|with) {C2}.",
    "(In rats|In mice|As before), {C2} had no effect on {G2}.",
    "Patients on {C2} were (sorted|grouped) by their {G2} (type|variant).",
]
MIXED = {
    "ACTIVATOR": [
        "(The drug|The compound) {C} (activated|stimulated) {G} but had no effect on {G2}.",
        "{G} was (activated|stimulated) by {C} but did not change with {C2}.",
    ],
    "INHIBITOR": [
        "(The drug|The compound) {C} (inhibited|blocked) {G} but had no effect on {G2}.",
        "{G} was (inhibited|suppressed) by {C} but did not change with {C2}.",
    ],
    "SUBSTRATE": [
        "{C} was (metabolised|broken down) by {G} but not by {G2}.",
        "{G} (metabolised|cleaved) {C} but had no effect on {C2}.",
    ],
}
TITLES = [
    "(New|Further|Early) (findings on|experiments with|data on) {C}",
    "(The pharmacology|The fate|The action) of {C} in (rats|mice|cell culture)",
    "(Control|Regulation|Activity) of {G} in (liver|nerve|kidney) cells",
    "(What we know about|A second look at|The biology of) {G}",
]
BACKGROUND = [
    "(Samples|Cells) were (kept|stored) (overnight|for a week|on ice).",
    "The (mechanism|binding site) is (unknown|not known|debated).",
    "All (tests|measurements) were (run|done) (twice|three times).",
    "(Eight|Ten|Twelve) (rats|mice) were used in each group.",
]
TYPES = {"C": "CHEMICAL", "G": "GENE"}


@dataclass(frozen=True)
class Entity:
    """A marked name."""

    id: str
    type: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Relation:
    """A chemical and a gene, by entity id, and how they are related."""

    label: str
    chemical: str
    gene: str


class Document:
    """A title and an abstract that grow by sentences with marked names."""

    def __init__(self, split: Split, rng: Random) -> None:
        """A document with a title and, for now, an empty abstract."""
        self.split = split
        self.rng = rng
        self.entities: list[Entity] = []
        self.relations: list[Relation] = []
        self.title = self.marked(rng.choice(TITLES), 0)
        self.abstract = ""

    def draw(self, slot: str) -> str:
        """A name for the slot that the document does not have yet."""
        known = [entity.text.lower() for entity in self.entities]
        kind: Kind = "chemical" if slot.startswith("C") else "gene"
        drawn = name(kind, self.split, self.rng)
        return self.draw(slot) if drawn.lower() in known else drawn

    def marked(self, template: str, offset: int, label: str | None = None) -> str:
        """A sentence that starts at the offset; its names, and its related pair under the label, are recorded."""
        text, spans = fill(choose(template, self.rng), self.draw)
        ids: dict[str, str] = {}
        for span in spans:
            ids[span.slot] = f"T{len(self.entities) + 1}"
            start, end = offset + span.start, offset + span.end
            entity = Entity(ids[span.slot], TYPES[span.slot[0]], start, end, text[span.start : span.end])
            self.entities.append(entity)
        if label:
            self.relations.append(Relation(label, ids["C"], ids["G"]))
        return text

    def add(self, template: str, label: str | None = None) -> None:
        """One more sentence at the end of the abstract."""
        gap = " " if self.abstract else ""
        offset = len(self.title) + 1 + len(self.abstract) + len(gap)
        self.abstract += gap + self.marked(template, offset, label)

    def add_candidate(self) -> None:
        """One more sentence with a chemical and a gene, related or not, or with a pair of either sort."""
        label = self.rng.choice(list(RELATED))
        lot = self.rng.random()
        if lot < UNRELATED_SHARE:
            self.add(PLAIN_UNRELATED if self.rng.random() < PLAIN_SHARE else self.rng.choice(UNRELATED))
        elif lot < UNRELATED_SHARE + MIXED_SHARE:
            self.add(self.rng.choice(MIXED[label]), label)
        else:
            self.add(PLAIN[label] if self.rng.random() < PLAIN_SHARE else self.rng.choice(RELATED[label]), label)


def document(split: Split, rng: Random) -> Document:
    """A document with one or two candidate sentences."""
    made = Document(split, rng)
    made.add_candidate()
    if rng.random() < BACKGROUND_SHARE:
        made.add(rng.choice(BACKGROUND))
    if rng.random() < SECOND_SENTENCE_SHARE:
        made.add_candidate()
    return made


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's abstracts, entities and gold-standard relations."""
    abstracts: list[str] = []
    entities: list[str] = []
    relations: list[str] = []
    for number in range(FIRST_ID[split], FIRST_ID[split] + SIZES[split]):
        made = unseen(lambda: document(split, rng), lambda drawn: [drawn.title, drawn.abstract], taken)
        abstracts.append(f"{number}\t{made.title}\t{made.abstract}")
        entities += [f"{number}\t{e.id}\t{e.type}\t{e.start}\t{e.end}\t{e.text}" for e in made.entities]
        relations += [f"{number}\t{r.label}\tArg1:{r.chemical}\tArg2:{r.gene}" for r in made.relations]
    return {
        f"{split}_abstracts.tsv": lines_bytes(abstracts),
        f"{split}_entities.tsv": lines_bytes(entities),
        f"{split}_gold_standard.tsv": lines_bytes(relations),
    }
