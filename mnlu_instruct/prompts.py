"""Prompt packs: a folder with a `pack.yaml` and one Jinja template a kind of question.

A template sees the words of the question and never its answer (`VARIABLES`), so no pack can leak or change the gold.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mnlu_instruct import assets, declarations, tasks
from mnlu_instruct.answers import options
from mnlu_instruct.declarations import Declaration
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.types import Instance, Span, TaskName

PAIR = ("type_1", "span_1", "type_2", "span_2")
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "ner": ("types", "text"),
    "ete": ("types", "text"),
    "eae": ("attribute", "trigger", "span", "text"),
    "eac": ("attribute", "trigger", "span", "text", "options"),
    "dc": ("what", "text", "options"),
    "re": (*PAIR, "text", "options"),
    "qa": ("question", "text", "options"),
    "nli": ("premise", "hypothesis", "options"),
    "sts": ("sentence_1", "sentence_2", "options"),
    "summ": ("summary", "text"),
}
"""What a template can and must use, by kind of question: `types` and `options` are lists of strings, `text` has the
mentions asked about in `[[ ]]`."""

Message = dict[str, str]


class PackFile(Declaration):
    """What a `pack.yaml` says."""

    description: str
    tasks: tuple[TaskName, ...]


@dataclass(frozen=True)
class Pack:
    """A prompt pack, loaded; `label` (`name@hash`) changes with every file of its folder."""

    name: str
    label: str
    description: str
    folder: Path
    templates: Mapping[str, Template]

    def prompt(self, instance: Instance) -> list[Message]:
        """The messages that ask an instance's question, with its labels in the order they have.

        Raises:
            UserError: the pack has no template for this kind of question, or the template fails.
        """
        if instance.task not in self.templates:
            raise UserError(f"Pack '{self.name}' has no template for '{instance.task}'.", "choose another pack.")
        try:
            content = self.templates[instance.task].render(context(instance))
        except TemplateError as error:
            raise UserError(f"Pack '{self.name}', {instance.task}.j2: {error}.", "see 'mnlu prompts lint'.") from error
        return [{"role": "user", "content": content}]


def completion(instance: Instance) -> list[Message]:
    """The message that states an instance's gold answer; every pack has the same."""
    answer = tasks.TASKS[instance.task].write(instance.gold.answer, instance)
    return [{"role": "assistant", "content": answer}]


def context(instance: Instance) -> dict[str, object]:
    """What a template sees of an instance."""
    shown: dict[str, object] = {
        **instance.asked,
        "text": marked(instance.text, instance.marks).strip(),
        "types": [label.name for label in instance.labels],
        "options": options.lines(instance.labels),
    }
    return {name: shown[name] for name in VARIABLES[instance.task]}


def marked(text: str, spans: tuple[Span, ...]) -> str:
    """The text with each span written `[[span]]`, or `⟦span⟧` where the text itself has `[[`."""
    before, after = ("⟦", "⟧") if "[[" in text else ("[[", "]]")
    closing = [(end, 0, after) for _, end in spans]
    opening = [(start, 1, before) for start, _ in spans]
    pieces, position = [], 0
    for place, _, mark in sorted(closing + opening):
        pieces += [text[position:place], mark]
        position = place
    return "".join([*pieces, text[position:]])


def available() -> list[str]:
    """The packs that come with the package."""
    return [name.removesuffix("/pack.yaml") for name in assets.names("prompts", "*/pack.yaml")]


@cache
def load(name: str) -> Pack:
    """A pack by name, or a user's own by the path of its folder.

    Raises:
        UserError: no such pack, or a broken one.
    """
    folder = assets.folder("prompts") / name if name in available() else Path(name)
    if not (folder / "pack.yaml").is_file():
        raise unknown("prompt pack", name, available())
    declared = declarations.load(folder / "pack.yaml", PackFile)
    environment = _environment(folder)
    templates: dict[str, Template] = {}
    for task in declared.tasks:
        try:
            templates[task] = environment.get_template(f"{task}.j2")
        except TemplateError as error:
            raise UserError(
                f"Pack '{name}', {task}.j2: {type(error).__name__}: {error}.", "mend the template."
            ) from error
    return Pack(folder.name, f"{folder.name}@{_digest(folder)}", declared.description, folder, templates)


def lint(pack: Pack, samples: Mapping[str, Instance]) -> Iterator[str]:
    """What is wrong with a pack, one sentence each, given a sample instance of every kind of question."""
    environment = _environment(pack.folder)
    for task in pack.templates:
        used = set(_variables(environment, f"{task}.j2"))
        for name in sorted(used - set(VARIABLES[task])):
            yield f"{task}.j2 uses '{name}', which {task} questions don't have; they have {', '.join(VARIABLES[task])}"
        for name in VARIABLES[task]:
            if name not in used:
                yield f"{task}.j2 doesn't show '{name}'"
        if used == set(VARIABLES[task]):
            yield from _misses(pack, samples[task])


def _misses(pack: Pack, sample: Instance) -> Iterator[str]:
    """What of a sample's question its prompt doesn't show word for word."""
    try:
        (message,) = pack.prompt(sample)
    except UserError as error:
        yield error.message
        return
    for name, value in context(sample).items():
        for words in value if isinstance(value, list) else [str(value)]:
            if words not in message["content"]:
                yield f"{sample.task}.j2 changes or drops a part of '{name}': {words!r}"


def _variables(environment: ImmutableSandboxedEnvironment, template: str) -> Iterator[str]:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, template)
    tree = environment.parse(source)
    yield from meta.find_undeclared_variables(tree)
    for included in meta.find_referenced_templates(tree):
        if included:
            yield from _variables(environment, included)


def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=False)


def _digest(folder: Path) -> str:
    """Eight hexadecimal digits of a hash over the names and contents of a pack's files."""
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(folder.glob("*")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
