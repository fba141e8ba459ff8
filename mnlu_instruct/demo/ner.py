"""Named entities: short abstracts with chemicals, diseases and genes, in PubTator's format."""

from dataclasses import dataclass
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.files import lines_bytes
from mnlu_instruct.demo.template import choose, fill, slots
from mnlu_instruct.demo.words import POOLS, Kind, name

SIZES: dict[Split, int] = {"train": 8000, "test": 100}
FIRST_ID: dict[Split, int] = {"train": 90000001, "test": 91000001}
KINDS: dict[str, Kind] = {"C": "chemical", "D": "disease", "G": "gene"}
TYPES = {"C": "Chemical", "D": "Disease", "G": "Gene"}
DEFICIENCY = "N"
REPEAT_SHARE = 0.3
RARE_SHARE = 0.04
MOST_SENTENCES = 3

TITLES = [
    "(A trial|A pilot study|The effects|The safety) of {C} in {D}",
    "(The drug|Daily|Weekly|Oral) {C} for (treatment|prevention|relief) of {D}",
    "(Treating|Managing|Preventing) {D} (with|by means of) {C}",
    "(A case|Two cases|An outbreak|The course) of {D}",
    "(Causes|Early signs|Late effects) of {D}( in children| in adults| in farm workers|)",
    "(Mutations|New variants|Deletions) of {G} in {D}",
    "(The role|The function|A new role) of {G} in {D}",
    "(Loss|Expression|Activity) of {G} (in mice|in the liver|in the kidney|after birth)",
    "(The action|The effect) of {C} on {G} (in the liver|in cultured cells|in rats)",
    "(Uptake|Dosing|Side effects) of {C} (in older people|in newborns|in volunteers)",
    "(How|Why) {G} (responds|reacts) to {C}",
]
SENTENCES = [
    "(Forty|Sixty|Twelve) (patients|adults|children) with {D} (received|were given|took) {C} for (six|ten) weeks.",
    "Treatment with {C} (reduced|eased|shortened) {D} (in most patients|within days|in one of the two groups).",
    "(Patients|Children|Adults) (treated with|taking) {C} (rarely|seldom|often) developed {D}.",
    "We (compared|tested) {C} (with|and) {C} in (patients|people) with {D}.",
    "(Three|Five|Seven) of the patients on {C} (reported|developed) {D}.",
    "The patient was (diagnosed with|admitted for|treated for) {D} (last spring|at age nine|in 1998|after surgery).",
    "There was no (sign|history|recurrence) of {D} (after a year|in the family|at follow-up).",
    "(Both|All) (sisters|brothers|twins) had {D} and (later|then) developed {D}.",
    "(Mutations|Variants) in {G} (cause|are linked to|raise the risk of) {D}.",
    "The {G} gene was (mutated|deleted|silent|overexpressed) in (patients|families|mice) with {D}.",
    "(Loss|Lack|Excess) of {G} (led to|protected against|worsened) {D} (in mice|in rats|in newborns).",
    "We (measured|sequenced|studied) {G}( and {G}|) in (blood|saliva|biopsy) samples.",
    "(Expression|Activity) of {G} (rose|fell|doubled) (after a meal|with age|during the night).",
    "The drug {C} (blocked|inhibited|activated) {G} (in vitro|in liver cells|at low doses).",
    "Cells (exposed to|grown with) {C} (showed|had) (more|less) {G} (than controls|after two days).",
    "Blood levels of {C} (peaked|fell|were stable) (within an hour|overnight|after a week).",
    "We gave {C} to (ten|twenty|thirty) (volunteers|rats|mice).",
    "Neither {C} nor {C} (changed|altered|affected) (the heart rate|sleep|appetite).",
]
RARE_SENTENCES = [
    "(A combined|The fixed) {C}/{C} tablet was (well tolerated|easy to swallow).",
    "(Both|All) children had {N} (since birth|from the age of two).",
    "The {G}-{G} complex was (found|seen) in (blood|muscle).",
]
PLAIN_SENTENCES = [
    "(Follow-up|The study) lasted (two|three|five) years.",
    "(Further|Larger|Longer) (studies|trials) are (needed|under way).",
    "No (serious|unexpected) (events|side effects) were (seen|recorded).",
    "The (results|findings) were (confirmed|repeated) in a second (group|cohort).",
]
PLAIN_SHARE = 0.2
THEMES = ["CD", "GD", "CG", "CDG", "CDG"]


