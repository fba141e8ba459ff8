"""The scores of evaluation runs as the `model-index` of a model's card, which model hubs show."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from mnlu_instruct.dataset.card import CATEGORIES
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.runs import Run


class Results(Struct, frozen=True):
    """Scores, and in words those that are left out, with reasons.

    Args:
        entries: arguments of `huggingface_hub.EvalResult`; values ×100.
        left_out: one sentence for each run or data set.
    """

    entries: tuple[dict[str, Any], ...] = ()
    left_out: tuple[str, ...] = ()


def found(model: Path, runs: Sequence[Run]) -> Results:
    """The scores of a model's runs: each data set's headline metric, and the averages over whole suites.

    Scores of a part of a test set are left out: beside scores of the whole they would mislead.

    Raises:
        UserError: a run is of another model.
    """
    entries: list[dict[str, Any]] = []
    left_out: list[str] = []
    for run in runs:
        if Path(run.about.get("model", "")).resolve() != model.resolve():
            raise UserError(
                f"The run {run.system} is of the model {run.about.get('model', 'unknown')}, not of {model}.",
                "name a run that 'mnlu eval --model' made of this folder.",
            )
        entries += _entries(run)
        partly = [name for name, score in run.card.datasets.items() if not _whole(run, name)]
        left_out += [f"{run.system} answered {run.card.datasets[name].count} questions of {name}." for name in partly]
    return Results(tuple(entries), tuple(left_out))


def with_scores(text: str, name: str, results: Results) -> str:
    """A model's card with scores in its front matter; the same without scores."""
    if not results.entries:
        return text
    from huggingface_hub import EvalResult, ModelCard, ModelCardData  # noqa: PLC0415 (slow, and cards without scores don't need it)

    card = ModelCard(text, ignore_metadata_errors=True)
    data = cast(ModelCardData, card.data)
    data.model_name, data.eval_results = name, [EvalResult(**entry) for entry in results.entries]
    return str(card)


def _whole(run: Run, name: str) -> bool:
    score = run.card.datasets[name]
    return not score.sampled_from and not score.incomplete


def _entries(run: Run) -> Iterator[dict[str, Any]]:
    how = {key: run.about[key] for key in ("pack", "shots", "constrained", "by") if key in run.about}
    how["mode"] = run.card.mode
    for name, score in run.card.datasets.items():
        if not _whole(run, name):
            continue
        lines = run.lines[name]
        yield {
            "task_type": CATEGORIES[score.task],
            "dataset_type": name,
            "dataset_name": name,
            "dataset_split": lines[0].prediction.split,
            "metric_type": score.headline,
            "metric_name": f"{score.headline}, {run.card.mode}",
            "metric_value": round(100 * score.metrics[score.headline].value, 2),
            "metric_args": {**how, "questions": score.n},
        }
    for name, average in run.card.suites.items():
        if average.missing or not all(_whole(run, one) for one in run.card.datasets):
            continue
        yield {
            "task_type": "text-generation",
            "dataset_type": average.suite,
            "dataset_name": f"{name}, mean over {average.datasets} test sets",
            "metric_type": "mean",
            "metric_name": f"mean, {run.card.mode}",
            "metric_value": average.mean,
            "metric_args": how,
        }
