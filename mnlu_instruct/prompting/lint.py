"""Check a prompt pack: ask made-up questions in every wording, and look for their parts in the prompts.

A prompt must show the text once, word for word; the types or options once each, in the order given (an option on a line
of its own); and all other parts of the question. The template's own text must not name an option or a label.
What a pack's clauses state must be read as what it is; they are about the types that a corpus declares. Examples in its
instructions must be right answers (`instruction_lint.py`).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

import msgspec
from jinja2 import TemplateError, meta, nodes

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import definitions, instruction_lint, packs
from mnlu_instruct.prompting.clauses import Worded
from mnlu_instruct.prompting.definitions import Defined, Definitions
from mnlu_instruct.prompting.packs import (
    CLAUSES,
    DEFINITIONS,
    HINT,
    INSTRUCTION,
    INSTRUCTIONS,
    VARIABLES,
    Pack,
    Wording,
)
from mnlu_instruct.tasks.answers import clauses
from mnlu_instruct.types import NO_RELATION, Instance, Label

ODD = "<b>“Ωβ”</b> & 'it' {{ x }} 100 %  \\n|"
"""Characters that filters and escaping change."""
LETTER = re.compile(r"\([A-Z]{1,2}\)|=[A-Z]{1,2}\b|\b(?:answer|option)(?: is)?:? [A-Z]\b")
COUNTS = (2, 3, 30)
"""How many labels the made-up questions have; the most needs options beyond the letter Z."""


def findings(pack: Pack, samples: Mapping[str, Instance]) -> Iterator[str]:
    """The problems of a pack, one sentence each, given a real question of every kind."""
    for kind, wordings in pack.wordings.items():
        for wording in wordings:
            for finding in dict.fromkeys(_of_wording(wording, pack, samples[kind])):
                yield f"{wording.place} {finding}"
    if pack.definitions:
        yield from _undeclared(pack.definitions, pack.name)
    if pack.clauses:
        for name, worded in pack.clauses.corpora.items():
            for finding in _of_clauses(name, worded):
                yield f"{pack.name}/{CLAUSES}.yaml: {finding}"
    if pack.instructions:
        for finding in instruction_lint.findings(pack):
            yield f"{pack.name}/{INSTRUCTIONS}.yaml: {finding}"


def _of_clauses(name: str, worded: Worded) -> Iterator[str]:
    """What is wrong with a pack's clauses for a corpus."""
    corpus = corpora.registry().get(name)
    declared = corpus.extraction if corpus else None
    if corpus and declared is None:
        yield f"corpus {name} isn't for end-to-end relation extraction"
    elif declared:
        for kind in sorted(declared.clauses.keys() ^ worded.types.keys()):
            said = "has no clause for" if kind in declared.clauses else "has a clause for the unknown"
            yield f"corpus {name} {said} type '{kind}'"
    labels = [Label(kind, words) for kind, words in worded.types.items()]
    labels.append(Label(NO_RELATION, worded.none or (declared.none if declared else "")))
    try:
        for one, other in clauses.confused(labels):
            read_as = f"as '{other.key}', '{other.name}'" if other else "as none of them"
            yield f"what '{one.key}' of corpus {name} states, '{one.name}', is read {read_as}"
    except ValueError as error:
        yield f"{error}, in corpus {name}"


def _of_wording(wording: Wording, pack: Pack, sample: Instance) -> Iterator[str]:
    needed = VARIABLES[sample.task] + ((INSTRUCTION,) if pack.instructions else ())
    known = needed + ((DEFINITIONS,) if pack.definitions else ())
    known += (HINT,) if "types" in known else ()
    try:
        used = set(_variables(wording.source, pack))
        yield from _named(" ".join(_words(wording.source, pack)), sample)
    except (TemplateError, UnicodeDecodeError) as error:
        yield f"fails: {packs.reason(error)}"
        return
    for name in sorted(used - set(known)):
        yield f"uses '{name}'; {sample.task} questions of this pack have {', '.join(known)}"
    for name in needed:
        if name not in used and name not in pack.unshown:
            yield f"doesn't show '{name}'"
    if used <= set(known):
        try:
            for probe, meanings in _probes(pack.worded(sample), bool(pack.definitions)):
                yield from _amiss(wording, probe, meanings, used, pack.unshown)
        except UserError as error:
            yield f"fails: {error.message.removeprefix(f'{wording.place}: ')}"


