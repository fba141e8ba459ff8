"""A pack with BoX's examples, from a user's own copy of BoX_instructions.json (Parmar et al., 2022: In-BoXBART).

The bundled pack `box` has BoX's definitions and prompts, but not the examples, which quote texts of corpora. Here each
becomes a question with an answer in this package's form, shown as the pack's templates show questions.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from mnlu_instruct import corpora, folders, yaml_files
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import packs
from mnlu_instruct.prompting.instructions import Example, Instructions
from mnlu_instruct.prompting.packs import INSTRUCTIONS, Pack
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Choice, Choices, Gold, Instance, Label, MarkedSpan, Spans, TaskName, Text, normalise

PACK = "box"
CORPORA: Mapping[str, tuple[str, ...]] = {
    "AnatEM": ("anatem",),
    "BC2GM": ("bc2gm",),
    "BC4CHEMD": ("bc4chemd",),
    "BC5CDR": ("bc5cdr-iob",),
    "BioNLP_09": ("bionlp09",),
    "BioNLP11EPI": ("bionlp11-epi",),
    "BioNLP11ID": ("bionlp11-id",),
    "BioNLP13CG": ("bionlp13-cg",),
    "BioNLP13GE": ("bionlp13-ge",),
    "BioNLP13PC": ("bionlp13-pc",),
    "CRAFT": ("craft",),
    "Ex-PTM": ("ex-ptm",),
    "JNLPBA": ("jnlpba",),
    "NCBI": ("ncbi-disease-iob", "ncbi-disease"),
    "linnaeus": ("linnaeus",),
    "De-identification_2006": ("i2b2-2006-deid",),
    "HoC": ("hoc-blurb", "hoc"),
    "Chemprot": ("chemprot",),
    "DDI": ("ddi",),
    "PubMed": ("pubmedqa-long",),
    "BioASQ-8b_yesno": ("bioasq",),
}
"""BoX's name of a task → the corpora that ask its questions; of its other tasks, no corpus is registered."""
MENTION = re.compile(r"(?P<words>.+?) <(?P<type>[^<>]+)>(?:, |$)")
PAIR = re.compile(
    r"Context: (?P<text>.*?) (?:entity|Drug)_1: (?P<first>.*?) (?:entity|Drug)_2: (?P<second>.*)", re.DOTALL
)
PARTS = re.compile(r"\s*(?:Context\d*|Question):\s*")


class Quoted(Struct, frozen=True):
    """An example of BoX: what it says."""

    input: str
    output: str
    explanation: str = ""


class Task(Struct, frozen=True):
    """What is read of a task in BoX's file."""

    Examples: list[Quoted]


class NoAnswerError(ValueError):
    """Why an example can't be put into this package's form."""


Made = tuple[str, dict[str, str], tuple[Label, ...], Gold]
"""Text, what else is asked, labels and gold of the question that an example makes."""


class Converted(Struct, frozen=True):
    """Instructions with BoX's examples; `left_out`: the examples that they lack, "CRAFT 1", with reasons."""

    instructions: Instructions
    left_out: dict[str, str]


def convert(content: bytes) -> Converted:
    """The bundled instructions with the examples in a copy of BoX_instructions.json.

    Raises:
        UserError: it isn't that file.
    """
    try:
        said = msgspec.json.decode(content, type=dict[str, Task])
    except msgspec.DecodeError as error:
        raise UserError(
            f"This is not BoX's file of instructions ({error}).",
            "give templates/BoX_instructions.json of github.com/Mihir3009/In-BoXBART.",
        ) from error
    pack = packs.load(PACK)
    assert pack.instructions
    left_out: dict[str, str] = {}
    by_corpus = {corpus: dict(own) for corpus, own in pack.instructions.corpora.items()}
    for name in (one for one in CORPORA if one in said):
        for corpus in map(corpora.get, CORPORA[name]):
            (kind,) = by_corpus[corpus.name]
            examples = tuple(_examples(name, said[name], kind, corpus, pack, left_out))
            by_corpus[corpus.name][kind] = by_corpus[corpus.name][kind].model_copy(update={"positive": examples})
    return Converted(pack.instructions.model_copy(update={"corpora": by_corpus}), left_out)


