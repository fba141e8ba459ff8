"""The tables of scores: data sets by systems, and averages. All numbers are those of the runs."""

from collections.abc import Sequence

from msgspec import Struct

from mnlu_instruct.catalogue.suites import Average
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.scoring.scores import Estimate, Score

METRICS = {
    "f1": "F1",
    "f1_token": "word-level F1",
    "f1_token_macro": "word-level macro F1",
    "f1_example": "example-based F1",
    "f1_macro_positive": "macro F1",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "pearson": "Pearson’s r",
    "spearman": "Spearman’s ρ",
    "rougeL": "ROUGE-L",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
}


class Cell(Struct, frozen=True):
    """A system's score on a data set, formatted.

    Args:
        seen: the share of the questions whose texts the system was trained on, if that is known.
        note: how many questions it answered, if not all, or not those of the other systems.
    """

    system: str
    value: str
    interval: str
    unreadable: str
    seen: str
    best: bool
    note: str = ""


class Row(Struct, frozen=True):
    """A data set and each system's score on it; None for systems without one.

    Args:
        n: the number of questions; empty unless all systems answered the same ones (`same`).
    """

    dataset: str
    metric: str
    n: str
    same: bool
    cells: tuple[Cell | None, ...]


class AverageCell(Struct, frozen=True):
    """A system's average: the mean over data sets, the mean over tasks of their means, and what it covers."""

    mean: str
    task_macro: str
    over: str
    missing: str
    best: bool


class AverageRow(Struct, frozen=True):
    """An average; `title` is its name, with the suite if that has another name."""

    title: str
    cells: tuple[AverageCell | None, ...]


def datasets(runs: Sequence[Run]) -> tuple[str, ...]:
    """The data sets on which any run has a score, in the order of first occurrence."""
    return tuple(dict.fromkeys(name for run in runs for name in run.card.datasets))


def rows(runs: Sequence[Run]) -> tuple[Row, ...]:
    """One row per data set."""
    return tuple(_row(name, runs) for name in datasets(runs))


def averages(runs: Sequence[Run]) -> tuple[AverageRow, ...]:
    """One row per average that any run has, sorted by name."""
    names = sorted({name for run in runs for name in run.card.suites})
    same = _alike(runs) and all(row.same for row in rows(runs))
    return tuple(_average_row(name, [run.card.suites.get(name) for run in runs], same) for name in names)


def metric(name: str) -> str:
    """A metric's name on the page."""
    return METRICS.get(name, name)


def number(value: float) -> str:
    """A fraction of 1, ×100, to one decimal; with a real minus sign."""
    rounded = round(100 * value, 1) + 0.0
    return f"{rounded:.1f}".replace("-", "−")


def interval(estimate: Estimate) -> str:
    """A 95 % interval."""
    return f"[{number(estimate.low)}, {number(estimate.high)}]"


def percent(share: float) -> str:
    """A share in percent; one above 0 never shows as 0."""
    return "0 %" if share == 0 else "< 0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


def headline(score: Score) -> Estimate:
    """The estimate of a data set's headline metric."""
    return score.metrics[score.headline]


def _row(name: str, runs: Sequence[Run]) -> Row:
    scores = [run.card.datasets.get(name) for run in runs]
    found = [score for score in scores if score is not None]
    ids = {frozenset(line.instance.id for line in run.lines[name]) for run in runs if name in run.lines}
    same = len(ids) == 1 and len({score.headline for score in found}) == 1
    best = _best([headline(score).value for score in found]) if same and _alike(runs) else None
    cells = [
        None if score is None else _cell(run.system, score, best, same) for run, score in zip(runs, scores, strict=True)
    ]
    names = dict.fromkeys(metric(score.headline) for score in found)
    return Row(name, " / ".join(names), f"{found[0].n:,}" if same else "", same, tuple(cells))


def _alike(runs: Sequence[Run]) -> bool:
    """Whether all were scored in the same mode, so that their scores can be compared."""
    return len({run.card.mode for run in runs}) == 1


def _cell(system: str, score: Score, best: str | None, same: bool) -> Cell:
    estimate = headline(score)
    note = f"incomplete: {score.incomplete}" if score.incomplete else "" if same else f"n = {score.n:,}"
    return Cell(
        system,
        number(estimate.value),
        interval(estimate),
        percent(score.unreadable),
        "" if score.seen is None else percent(score.seen),
        number(estimate.value) == best,
        note,
    )


def _best(values: Sequence[float]) -> str | None:
    """The highest value as shown; None if all values are shown alike, or there is only one."""
    return number(max(values)) if len(set(map(number, values))) > 1 else None


def _average_row(name: str, found: Sequence[Average | None], same: bool) -> AverageRow:
    there = [average for average in found if average is not None]
    same = same and len({(average.suite, average.datasets, average.missing) for average in there}) == 1
    printed = {average.mean for average in there}
    best = max(printed) if same and len(printed) > 1 else None
    cells = [
        None
        if average is None
        else AverageCell(
            number(average.mean / 100),
            number(average.task_macro / 100),
            average.over,
            ", ".join(average.missing),
            average.mean == best,
        )
        for average in found
    ]
    suites = [suite for suite in dict.fromkeys(average.suite for average in there) if suite != name]
    return AverageRow(f"{name} ({', '.join(suites)})" if suites else name, tuple(cells))
