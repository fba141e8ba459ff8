"""Prompt packs: folders with a `pack.yaml` and one Jinja template per kind of question, in one or several wordings.

A template gets the question and never its answer (`VARIABLES`), so no pack can leak or change the gold.
"""

import hashlib
import re
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import structs
from pydantic import Field

from mnlu_instruct import assets, tasks, yaml_files
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.prompting.clauses import Clauses
from mnlu_instruct.prompting.definitions import Definitions
from mnlu_instruct.prompting.instructions import ALL, Instructions
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import Instance, Letters, Span, TaskName
from mnlu_instruct.yaml_files import YamlModel

PAIR = ("type_1", "span_1", "type_2", "span_2")
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "ner": ("types", "text"),
    "ete": ("types", "text"),
    "eae": ("attribute", "trigger", "span", "text"),
    "eac": ("attribute", "trigger", "span", "text", "options"),
    "dc": ("what", "text", "options"),
    "re": (*PAIR, "text", "options"),
    "ere": ("relations", "text"),
    "qa": ("question", "text", "options"),
    "nli": ("premise", "hypothesis", "options"),
    "sts": ("sentence_1", "sentence_2", "options"),
    "summ": ("summary", "text"),
    "dialogue": ("speaker", "text"),
    "el": ("mention", "text"),
}
"""The variables that a template gets and must use, by kind of question: `types` and `options` are lists of strings,
`text` has the mentions asked about in `[[ ]]`.

A pack with a `definitions.yaml` adds `definitions`: type or option line → its definition, for labels that have one. One
with an `instructions.yaml` adds `instruction`: what the instruction of the question says.
"""
DEFINITIONS = "definitions"
CLAUSES = "clauses"
INSTRUCTIONS, INSTRUCTION = "instructions", "instruction"
HINT = "hint"
"""A variable of the kinds of questions with `types`: in few-shot prompts (`shots`) the format of an answer, in lines
with a line break before each; otherwise empty. A pack that doesn't use it has no few-shot prompts."""
OR = re.compile(r"^\{# or #\}[ \t]*\n", re.MULTILINE)
"""The line between two wordings in a template."""

Message = dict[str, str]


class PackFile(YamlModel):
    """The content of a `pack.yaml`.

    Attributes:
        description: what the pack is for, in a sentence.
        tasks: the kinds of questions that it words.
        letters: where an option's letter stands (`types.Letters`).
        extends: a bundled pack, whose files are used where the folder has none of that name.
        unshown: variables that its templates need not show: a model for one corpus needn't be told what to write.
    """

    description: str
    tasks: tuple[TaskName, ...] = Field(min_length=1)
    letters: Letters = "before"
    extends: str | None = None
    unshown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wording:
    """One wording of a kind of question; `place` says where it is ("mine/ner.j2, wording 2")."""

    place: str
    source: str
    template: Template

    def render(self, shown: Mapping[str, object]) -> str:
        """The text of the prompt.

        Raises:
            UserError: the template fails.
        """
        try:
            return self.template.render(shown)
        except Exception as error:
            raise UserError(
                f"{self.place}: {reason(error)}", "'mnlu prompts lint' says what is wrong with a pack."
            ) from error