@dataclass(frozen=True)
class Mention:
    """A marked name: its character range in the document, type and concept."""

    start: int
    end: int
    type: str
    concept: str


@dataclass(frozen=True)
class Document:
    """A title and abstract with the names marked in them."""

    title: str
    abstract: str
    mentions: list[Mention]

    @property
    def text(self) -> str:
        """The text that the offsets count in."""
        return f"{self.title} {self.abstract}"

    def pubtator(self, number: int) -> list[str]:
        """The document's lines, with the blank one that ends it."""
        marks = [
            f"{number}\t{mark.start}\t{mark.end}\t{self.text[mark.start : mark.end]}\t{mark.type}\t{mark.concept}"
            for mark in self.mentions
        ]
        return [f"{number}|t|{self.title}", f"{number}|a|{self.abstract}", *marks, ""]


class Cast:
    """The names of one document; now and then one of them comes back."""

    def __init__(self, split: Split, rng: Random) -> None:
        """A cast that has no names yet."""
        self.split = split
        self.rng = rng
        self.names: dict[Kind, list[str]] = {kind: [] for kind in KINDS.values()}

    def draw(self, slot: str) -> str:
        """A name for the slot: mostly a new one, never the one drawn just before."""
        if slot == DEFICIENCY:
            return f"{self.draw('G')} deficiency"
        names = self.names[KINDS[slot]]
        if len(names) > 1 and self.rng.random() < REPEAT_SHARE:
            drawn = self.rng.choice(names[:-1])
            names.remove(drawn)
        else:
            drawn = name(KINDS[slot], self.split, self.rng)
            while drawn in names:
                drawn = name(KINDS[slot], self.split, self.rng)
        names.append(drawn)
        return drawn


def concept(slot: str, text: str) -> str:
    """The concept id of a name, such as ``C0012``."""
    return f"{slot}{POOLS[KINDS[slot]].number(text):04d}"


def marked(template: str, cast: Cast, offset: int) -> tuple[str, list[Mention]]:
    """A sentence with names of the cast, and its mentions in a text where it starts at the offset."""
    drawn: list[str] = []

    def name_for(slot: str) -> str:
        drawn.append(cast.draw(slot))
        return drawn[-1]

    text, spans = fill(choose(template, cast.rng), name_for)
    mentions: list[Mention] = []
    for span, words in zip(spans, drawn, strict=True):
        start, end = span.start + offset, span.end + offset
        if span.slot == DEFICIENCY:
            gene = words.split()[0]
            mentions.append(Mention(start, end, "Disease", concept("G", gene).replace("G", "D9")))
            mentions.append(Mention(start, start + len(gene), "Gene", concept("G", gene)))
        else:
            mentions.append(Mention(start, end, TYPES[span.slot], concept(span.slot, words)))
    return text, mentions


def allowed(templates: list[str], theme: str) -> list[str]:
    """The templates that name only types of the theme."""
    return [template for template in templates if all(slot in theme for slot in slots(template))]


def document(split: Split, rng: Random) -> Document:
    """A title and one to three sentences on one theme, at least one of them with a name."""
    theme = rng.choice(THEMES)
    cast = Cast(split, rng)
    templates = rng.sample(allowed(SENTENCES, theme), rng.choice([1, 1, 1, 2]))
    if rng.random() < RARE_SHARE:
        templates.append(rng.choice(RARE_SENTENCES))
    if len(templates) < MOST_SENTENCES and rng.random() < PLAIN_SHARE:
        templates.append(rng.choice(PLAIN_SENTENCES))
    title, mentions = marked(rng.choice(allowed(TITLES, theme)), cast, 0)
    abstract = ""
    for template in templates:
        gap = " " if abstract else ""
        sentence, found = marked(template, cast, len(title) + 1 + len(abstract) + len(gap))
        abstract += gap + sentence
        mentions += found
    return Document(title, abstract, mentions)


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's PubTator file."""
    lines: list[str] = []
    for number in range(FIRST_ID[split], FIRST_ID[split] + SIZES[split]):
        drawn = unseen(lambda: document(split, rng), lambda made: [made.title, made.abstract], taken)
        lines += drawn.pubtator(number)
    return {f"{split}.PubTator": lines_bytes(lines)}
