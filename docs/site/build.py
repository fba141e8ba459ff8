"""The documentation as a site: the pages of docs/, and pages made from the code, so that these are never stale.

    python docs/site/build.py out/site-source      # then: zensical build --config-file out/site-source/zensical.toml

`make docs-site` does both. Links to files that are no pages become plain text.
"""

import inspect
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic import BaseModel
from typer.core import TyperGroup

from mnlu_instruct import corpora, markdown
from mnlu_instruct.ablation.recipe import AblationRecipe
from mnlu_instruct.ablation.study.recipe import StudyRecipe
from mnlu_instruct.catalogue import suites
from mnlu_instruct.cli import command
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.pointing.recipe import PointerRecipe
from mnlu_instruct.pretraining.recipe import PretrainRecipe
from mnlu_instruct.training.recipe import TrainRecipe
from mnlu_instruct.yaml_files import YamlModel

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
RECIPES: dict[str, tuple[type[YamlModel], str]] = {
    "build": (BuildRecipe, "`mnlu build --recipe`: what a data set is made of"),
    "pretrain": (PretrainRecipe, "`mnlu pretrain`, `accelerate launch train/infill.py`: what is pretrained, and how"),
    "train": (TrainRecipe, "`mnlu train`, `accelerate launch train/sft.py`: what is trained, and how"),
    "pointer": (PointerRecipe, "`mnlu pointer train`: what a model that points at words is trained on"),
    "merge": (MergeRecipe, "`mnlu merge`: what is merged, by which method"),
    "ablation": (AblationRecipe, "`mnlu ablate`: a grid of builds, trainings and evaluations"),
    "study": (StudyRecipe, "`mnlu ablate`: models, each fine-tuned for each test set, with few documents or all"),
    "suite": (suites.Suite, "`mnlu eval --suite`: test sets and averages"),
}
REFERENCE = {
    "declarations": (
        "Declarations",
        [
            "mnlu_instruct.sources.declaration",
            "mnlu_instruct.sources.origins",
            "mnlu_instruct.sources.relations",
            "mnlu_instruct.types",
        ],
    ),
    "readers": (
        "Readers",
        sorted(f"mnlu_instruct.readers.{path.stem}" for path in (ROOT / "mnlu_instruct/readers").glob("[a-z]*.py")),
    ),
    "tasks": (
        "Tasks",
        [
            "mnlu_instruct.tasks",
            *(
                f"mnlu_instruct.tasks.{name}"
                for name in ("ner", "re", "ere", "dc", "events", "nli", "qa", "sts", "summ")
            ),
        ],
    ),
    "scoring": (
        "Scoring",
        [
            "mnlu_instruct.scoring.scores",
            "mnlu_instruct.scoring.bootstrap",
            "mnlu_instruct.scoring.comparison",
            "mnlu_instruct.scoring.reference",
        ],
    ),
    "python": (
        "From Python",
        [
            "mnlu_instruct.dataset.build",
            "mnlu_instruct.catalogue.suites",
            "mnlu_instruct.evaluation.evaluate",
            "mnlu_instruct.evaluation.scorecard",
            "mnlu_instruct.evaluation.compare",
            "mnlu_instruct.prompting.packs",
        ],
    ),
}