@dataclass(frozen=True)
class Pack:
    """A loaded prompt pack; `label` (`name@hash`) changes with any file of its folders: its own, and one it extends.

    `instructions` are in the variant that the name says.
    """

    name: str
    label: str
    description: str
    folders: tuple[Path, ...]
    wordings: Mapping[str, tuple[Wording, ...]]
    definitions: Definitions | None
    clauses: Clauses | None
    instructions: Instructions | None
    letters: Letters
    unshown: tuple[str, ...]

    def worded(self, instance: Instance) -> Instance:
        """The instance with its options' letters where this pack puts them, and its relations in this pack's words.

        Raises:
            UserError: this pack has words for the corpus, but not for all its types of relations.
        """
        if instance.task == "ere":
            return self.clauses.worded(instance) if self.clauses else instance
        return instance if instance.letters == self.letters else structs.replace(instance, letters=self.letters)

    def rewords(self, corpus: str) -> bool:
        """Whether it has words of its own for the relations of a corpus."""
        return self.clauses is not None and self.clauses.of(corpus) is not None

    def quoted(self, names: Container[str] | None = None) -> dict[str, str]:
        """The inputs of the examples in its instructions; as `Instructions.quoted`."""
        return self.instructions.quoted(names) if self.instructions else {}

    def shortenings(self, instance: Instance) -> list[Instance]:
        """The question with its instruction shortened by one step, by two, and so on, as far as it can be."""
        steps = self.instructions.of(instance).steps if self.instructions else 0
        return [structs.replace(instance, shortened=step) for step in range(1, steps + 1)]

    def example(self, instance: Instance) -> tuple[str, str]:
        """Input and output of a question with its answer, as an example in instructions: `inputs/KIND.j2` shows it."""
        asked = environment(self.folders).get_template(f"inputs/{instance.task}.j2")
        (said,) = self.completion(instance)
        return asked.render(context(self.worded(instance))), said["content"]

    def prompt(self, instance: Instance, hint: str = "") -> list[Message]:
        """The prompt of an instance as messages, with its labels in the order they have.

        If there are several wordings, a keyed hash of the instance's id chooses one: the same in every build and
        evaluation.

        Args:
            instance: the question.
            hint: the format of an answer, for few-shot prompts (`HINT`).

        Raises:
            UserError: the pack has no template for this kind of question, or the template fails.
        """
        wordings = self._wordings(instance)
        digest = hashlib.blake2b(instance.id.encode(), digest_size=8, person=b"mnlu-wording").digest()
        return self._asked(wordings[int.from_bytes(digest, "big") % len(wordings)], instance, hint)

    def completion(self, instance: Instance) -> list[Message]:
        """The message that states an instance's gold answer."""
        task = tasks.TASKS[instance.task]
        return [{"role": "assistant", "content": task.write(instance.gold.answer, self.worded(instance))}]

    def prompts(self, instance: Instance) -> list[list[Message]]:
        """The same question in every wording."""
        return [self._asked(wording, instance) for wording in self._wordings(instance)]

    def check(self, kinds: Collection[str]) -> None:
        """Check that there is a template for each of these kinds of questions.

        Raises:
            UserError: one of them has no template.
        """
        for kind in tasks.TASKS:
            if kind in kinds and kind not in self.wordings:
                others = [name for name in available() if kind in load(name).wordings]
                raise UserError(
                    f"Pack '{self.name}' has no template for {kind} questions.",
                    f"these packs have one: {', '.join(others)}; or add {kind}.j2 and name {kind} in pack.yaml.",
                )

    def _wordings(self, instance: Instance) -> tuple[Wording, ...]:
        self.check((instance.task,))
        return self.wordings[instance.task]

    def _asked(self, wording: Wording, instance: Instance, hint: str = "") -> list[Message]:
        instruction = self.instructions.words(instance) if self.instructions else None
        shown = context(self.worded(instance), self.definitions, hint, instruction)
        return [{"role": "user", "content": wording.render(shown)}]


def context(
    instance: Instance, definitions: Definitions | None = None, hint: str = "", instruction: str | None = None
) -> dict[str, object]:
    """The variables that a template gets for an instance."""
    lines = options.lines(instance)
    names = [label.name for label in instance.labels]
    everything: dict[str, object] = {
        **instance.asked,
        "text": marked(instance.text, instance.marks).strip(),
        "types": names,
        "options": lines,
    }
    shown = {name: everything[name] for name in VARIABLES[instance.task]}
    if "types" in shown:
        shown[HINT] = hint
    if definitions:
        words = zip(lines if "options" in shown else names, definitions.of(instance), strict=True)
        shown[DEFINITIONS] = {name: meaning for name, meaning in words if meaning}
    if instruction is not None:
        shown[INSTRUCTION] = instruction
    return shown


def marked(text: str, spans: tuple[Span, ...]) -> str:
    """The text with each span written `[[span]]`, or `⟦span⟧` where the text itself has `[[`."""
    before, after = ("⟦", "⟧") if "[[" in text else ("[[", "]]")
    closing = [(end, 0) for _, end in spans]
    opening = [(start, 1) for start, _ in spans]
    pieces: list[str] = []
    position = 0
    for place, opens in sorted(closing + opening):
        pieces += (text[position:place], before if opens else after)
        position = place
    return "".join([*pieces, text[position:]])


