"""Read run folders, as `mnlu eval` writes them: settings, predictions and scores."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import DecodeError, Struct, ValidationError, json

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions, stated
from mnlu_instruct.evaluation.evaluate import BASELINE, RUN, SCORES
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.evaluation.scorecard import Scorecard

T = TypeVar("T")


ELSEWHERE = frozenset({"system", "flips", "datasets", "averages"})
"""Entries of `run.json` that `Run` has in other fields."""


class Run(Struct, frozen=True):
    """A run as read from its folder.

    Args:
        system: its name in reports, unique among the runs read together.
        about: the other entries of `run.json`, in file order.
        flips: by data set, the share of answers that changed when questions were asked again.
        learnt_from: for a baseline, the split that it learnt from, by data sets of which that isn't the train split.
        unasked: the data sets of its suite that it has no answers to; empty where the suite isn't stated.
        card: its scores.
        lines: the predictions that were scored, by data set.
    """

    system: str
    about: Mapping[str, str]
    flips: Mapping[str, float]
    learnt_from: Mapping[str, str]
    unasked: tuple[str, ...]
    card: Scorecard
    lines: Mapping[str, Sequence[Line]]

    def learnt_the_test(self, dataset: str) -> bool:
        """Whether a baseline counted the gold answers that it is scored by."""
        lines = self.lines.get(dataset, ())
        return any(self.learnt_from.get(dataset) == line.prediction.split for line in lines[:1])

    @property
    def is_baseline(self) -> bool:
        """Whether its answers are a baseline's, not a model's."""
        return self.about.get("engine") == BASELINE


def read(folders: Sequence[Path]) -> tuple[Run, ...]:
    """Read runs, in the order given; runs of the same system get the names of their folders added.

    Raises:
        UserError: no run; a folder without scores or predictions, or with unreadable ones; scores that don't belong to
            the predictions; a run that is given twice; runs in which one id means different questions.
    """
    if not folders:
        raise UserError("No run to report on.", "give the folders that 'mnlu eval --out' wrote.")
    about = [_decoded(folder / RUN, dict[str, Any]) for folder in folders]
    systems = _systems(about, folders)
    runs = [_run(system, said, folder) for system, said, folder in zip(systems, about, folders, strict=True)]
    _agree(runs)
    return tuple(runs)


def _run(system: str, about: Mapping[str, Any], folder: Path) -> Run:
    card = _decoded(folder / SCORES, Scorecard)
    lines = predictions.read([folder])
    scored = {name: score.n for name, score in card.datasets.items()}
    said = {name: len(found) for name, found in lines.items()}
    for name in {**scored, **said}:
        if scored.get(name) != said.get(name):
            raise UserError(
                f"{folder / SCORES} has scores of {scored.get(name, 0):,} answers of {name}, "
                f"but there are {said.get(name, 0):,} predictions beside it.",
                f"score the predictions again: 'mnlu score {folder} --json'.",
            )
    for name, score in card.datasets.items():
        if score.headline not in score.metrics:
            raise UserError(f"{folder / SCORES} has no {score.headline} of {name}.", "score the predictions again.")
    flips, learnt = about.get("flips"), about.get("learnt_from")
    return Run(
        system,
        {key: _words(value) for key, value in about.items() if key not in ELSEWHERE and value is not None},
        flips if isinstance(flips, dict) else {},
        learnt if isinstance(learnt, dict) else {},
        tuple(name for name in stated.read([folder]).datasets if name not in card.datasets),
        card,
        lines,
    )


def _systems(about: Sequence[Mapping[str, Any]], folders: Sequence[Path]) -> list[str]:
    names = []
    for said, folder in zip(about, folders, strict=True):
        name = said.get("system")
        if not isinstance(name, str) or not name.strip():
            raise UserError(f"{folder / RUN} names no system.", 'add "system": the name to show in the report.')
        names.append(name.strip())
    often = Counter(names)
    shown = [
        f"{name} ({folder.resolve().name})" if often[name] > 1 else name
        for name, folder in zip(names, folders, strict=True)
    ]
    for name, count in Counter(shown).items():
        if count > 1:
            raise UserError(f"Two runs are called {name}.", "give each run once, with its own name in run.json.")
    return shown


def _agree(runs: Sequence[Run]) -> None:
    """Check that an id means the same question in all runs."""
    asked: dict[tuple[str, str], Line] = {}
    for run in runs:
        for name, lines in run.lines.items():
            for line in lines:
                first = asked.setdefault((name, line.instance.id), line)
                if (first.instance.text, first.instance.gold) != (line.instance.text, line.instance.gold):
                    raise UserError(
                        f"{line.origin}: {line.instance.id} of {name} is a different question at {first.origin}.",
                        "report only runs on the same test files together.",
                    )


def _decoded(path: Path, kind: type[T]) -> T:
    try:
        return json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{path} doesn't exist.", "a run is a folder that 'mnlu eval --out' wrote.") from error
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.", "check its permissions.") from error
    except ValidationError as error:
        raise UserError(f"{path}: {error}.", "was it changed after 'mnlu eval' wrote it?") from error
    except (DecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not JSON: {error}.", "did the run that writes it fail?") from error


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items())
    return value if isinstance(value, str) else json.encode(value).decode()
