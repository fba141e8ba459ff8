"""Check the examples of instructions: their outputs are right answers to their inputs, as far as that can be seen.

An output must be readable as an answer to a question of its kind; the spans and names that it states must stand in its
input; the options in an input must be of the corpus. A wrong choice among right options can't be seen.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from mnlu_instruct import corpora, tasks
from mnlu_instruct.prompting.instructions import Example
from mnlu_instruct.prompting.packs import VARIABLES, Pack
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import NO_RELATION, Instance, Label, Parsed, TaskName, Text, normalise

OPTION = {
    "before": re.compile(r"^(?P<mark>\([A-Z]{1,2}\)) (?P<words>.+)$", re.MULTILINE),
    "after": re.compile(r"^(?P<words>.+)=(?P<mark>[A-Z]{1,2})$", re.MULTILINE),
}
"""An option in an input, by where its letter stands."""
SLOT = re.compile(r"\\\{[12]\\\}")
"""A slot of a sentence whose special characters are escaped."""
SPANS = frozenset({"ner", "ete", "eae"})


class Shown(Struct, frozen=True):
    """An example as a question: made-up but for what its input and output say; `marks` are its options' letters."""

    instance: Instance
    marks: tuple[str, ...]


def findings(pack: Pack) -> Iterator[str]:
    """What is wrong with the instructions of a pack, one sentence each."""
    assert pack.instructions
    for place, name, kind, one in pack.instructions.placed():
        corpus = corpora.registry().get(name) if name else None
        if corpus and kind not in tasks.kinds(corpus.tasks):
            yield f"{place}: corpus {name} has no {kind} questions"
            continue
        for number, example in enumerate(one.positive, start=1):
            for finding in _of_example(example, kind, corpus, pack):
                yield f"{place}.positive[{number}] {finding}"
        right = {(example.input, example.output) for example in one.positive}
        for number, wrong in enumerate(one.negative, start=1):
            if (wrong.input, wrong.output) in right:
                yield f"{place}.negative[{number}] is a positive example, too"


def _of_example(example: Example, kind: TaskName, corpus: Corpus | None, pack: Pack) -> Iterator[str]:
    if kind == "ere" and corpus is None:
        return  # which clauses state relations is known of corpora only
    shown = _as_question(example, kind, corpus, pack)
    instance, asks = shown.instance, "options" in VARIABLES[kind]
    if asks and not instance.labels:
        yield "has no options in its input, each on a line of its own"
        return
    if shown.marks != tuple(options.mark(place, pack.letters) for place in range(len(shown.marks))):
        yield "has options whose letters aren't in order"
    known = _options(corpus, kind) if corpus and asks else []
    for label in instance.labels:
        if known and not any(pattern.fullmatch(label.name) for pattern in known):
            yield f"has an option that corpus {corpus.name if corpus else ''} doesn't have: '{label.name}'"
    parsed = tasks.TASKS[kind].read(example.output, instance)
    if parsed.answer is None or parsed.missing or parsed.unasked or parsed.unread:
        yield f"has an output that can't be read as an answer to a {kind} question: '{normalise(example.output)}'"
    words = normalise(example.input)
    for span in _stated(parsed, kind):
        if span not in words:
            yield f"states '{span}', which isn't in its input"


def _as_question(example: Example, kind: TaskName, corpus: Corpus | None, pack: Pack) -> Shown:
    lines = list(OPTION[pack.letters].finditer(example.input)) if "options" in VARIABLES[kind] else []
    before = example.output.partition(": ")[0].partition(" - ")
    instance = Instance(
        id=f"{corpus.name if corpus else ''}/example",
        task=kind,
        group="",
        text=example.input,
        asked={"trigger": before[0], "attribute": before[2]},
        labels=tuple(Label(line["words"], line["words"]) for line in lines) or _labels(example, kind, corpus),
        gold=Text(""),
    )
    return Shown(pack.worded(instance), tuple(line["mark"] for line in lines))


def _labels(example: Example, kind: TaskName, corpus: Corpus | None) -> tuple[Label, ...]:
    """The types that a question without options asks for: the corpus' own, else those that the output names."""
    stated = [line.partition(":")[0] for line in example.output.splitlines() if ":" in line]
    if kind not in SPANS:
        clauses = corpus.extraction if corpus and kind == "ere" else None
        return tuple(Label(*one) for one in {**clauses.clauses, NO_RELATION: clauses.none}.items()) if clauses else ()
    if corpus is None:
        return tuple(Label(name, name) for name in dict.fromkeys(map(normalise, stated)))
    known = {
        "ner": list(corpus.entities.values()),
        "ete": [event.name for event in corpus.events.values()],
        "eae": [f"{event.name} - {name}" for event in corpus.events.values() for name in event.spans.values()],
    }[kind]
    if kind == "eae":  # such a question asks for one attribute
        known = [name for name in known if name in stated]
    return tuple(Label(name, name) for name in dict.fromkeys(known))


def _options(corpus: Corpus, kind: TaskName) -> list[re.Pattern[str]]:
    """The options that questions of a corpus have; in sentences about two entities, any name may stand."""
    words: list[str] = []
    if kind == "dc":
        words = [name for classes in corpus.questions.values() for name in classes.options.values()]
    elif kind == "eac":
        attributes = [one for event in corpus.events.values() for one in event.classes.values()]
        words = [value for one in attributes for value in one.values.values()]
    elif kind == "re" and corpus.relations:
        for sentence in corpus.relations.labels.values():
            words += [sentence] if isinstance(sentence, str) else list(sentence.values())
    elif kind == "sts":
        words = list(corpus.scale.values())
    else:
        words = list(corpus.options.values())
    return [re.compile(SLOT.sub(".+", re.escape(one))) for one in words]


def _stated(parsed: Parsed, kind: TaskName) -> Iterator[str]:
    """The spans, or names of related entities, that an answer states."""
    if kind in SPANS and isinstance(parsed.answer, dict):
        for spans in parsed.answer.values():
            yield from spans
    elif kind == "ere" and isinstance(parsed.answer, tuple):
        for _, *names in parsed.answer:
            yield from names