def available() -> list[str]:
    """The packs that come with the package."""
    return [name.removesuffix("/pack.yaml") for name in assets.names("prompts", "*/pack.yaml")]


@cache
def load(name: str) -> Pack:
    """A pack by name, or a user's own by the path of its folder; `box:definition` is a variant of its instructions.

    Raises:
        UserError: no such pack or variant, or a broken one.
    """
    name, variant = _parted(name)
    folder = assets.folder("prompts") / name if name in available() else Path(name).resolve()
    if not folder.is_dir():
        raise unknown("prompt pack", name, available())
    if not (folder / "pack.yaml").is_file():
        raise UserError(f"{name} holds no pack.yaml.", "docs/prompts.md says what a prompt pack is made of.")
    declared = yaml_files.load(folder / "pack.yaml", PackFile)
    folders = (folder, *_extended(declared))
    meanings, words, told = (_found(folders, f"{name}.yaml") for name in (DEFINITIONS, CLAUSES, INSTRUCTIONS))
    if variant and not told:
        raise UserError(f"Pack '{name}' has no variants, as it has no {INSTRUCTIONS}.yaml.", f"name it '{name}'.")
    called = f"{folder.name}:{variant}" if variant else folder.name
    return Pack(
        called,
        f"{called}@{_digest(folders)}",
        declared.description,
        folders,
        {task: _wordings(folders, task) for task in declared.tasks},
        yaml_files.load(meanings, Definitions) if meanings else None,
        yaml_files.load(words, Clauses) if words else None,
        yaml_files.load(told, Instructions).variant(variant or ALL) if told else None,
        declared.letters,
        declared.unshown,
    )


def _parted(name: str) -> tuple[str, str]:
    """The name or path of a pack, and the variant after a colon, if one is named."""
    pack, _, variant = name.rpartition(":")
    return (pack, variant) if pack and not Path(name).is_dir() else (name, "")


def _found(folders: Sequence[Path], name: str) -> Path | None:
    """The first of some folders' files of a name."""
    return next((path for folder in folders if (path := folder / name).is_file()), None)


def _extended(declared: PackFile) -> tuple[Path, ...]:
    """The folders of the bundled pack that a pack extends, if any."""
    if declared.extends is None:
        return ()
    if declared.extends not in available():
        raise unknown("bundled prompt pack", declared.extends, available())
    return load(declared.extends).folders


def environment(folders: Sequence[Path]) -> ImmutableSandboxedEnvironment:
    """The Jinja environment of a pack's templates: no Python, nothing random; an undefined variable is an error."""
    found = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders), undefined=StrictUndefined, auto_reload=False
    )
    del found.filters["random"], found.globals["lipsum"]
    return found


def _wordings(folders: Sequence[Path], task: str) -> tuple[Wording, ...]:
    """The wordings of a kind of question, in the order of its file."""
    reading = environment(folders)
    assert reading.loader is not None
    own = next((folder for folder in folders if (folder / f"{task}.j2").is_file()), folders[0])
    place = f"{own.name}/{task}.j2"
    found: list[Wording] = []
    try:
        source, _, _ = reading.loader.get_source(reading, f"{task}.j2")
        sources = OR.split(source)
        for number, one in enumerate(sources, start=1):
            where = f"{place}, wording {number}" if len(sources) > 1 else place
            template = reading.from_string(one)
            template.globals = dict(template.globals)  # a ChainMap until here; its look-ups are half of the rendering
            found.append(Wording(where, one, template))
    except (TemplateError, UnicodeDecodeError) as error:
        at = f"{place}, wording {len(found) + 1}" if found else place
        raise UserError(f"{at}: {reason(error)}", "fix the template.") from error
    return tuple(found)


def reason(error: Exception) -> str:
    """Why a template failed: the error's name and message."""
    return f"{type(error).__name__}: {str(error).rstrip('.')}."


def _digest(folders: Sequence[Path]) -> str:
    """Eight hexadecimal digits of a hash over the names and contents of a pack's files."""
    digest = hashlib.blake2b(digest_size=4)
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