def write(converted: Converted, out: Path) -> None:
    """Write a pack that extends the bundled one."""
    declared = {"description": "BoX's instructions with its examples.", "extends": PACK}
    kinds = list(packs.load(PACK).wordings)
    with folders.atomic_folder(out) as folder:
        (folder / "pack.yaml").write_text(yaml.safe_dump({**declared, "tasks": kinds}), "utf-8")
        content = converted.instructions.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
        (folder / f"{INSTRUCTIONS}.yaml").write_text(text, "utf-8")
        yaml_files.load(folder / f"{INSTRUCTIONS}.yaml", Instructions)


def _examples(
    name: str, task: Task, kind: TaskName, corpus: Corpus, pack: Pack, left_out: dict[str, str]
) -> Iterator[Example]:
    for number, quoted in enumerate(task.Examples, start=1):
        try:
            text, asked, labels, gold = MAKE[kind](quoted, corpus)
        except NoAnswerError as error:
            left_out[f"{name} {number}"] = str(error)
            continue
        instance = Instance(f"{corpus.name}/{number}#{kind}", kind, "", text, asked, labels, gold)
        shown, answer = pack.example(instance)
        yield Example(input=shown, output=answer, explanation=normalise(quoted.explanation) or None)


def _mentions(quoted: Quoted, corpus: Corpus) -> Made:
    """`words <Type>, words <Type>`."""
    spans: dict[str, list[MarkedSpan]] = {key: [] for key in corpus.types.values()}
    for mention in MENTION.finditer(quoted.output.strip()):
        key = corpus.types.get(mention["type"], mention["type"])
        if key not in spans:
            raise NoAnswerError(f"its type '{key}' is none of corpus {corpus.name}")
        spans[key].append(MarkedSpan(normalise(mention["words"]), ()))
    names = {key: corpus.entities[label] for label, key in corpus.types.items()}
    gold = Spans({key: tuple(found) for key, found in spans.items()})
    return quoted.input, {}, tuple(Label(*pair) for pair in names.items()), gold


def _pair(quoted: Quoted, corpus: Corpus) -> Made:
    """A text and two entities, related as a label of the corpus says."""
    rule, found = corpus.relations, PAIR.match(quoted.input.strip())
    assert rule
    if found is None or quoted.output not in rule.labels:
        raise NoAnswerError(f"'{quoted.output}' is no relation of corpus {corpus.name}")
    first, second = found["first"].strip(), found["second"].strip()
    types = rule.pairs[0]
    words = {label: rule.sentence(label, types) for label in rule.labels}
    labels = tuple(Label(key, normalise(said.format("", first, second))) for key, said in words.items() if said)
    asked = {"type_1": types[0], "span_1": first, "type_2": types[1], "span_2": second}
    return found["text"].strip(), asked, labels, Choices((quoted.output,))


def _classes(quoted: Quoted, corpus: Corpus) -> Made:
    """Names of classes, parted by commas."""
    (classes,) = corpus.questions.values()
    stated = quoted.output.split(", ")
    if strange := set(stated) - classes.options.keys():
        raise NoAnswerError(f"'{min(strange)}' is no class of corpus {corpus.name}")
    labels = tuple(Label(key, name) for key, name in classes.options.items())
    return quoted.input, {"what": classes.what}, labels, Choices(tuple(key for key in classes.options if key in stated))


def _choice(quoted: Quoted, corpus: Corpus) -> Made:
    """Contexts, a question, and one option of the corpus."""
    *contexts, question = PARTS.split(quoted.input.strip())
    if quoted.output.lower() not in corpus.options:
        raise NoAnswerError(f"'{quoted.output}' is no option of corpus {corpus.name}")
    labels = tuple(Label(key, name) for key, name in corpus.options.items())
    return "\n".join(filter(None, contexts)), {"question": question}, labels, Choice(quoted.output.lower())


def _answer(quoted: Quoted, corpus: Corpus) -> Made:
    """Contexts and a question, answered in words."""
    text = "\n".join(filter(None, PARTS.split(quoted.input.strip())))
    return text, {"summary": corpus.summary}, (), Text(quoted.output.strip())


MAKE: Mapping[TaskName, Callable[[Quoted, Corpus], Made]] = {
    "ner": _mentions,
    "re": _pair,
    "dc": _classes,
    "qa": _choice,
    "summ": _answer,
}
"""Kind of question → what makes a question of BoX's example."""
