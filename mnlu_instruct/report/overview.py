"""The tables of scores: data sets by systems, and averages. All numbers are those of the runs."""

from collections.abc import Sequence

from msgspec import Struct

from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.scoring.scores import Estimate, Score

METRICS = {
    "f1": "F1",
    "f1_token": "word-level F1",
    "f1_token_macro": "word-level macro F1",
    "f1_example": "example-based F1",
    "f1_exact": "F1, names to the letter",
    "f1_with_relations": "F1 of texts with relations",
    "exact_match": "texts all right",
    "f1_macro_positive": "macro F1",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "pearson": "Pearson’s r",
    "spearman": "Spearman’s ρ",
    "rougeL": "ROUGE-L",
    "rouge1": "ROUGE-1",
    "rougeLsum": "ROUGE-Lsum",
    "bleu": "BLEU",
    "bertscore": "BERTScore",
    "rouge2": "ROUGE-2",
}


SAMPLES = "on samples of questions: not comparable"
"""What is said of an average of such scores."""


LEARNT = "counted in the test set’s own answers"
"""What is said of a baseline that had nothing else to learn from."""


class Cell(Struct, frozen=True):
    """A system's score on a data set, formatted.

    Args:
        seen: the share of the questions whose texts the system was trained on, if that is known.
        note: how many questions it answered, if not all of the data set's, or not those of the other systems.
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
        n: how many questions, of how many if they are a sample; empty unless all systems answered the same (`same`).
        sample: that they are a sample, in words; empty if they aren't, or not the same for all systems.
    """

    dataset: str
    metric: str
    n: str
    same: bool
    cells: tuple[Cell | None, ...]
    sample: str = ""

    @property
    def measured(self) -> str:
        """The metric, and the sample that it was measured on, if it was."""
        return f"{self.metric}, {self.sample}" if self.sample else self.metric


class AverageCell(Struct, frozen=True):
    """A system's average: the mean over data sets, the mean over tasks of their means, and what it covers."""

    mean: str
    task_macro: str
    over: str
    missing: str
    best: bool
    interval: str = ""
    note: str = ""


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
    return tuple(_average_row(name, runs, same) for name in names)


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
    best = (
        _best(runs, [None if score is None else headline(score).value for score in scores])
        if same and _alike(runs)
        else None
    )
    cells = [
        None if score is None else _cell(name, run, score, run is best, same)
        for run, score in zip(runs, scores, strict=True)
    ]
    names = dict.fromkeys(metric(score.headline) for score in found)
    words = " / ".join(names)
    return Row(name, words, found[0].count if same else "", same, tuple(cells), sampled(found[0]) if same else "")


def _alike(runs: Sequence[Run]) -> bool:
    """Whether all were scored in the same mode, so that their scores can be compared."""
    return len({run.card.mode for run in runs}) == 1


def _cell(name: str, run: Run, score: Score, best: bool, same: bool) -> Cell:
    estimate = headline(score)
    note = f"incomplete: {score.incomplete}" if score.incomplete else "" if same else f"n = {score.n:,}"
    note = note if same else sampled(score) or note
    note = "; ".join(filter(None, (note, LEARNT if run.learnt_the_test(name) else "")))
    return Cell(
        run.system,
        number(estimate.value),
        interval(estimate),
        percent(score.unreadable),
        "" if score.seen is None else percent(score.seen),
        best,
        note,
    )


def sampled(score: Score) -> str:
    """That a score is of a sample of its data set's questions (`--limit`), in words; empty if it isn't."""
    return f"{score.count} questions: not comparable" if score.sampled_from else ""


def on_samples(run: Run) -> bool:
    """Whether a run asked samples of questions, so that its averages can't be compared with others."""
    return any(score.sampled_from for score in run.card.datasets.values())


def _best(runs: Sequence[Run], values: Sequence[float | None]) -> Run | None:
    """The run with the highest value, of at least two that aren't baselines; None if two of them share it as shown."""
    there = {
        run.system: round(value, 3)
        for run, value in zip(runs, values, strict=True)
        if value is not None and not run.is_baseline
    }
    highest = [run for run in runs if run.system in there and there[run.system] == max(there.values())]
    return highest[0] if len(there) > 1 and len(highest) == 1 else None


def _average_row(name: str, runs: Sequence[Run], same: bool) -> AverageRow:
    found = [run.card.suites.get(name) for run in runs]
    there = [average for average in found if average is not None]
    same = same and len({(average.suite, average.datasets, average.missing) for average in there}) == 1
    best = _best(runs, [None if one is None else one.mean / 100 for one in found]) if same else None
    cells = [
        None
        if average is None
        else AverageCell(
            number(average.mean / 100),
            number(average.task_macro / 100),
            average.over,
            ", ".join(average.missing),
            run is best,
            "" if average.interval is None else f"[{', '.join(number(end / 100) for end in average.interval)}]",
            SAMPLES if on_samples(run) else "",
        )
        for run, average in zip(runs, found, strict=True)
    ]
    suites = [suite for suite in dict.fromkeys(average.suite for average in there) if suite != name]
    return AverageRow(f"{name} ({', '.join(suites)})" if suites else name, tuple(cells))
