"""Options that several commands share, with their tab completion."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from mnlu_instruct import corpora, tasks

CORES = len(os.sched_getaffinity(0))


def complete_corpus(incomplete: str) -> list[str]:
    """Corpus names, for tab completion."""
    return [name for name in corpora.registry() if name.startswith(incomplete)]


def complete_task(incomplete: str) -> list[str]:
    """Task names, for tab completion; of a list, the last."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in tasks.ORDER if name.startswith(last)]


def complete_pack(incomplete: str) -> list[str]:
    """Pack names, for tab completion."""
    from mnlu_instruct.prompting import packs

    return [name for name in packs.available() if name.startswith(incomplete)]


def complete_suite(incomplete: str) -> list[str]:
    """Suite names, for tab completion."""
    from mnlu_instruct.catalogue import suites

    return [name for name in suites.available() if name.startswith(incomplete)]


DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where corpus folders lie.  [default: $MNLU_DATA or ~/.cache/mnlu/corpora]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
CorpusName = Annotated[str, typer.Argument(autocompletion=complete_corpus, help="A corpus, or the path of its file.")]
TaskName = Annotated[str | None, typer.Option("--task", autocompletion=complete_task, help="Only this task.")]
PackName = Annotated[str, typer.Option("--pack", autocompletion=complete_pack, help="Prompt pack: a name or a folder.")]
SuiteName = Annotated[
    str, typer.Option("--suite", autocompletion=complete_suite, help="A benchmark suite: a name or a path.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many questions of each data set, a fixed draw.")]
Shots = Annotated[
    int,
    typer.Option(
        min=0,
        help="So many training examples before each NER question, as the paper shows to untuned models.",
    ),
]
SkipMissing = Annotated[bool, typer.Option("--skip-missing", help="Leave out data sets whose files are not there.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes.")]


def split(names: str | None) -> list[str] | None:
    """Names that commas separate; None where the option isn't given."""
    return None if names is None else [name.strip() for name in names.split(",") if name.strip()]


def joined(value: Any) -> str:
    """A cell of a table: a list in words."""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
