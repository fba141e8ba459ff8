"""The data types: annotated records, the instances (questions) made from them, and their answers.

Offsets count Unicode code points of the record's text, half-open, from 0. Every value is frozen.
"""

from typing import Literal

from msgspec import Struct, json

Span = tuple[int, int]


def normalise(text: str) -> str:
    """A text with white space collapsed to single blanks, and none at the ends: how spans are written and compared."""
    return " ".join(text.split())


def extent(spans: tuple[Span, ...]) -> Span:
    """From the beginning of the first fragment to the end of the last, whatever their order."""
    return min(spans)[0], max(end for _, end in spans)


def surface(text: str, spans: tuple[Span, ...]) -> str:
    """The text of a mention: its fragments in order, joined by one blank, white space normalised."""
    return normalise(" ".join([text[start:end] for start, end in spans]))


# ---------------------------------------------------------------------------------------------------------------------
# Records: annotated items as read from a corpus. `id` is unique in the split, `group` is the source document or patient
# (what bootstrap and leakage count), `origin` is "file:line", for messages.


class Mention(Struct, frozen=True):
    """A typed entity mention: its fragments (one, unless discontinuous), and the concept ids it names.

    Fragments are in text order, unless its words are in another ("arms, and legs": "legs arms"). `parts` are concepts
    with the words for each, where annotators say which those are: of "renal and hepatic failure", "renal failure" and
    "hepatic failure".
    """

    id: str
    type: str
    spans: tuple[Span, ...]
    concepts: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()


class Relation(Struct, frozen=True):
    """A typed relation between two mentions or two concepts, given by their ids; `others` are its further ends."""

    type: str
    head: str
    tail: str
    others: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[str, ...]:
        """The ids of all its ends."""
        return (self.head, self.tail, *self.others)


class Argument(Struct, frozen=True):
    """An argument of an event: a role, a mention, and the class annotated on it, if any (past, with_family)."""

    role: str
    mention: str
    value: str | None = None


class Event(Struct, frozen=True):
    """An event: the mention that triggers it, and its arguments."""

    id: str
    type: str
    trigger: str
    arguments: tuple[Argument, ...]


class Passage(Struct, frozen=True):
    """A part of the text that sentences never cross: title, abstract, section."""

    kind: str
    start: int
    end: int


class Judgement(Struct, frozen=True):
    """The gold classes of a document for one classification question (none, one or several)."""

    question: str
    keys: tuple[str, ...]


class Document(Struct, frozen=True, tag="document"):
    """A text with mentions, relations, events and judgements."""

    id: str
    text: str
    group: str
    origin: str
    passages: tuple[Passage, ...] = ()
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    events: tuple[Event, ...] = ()
    judgements: tuple[Judgement, ...] = ()


class Pair(Struct, frozen=True, tag="pair"):
    """Two texts with a label (inference) or a score (similarity, in the units of the corpus' scale)."""

    id: str
    first: str
    second: str
    group: str
    origin: str
    label: str | None = None
    score: float | None = None


def pair_text(pair: Pair) -> str:
    """The source text of a pair: both texts as a JSON list."""
    return json.encode([pair.first, pair.second]).decode()


class Question(Struct, frozen=True, tag="question"):
    """A question about a text, answered by one of the corpus' options."""

    id: str
    question: str
    text: str
    answer: str
    group: str
    origin: str


class Summary(Struct, frozen=True, tag="summary"):
    """A text and its summary."""

    id: str
    text: str
    summary: str
    group: str
    origin: str


class Turn(Struct, frozen=True):
    """What one speaker of a dialogue says before another does."""

    speaker: str
    text: str


class Dialogue(Struct, frozen=True, tag="dialogue"):
    """A dialogue: what it is about (may be empty), and its turns, of alternating speakers."""

    id: str
    description: str
    turns: tuple[Turn, ...]
    group: str
    origin: str

    def transcript(self, turns: int | None = None) -> str:
        """The first turns, or all: each on a line, after who says it."""
        return "\n".join(f"{turn.speaker}: {normalise(turn.text)}" for turn in self.turns[:turns])


Record = Document | Pair | Question | Summary | Dialogue


# ---------------------------------------------------------------------------------------------------------------------
# Answers: the values an answer can have, and what a gold answer stores besides. Keys are the corpus' own labels.

Stated = tuple[str, ...]
"""A relation as an answer states it: its type, then the names of its ends."""
Answer = dict[str, tuple[str, ...]] | frozenset[str] | tuple[Stated, ...] | str | int
"""Texts of spans by type key | the set of keys that hold | relations | one key, or a text | the integer of a graded
option."""


class MarkedSpan(Struct, frozen=True):
    """A gold span: its words (white space normalised) and its fragments in the text."""

    text: str
    spans: tuple[Span, ...]