def _variables(source: str, pack: Pack) -> Iterator[str]:
    """The variables that a template needs."""
    given = set(packs.environment(pack.folders).globals)
    for tree in _trees(source, pack):
        given |= {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
        yield from meta.find_undeclared_variables(tree) - given


def _words(source: str, pack: Pack) -> Iterator[str]:
    """The template's own text, outside variables."""
    for tree in _trees(source, pack):
        yield from (text.data for text in tree.find_all(nodes.TemplateData))
        yield from (str(constant.value) for constant in tree.find_all(nodes.Const))


def _trees(source: str, pack: Pack, seen: frozenset[str] = frozenset()) -> Iterator[nodes.Template]:
    """A template, then those that it includes."""
    reading = packs.environment(pack.folders)
    assert reading.loader is not None
    tree = reading.parse(source)
    yield tree
    for name in meta.find_referenced_templates(tree):
        if name and name not in seen:
            yield from _trees(reading.loader.get_source(reading, name)[0], pack, seen | {name})


def _named(words: str, sample: Instance) -> Iterator[str]:
    """Options and labels that a template's own text names."""
    for found in LETTER.finditer(words):
        yield f"names an option in its own text: '{found[0]}'"
    for label in sample.labels:
        if re.search(rf"\b{re.escape(label.name)}\b", words, re.IGNORECASE):
            yield f"names a label in its own text: '{label.name}'"


def _probes(sample: Instance, defined: bool) -> Iterator[tuple[Instance, Definitions | None]]:
    """Questions like the sample, with long, odd parts that occur nowhere else; with all, some or no labels defined."""
    for count in COUNTS if sample.labels else COUNTS[:1]:
        asked = {name: " ".join([f"{name} 1 {ODD}"] * 20) for name in sample.asked}
        named = [f"label {number:02} {ODD}" for number in range(1, count + 1)]
        if sample.task == "eae":
            named = [f"{asked['trigger']} - {asked['attribute']}"]
        labels = tuple(Label(f"key {number:02}", name) for number, name in enumerate(named, start=1))
        text = "\n".join(f"  line {number:04}:\t{' '.join([ODD] * (number % 7))}" for number in range(1, 500)).strip()
        probe = msgspec.structs.replace(
            sample, id="probe", asked=asked, text=text, labels=labels, marks=((0, 4),) if sample.marks else ()
        )
        chosen = labels if count == max(COUNTS) else labels[1::2]
        meanings = {definitions.called(label, probe): f"meaning of {label.key} {ODD}" for label in chosen}
        probed = {"probe": Defined(source="", labels=meanings)} if count > min(COUNTS) else {}
        yield probe, Definitions(corpora=probed) if defined else None


def _amiss(
    wording: Wording, probe: Instance, meanings: Definitions | None, used: Collection[str], unshown: Collection[str]
) -> Iterator[str]:
    """The parts of a made-up question that its prompt doesn't show as it should."""
    told = f"instruction {ODD}" if INSTRUCTION in used else None
    shown = packs.context(probe, meanings, f"\nhint {ODD}", told)
    prompt = wording.render(shown)
    for name in VARIABLES[probe.task]:
        if name in unshown and name not in used:
            continue
        value = shown[name]
        if isinstance(value, list):
            yield from _listed(name, value, probe, prompt)
        elif str(value) not in prompt:
            yield f"changes or drops a part of '{name}'"
        elif name == "text" and prompt.count(str(value)) > 1:
            yield "shows 'text' more than once"
    for name in {HINT, INSTRUCTION} & set(used):
        if str(shown[name]) not in prompt:
            yield f"changes or drops a part of '{name}'"
    if DEFINITIONS in used and any(
        meaning not in prompt for meaning in cast(dict[str, str], shown[DEFINITIONS]).values()
    ):
        yield "doesn't show every definition"


def _listed(name: str, shown: Sequence[str], probe: Instance, prompt: str) -> Iterator[str]:
    """Problems with the types or options in a prompt; a message names only the first of several."""
    present = prompt.split("\n") if name == "options" else prompt
    if lost := [words for words in shown if words not in present]:
        yield f"changes or drops a part of '{name}', such as '{lost[0].removesuffix(ODD).strip()}'"
        return
    labels = [label.name for label in probe.labels]
    own = shown if probe.letters == "after" else [words.partition(" ")[0] for words in shown]
    if any(prompt.count(part) > 1 for part in (*labels, *(own if name == "options" else ()))):
        yield f"shows a part of '{name}' more than once"
    places = [prompt.index(label) for label in labels]
    if places != sorted(places):
        yield f"changes the order of '{name}'"


def _undeclared(meanings: Definitions, pack: str) -> Iterator[str]:
    """Definitions of labels that a registered corpus doesn't have."""
    for name, defined in meanings.corpora.items():
        if corpus := corpora.registry().get(name):
            known = set(definitions.names(corpus))
            for label in (*defined.labels, *defined.evident):
                if label not in known:
                    yield f"{pack}/{DEFINITIONS}.yaml: corpus {name} has no label '{label}'"
