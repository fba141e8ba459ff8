"""Options that several commands share, with their tab completion."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mnlu_instruct.errors import UserError
from mnlu_instruct.scoring.modes import MODES

if TYPE_CHECKING:
    from mnlu_instruct.sources.declaration import Corpus

NAME = re.compile(r'\bname="([\w.-]+)"')
CORES = len(os.sched_getaffinity(0))


def complete_corpus(incomplete: str) -> list[str]:
    """Corpus names, for tab completion: read off the declarations' text, as importing them all takes much longer."""
    declared = (Path(__file__).parents[1] / "corpora").glob("*.py")
    names = (name for path in declared for name in NAME.findall(path.read_text("utf-8")))
    return sorted(name for name in names if name.startswith(incomplete))


def complete_task(incomplete: str) -> list[str]:
    """Task names, for tab completion of the last name in a comma-separated list."""
    from mnlu_instruct import tasks

    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in tasks.ORDER if name.startswith(last)]


def completing(folder: str) -> Callable[[str], list[str]]:
    """Tab completion of the recipes in a folder of `recipes/`, by name; "" is that of training recipes."""

    def complete(incomplete: str) -> list[str]:
        from mnlu_instruct import assets

        names = (Path(path).stem for path in assets.names("recipes", f"{folder}*.yaml"))
        return sorted(name for name in names if name.startswith(incomplete))

    return complete


def complete_run(incomplete: str) -> list[str]:
    """Folders of runs below `out/`, for tab completion."""
    return _with("run.json", incomplete)


def complete_model(incomplete: str) -> list[str]:
    """Folders of models below `out/`, for tab completion."""
    return _with("config.json", incomplete)


def _with(file: str, incomplete: str) -> list[str]:
    """Folders below `out/` (two levels at most) that have a file."""
    found = [*Path("out").glob(f"*/{file}"), *Path("out").glob(f"*/*/{file}")]
    return sorted(str(path.parent) for path in found if str(path.parent).startswith(incomplete))


def complete_pack(incomplete: str) -> list[str]:
    """Pack names, for tab completion."""
    from mnlu_instruct.prompting import packs

    return [name for name in packs.available() if name.startswith(incomplete)]


def complete_mode(incomplete: str) -> list[tuple[str, str]]:
    """Names of modes of counting, each with what counts as right, for tab completion."""
    return [(name, mode.what) for name, mode in MODES.items() if name.startswith(incomplete)]


def complete_suite(incomplete: str) -> list[str]:
    """Suite names, for tab completion."""
    from mnlu_instruct.catalogue import suites

    return [name for name in suites.available() if name.startswith(incomplete)]


DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the corpora.  [default: $MNLU_DATA or ~/.cache/mnlu/corpora]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document and nothing else.")]
CorpusName = Annotated[
    str,
    typer.Argument(
        autocompletion=complete_corpus,
        help="Corpus: a name, or the path of its declaration; FILE.py::NAME, if that declares several.",
    ),
]
TaskName = Annotated[str | None, typer.Option("--task", autocompletion=complete_task, help="Only this task.")]
PackName = Annotated[str, typer.Option("--pack", autocompletion=complete_pack, help="Prompt pack: a name or a folder.")]
SuiteName = Annotated[
    str | None, typer.Option("--suite", autocompletion=complete_suite, help="Benchmark suite: a name or a path.")
]
TestCorpora = Annotated[
    list[str] | None,
    typer.Option(
        "--corpus",
        autocompletion=complete_corpus,
        help="The test split of a corpus: a name, or a Python file that declares your own; FILE.py@dev for another "
        "split. Repeatable.",
    ),
]
OwnCorpora = Annotated[
    list[str] | None,
    typer.Option("--corpus", help="A Python file that declares a corpus of the predictions. Repeatable."),
]
ModeName = Annotated[
    str,
    typer.Option(
        "--mode",
        autocompletion=complete_mode,
        metavar="NAME",
        help="How answers are counted.\n\n" + "\n".join(f"- {one.name}: {one.what}" for one in MODES.values()),
    ),
]
Limit = Annotated[
    int | None, typer.Option(min=1, help="At most this many questions of each data set, always the same sample.")
]
Shots = Annotated[
    int,
    typer.Option(
        min=0,
        help="Few-shot: training examples before each NER question, as the paper gives to models without tuning.",
    ),
]
ShotsAs = Annotated[
    Literal["turns", "text"] | None,
    typer.Option(
        help="Examples as earlier turns of the chat, or as text before the question.  [default: turns; text for a "
        "model with the template plain]"
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Set a key of the recipe, as in trainer.max_steps=20; values are YAML. Repeatable."),
]
SkipMissing = Annotated[bool, typer.Option("--skip-missing", help="Leave out data sets whose files are missing.")]
Workers = Annotated[int, typer.Option(min=1, help="Number of worker processes.")]
Executor = Annotated[
    Literal["local", "ray"], typer.Option(help="Run in processes of this machine, or as tasks of a Ray cluster.")
]
Address = Annotated[
    str | None,
    typer.Option(help="Address of the Ray cluster: host:port, or `auto`.  [default: a new local one with --workers]"),
]


def asked(suite: str | None, corpora_named: list[str] | None, default: str | None = None) -> str:
    """The reference (`catalogue.suites`) of what `--suite` and `--corpus` name together.

    Raises:
        UserError: they name nothing, and there is no default.
    """
    named = [*([suite] if suite else []), *(corpora_named or [])] or ([default] if default else [])
    if not named:
        raise UserError(
            "Nothing says what to evaluate on.",
            "give --suite NAME ('mnlu suite list' has them), or --corpus FILE for a test set of your own.",
        )
    return ",".join(named)


def own(references: list[str] | None) -> "dict[str, Corpus]":
    """The corpora that `--corpus` names, by their own names."""
    from mnlu_instruct import corpora

    return {corpus.name: corpus for reference in references or () for corpus in corpora.named(reference).values()}


def split(names: str | None) -> list[str] | None:
    """The names in a comma-separated list; None if the option isn't given."""
    return None if names is None else [name.strip() for name in names.split(",") if name.strip()]


def joined(value: Any) -> str:
    """A value as a table cell: lists are joined by commas."""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