def pages() -> dict[str, str]:
    """Every page and schema of the site, by its path."""
    found = {f"{path.stem}.md": path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
    found["index.md"] = (ROOT / "README.md").read_text("utf-8").replace("](docs/", "](")
    found = {name: _titled(_local(text, found)) for name, text in found.items()}
    found |= {f"commands/{'-'.join(path)}.md": _command(path, one) for path, one in _commands()}
    found["commands/index.md"] = _overview()
    for name, (model, words) in RECIPES.items():
        found[f"recipes/{name}.md"] = (
            f"# Keys of {name} files\n\n{words}. [JSON schema]({name}.schema.json), for editors.\n\n{_keys(model)}"
        )
        found[f"recipes/{name}.schema.json"] = json.dumps(model.model_json_schema(), indent=2) + "\n"
    for name, (title, modules) in REFERENCE.items():
        found[f"reference/{name}.md"] = f"# {title}\n\n" + "\n\n".join(f"::: {module}" for module in modules) + "\n"
    found["signatures.md"] = _signatures()
    return found


def write(out: Path) -> None:
    """Write the site's sources and its configuration into a folder, replacing it."""
    shutil.rmtree(out, ignore_errors=True)
    for name, text in pages().items():
        (out / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
        (out / "pages" / name).write_text(text, "utf-8")
    shutil.copy(HERE / "zensical.toml", out / "zensical.toml")
    for name in ("site.css", "site.js"):
        shutil.copy(HERE / name, out / "pages" / name)


def _local(text: str, names: dict[str, str]) -> str:
    """A page whose links to other files than pages are plain text."""

    def link(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        page = target.partition("#")[0]
        return found[0] if target.startswith(("http", "#")) or page in names else words

    return re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", link, text)


def _titled(text: str) -> str:
    """A page whose blocks of code have their file as a title; "```yaml mine.yaml" would be no block here."""

    def fence(found: re.Match[str]) -> str:
        language, words = found[1], found[2]
        return f'```{language} title="{words}"' if "." in words else f"```{language}"

    return re.sub(r"^```([a-z]+) (.+)$", fence, text, flags=re.M)


def _commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in command().commands.items():
        if isinstance(one, TyperGroup):
            yield from (((name, inner), sub) for inner, sub in one.commands.items())
            if one.callback and one.invoke_without_command:
                yield (name,), one
        else:
            yield (name,), one


def _overview() -> str:
    rows = [
        (f"[`mnlu {' '.join(path)}`]({'-'.join(path)}.md)", _first(one.help or "")) for path, one in sorted(_commands())
    ]
    return f"# Commands\n\n{markdown.table(('command', 'what it does'), rows)}"


def _command(path: tuple[str, ...], one: Any) -> str:
    """The page of a command: its help, then its arguments and options."""
    context = typer.Context(one, info_name=f"mnlu {' '.join(path)}")
    usage = " ".join([context.info_name or "", *one.collect_usage_pieces(context)])
    rows = []
    for parameter in one.params:
        if getattr(parameter, "hidden", False):
            continue
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        words = (getattr(parameter, "help", None) or "").replace("\n- ", " <br>")
        rows.append((names, " ".join(words.split()).replace("|", r"\|")))
    table = markdown.table(("option", "what it is"), rows) if rows else ""
    return f"# mnlu {' '.join(path)}\n\n```console\n$ {usage}\n```\n\n{inspect.cleandoc(one.help or '')}\n\n{table}"


def _keys(model: type[BaseModel], level: int = 2, seen: frozenset[type] = frozenset()) -> str:
    """The keys of a model, then those of the models inside it."""
    about = described(model)
    rows = []
    inner: dict[str, type[BaseModel]] = {}
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"`{_shown(field.get_default(call_default_factory=True))}`"
        rows.append((f"`{name}`", default, about.get(name, "").replace("|", r"\|")))
        inner |= {f"{name}": one for one in _models(field.annotation) if one not in seen}
    parts = [_first(model.__doc__ or ""), markdown.table(("key", "default", "meaning"), rows)]
    for name, one in inner.items():
        parts.append(f"{'#' * level} `{name}`\n\n{_keys(one, level + 1, seen | {model, one})}")
    return "\n\n".join(filter(None, parts))


def described(model: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of a model and its bases say of its keys."""
    found: dict[str, str] = {}
    for one in (one for one in reversed(model.__mro__) if issubclass(one, YamlModel)):
        _, _, attributes = inspect.cleandoc(one.__doc__ or "").partition("Attributes:\n")
        for entry in re.split(r"^ {4}(?=\w)", attributes, flags=re.MULTILINE)[1:]:
            name, _, words = entry.partition(":")
            found[name] = " ".join(words.split())
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        return "…"
    return json.dumps(value, default=str, ensure_ascii=False)


def _first(words: str) -> str:
    return inspect.cleandoc(words).partition("\n\n")[0].replace("\n", " ").replace("|", r"\|")


def _signatures() -> str:
    """Which test sets of the paper need what before anyone gets their files."""
    rows = []
    for dataset in suites.load("paper").datasets:
        corpus = corpora.get(dataset.corpus)
        rows.append((dataset.name, dataset.task, corpus.source.access, corpus.source.advice, corpus.licence))
    words = (
        "The 15 test sets of BioMistral-NLU's Table 5. *open*: anyone may download it; *registration*: after "
        "registering; *dua*: after signing an agreement, often as an institution. "
        "[corpora.md](corpora.md) has all corpora."
    )
    head = ("test set", "task", "access", "how to get it", "licence")
    return f"# What must be signed for which test set\n\n{words}\n\n{markdown.table(head, rows)}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