class Spans(Struct, frozen=True, tag_field="kind", tag="spans"):
    """Gold of NER, ETE, EAE: the spans of each type that is asked for, in text order."""

    spans: dict[str, tuple[MarkedSpan, ...]]

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states."""
        return {key: tuple(span.text for span in spans) for key, spans in self.spans.items()}


class Choice(Struct, frozen=True, tag_field="kind", tag="choice"):
    """Gold of EAC, QA, NLI: one label key."""

    key: str

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states."""
        return self.key


class Choices(Struct, frozen=True, tag_field="kind", tag="choices"):
    """Gold of DC, RE: the label keys that hold, in the order of the declaration."""

    keys: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states."""
        return frozenset(self.keys)


class Grade(Struct, frozen=True, tag_field="kind", tag="grade"):
    """Gold of STS: the annotated score, and the integer option it rounds to (half up)."""

    option: int
    score: float

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states."""
        return self.option


class Text(Struct, frozen=True, tag_field="kind", tag="text"):
    """Gold of summarization and of replies in a dialogue."""

    text: str

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states."""
        return self.text


SYNONYMS = " | "
"""What parts the names of an end of a relation, where all of them are written."""


class Related(Struct, frozen=True):
    """A gold relation: its type, and for each end the names that it has in the text, first the one that is written.

    `concepts` are the ids of its ends, if these are concepts: two may have the same names.
    """

    type: str
    ends: tuple[tuple[str, ...], ...]
    concepts: tuple[str, ...] = ()

    @property
    def stated(self) -> Stated:
        """The relation as a correct completion states it."""
        return (self.type, *(names[0] for names in self.ends))


class Relations(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="relations"):
    """Gold of ERE: the relations of a text, in the order written; `unordered`, if their ends have no order.

    If their ends are concepts, `names` has the concept of each name that the text gives one, in relations or not: the
    last, if it gives several the same name.
    """

    relations: tuple[Related, ...]
    unordered: bool = False
    names: dict[str, str] = {}

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states; relations that are written alike are one."""
        return tuple(dict.fromkeys(one.stated for one in self.relations))


class Linked(Struct, frozen=True, tag_field="kind", tag="linked"):
    """Gold of EL: names of the concept, first the one that is written, and the ids that are right, any of them.

    Until a knowledge base names it, a concept is called by its ids.
    """

    names: tuple[str, ...]
    concepts: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        """The answer that a correct completion states."""
        return self.names[0]


Places = dict[str, tuple[tuple[Span, ...], ...]]
"""Where mentions are, by type key: the fragments of each."""
Gold = Spans | Choice | Choices | Relations | Grade | Text | Linked


class Parsed(Struct, frozen=True):
    """A model's answer as parsed: `answer` is None if it can't be parsed (never a default).

    For span tasks, `missing` counts the types asked for that have no line, and `unasked` holds the (type as written,
    span) of lines whose type was not asked for: false positives. For relations, `unread` counts the clauses that state
    none that was asked for, and are passed over.
    """

    answer: Answer | None
    missing: int = 0
    unasked: tuple[tuple[str, str], ...] = ()
    unread: int = 0


# ---------------------------------------------------------------------------------------------------------------------
# Instances: a question about one text, its labels and its gold answer, before a prompt words it.

Letters = Literal["before", "after"]
"""Where an option's letter stands, and so what an answer states: `(B) words`, the whole line; or `words=B`, `B`."""
TaskName = Literal["ner", "ete", "eae", "eac", "dc", "re", "ere", "qa", "nli", "sts", "summ", "dialogue", "el"]
FREE_TEXT: frozenset[TaskName] = frozenset({"summ", "dialogue"})
"""The kinds of questions whose answer is a text in the model's own words."""
Domain = Literal["biomedical", "clinical", "general"]


NO_RELATION = "none"
"""The key of the label of ERE that says that a text states no relation."""


class Label(Struct, frozen=True):
    """A possible answer: the corpus' own label (`key`), and the name or option sentence that prompts show (`name`)."""

    key: str
    name: str


class Instance(Struct, frozen=True):
    """One question about one text.

    `text` is the source text (a pair of texts as a JSON list), `asked` what else the question needs (a premise, a pair
    of spans), `marks` the fragments of the mentions asked about, `labels` the types or options in the order shown,
    `letters` where the options' letters stand, `shortened` how many steps a pack's instruction is shortened by.
    """

    id: str
    task: TaskName
    group: str
    text: str
    asked: dict[str, str]
    labels: tuple[Label, ...]
    gold: Gold
    marks: tuple[Span, ...] = ()
    letters: Letters = "before"
    shortened: int = 0
