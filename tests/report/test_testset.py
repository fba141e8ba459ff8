"""A data set by itself, and the means over those of a task or a domain: the runs' numbers, and nothing else."""

from pathlib import Path
from statistics import mean

import pytest
from msgspec.structs import replace

from mnlu_instruct.evaluation.runs import Run, read
from mnlu_instruct.report import answers, groups, overview, testset
from mnlu_instruct.report.plots import distribution, precision_recall
from mnlu_instruct.scoring.confusion import Confusion
from mnlu_instruct.scoring.scores import LabelScore
from mnlu_instruct.types import Label
from tests.scoring.helpers import DEMO

STS = Confusion(("0", "1", "2"), ("0", "1", "2", "unreadable"), ((3, 1, 0, 0), (1, 0, 0, 1), (0, 0, 0, 7)))


@pytest.fixture(scope="module")
def found(known: list[Path]) -> tuple[Run, ...]:
    return read(known)


def shown(name: str, runs: tuple[Run, ...]) -> testset.Testset:
    return testset.testset(name, runs, answers.judge(runs, name))


def confused(runs: tuple[Run, ...], name: str, confusion: Confusion) -> tuple[Run, ...]:
    """The first of the runs, with that confusion on a data set."""
    score = replace(runs[0].card.datasets[name], confusion=confusion)
    return (replace(runs[0], card=replace(runs[0].card, datasets={**runs[0].card.datasets, name: score})),)


@pytest.mark.parametrize("name", DEMO)
def test_every_metric_is_there_the_headline_first(name: str, found: tuple[Run, ...]) -> None:
    one = shown(name, found)
    for row, run in zip(one.measured, found, strict=True):
        score = run.card.datasets[name]
        assert len(row.metrics) == len(score.metrics)
        assert row.metrics[0] == (
            overview.number(overview.headline(score).value), overview.interval(overview.headline(score))
        )  # fmt: skip
        assert one.metrics[0] == overview.metric(score.headline)
    assert [(label.label, label.system) for label in one.labels] == [
        (label, place) for label in found[0].card.datasets[name].per_label for place in range(2)
    ]
    assert {label.system for label in one.labels} <= {0, 1}


@pytest.mark.parametrize("name", DEMO)
def test_every_answer_became_something(name: str, found: tuple[Run, ...]) -> None:
    one = shown(name, found)
    for row, run in zip(one.outcomes, found, strict=True):
        score = run.card.datasets[name]
        assert sum(row.counts.values()) == score.n and set(row.counts) <= set(one.verdicts)
        assert row.counts.get("unreadable", 0) / score.n == pytest.approx(score.unreadable)
    assert [row.shares.get("seen in training") for row in one.outcomes] == [None, "20.0 %"]
    assert ("changed when asked again" in one.shares) == (name == "demo-nli")


@pytest.mark.parametrize("name", DEMO)
def test_kinds_of_errors_add_up_to_false_positives_and_negatives(name: str, found: tuple[Run, ...]) -> None:
    one = shown(name, found)
    if found[0].card.datasets[name].task not in {"ner", "ete", "eae", "re", "dc"}:
        assert not one.kinds and not one.erred
        return
    for row, run in zip(one.erred, found, strict=True):
        counts = dict(zip(one.kinds, row.counts, strict=True))
        pairs = sum(counts.get(kind, 0) for kind in ("boundary", "type", "boundary and type"))
        labels = run.card.datasets[name].per_label.values()
        assert pairs + counts.get("invented", 0) == sum(label.fp for label in labels)
        assert pairs + counts.get("missed", 0) == sum(label.fn for label in labels)


def test_labels_without_a_letter_are_named(found: tuple[Run, ...]) -> None:
    lines = [
        replace(line, instance=replace(line.instance, labels=(Label("1", "it holds"), Label("0", "it doesn't"))))
        for line in found[0].lines["demo-nli"]
    ]
    score = replace(
        found[0].card.datasets["demo-nli"],
        confusion=Confusion(("0", "1"), ("0", "1", "unreadable"), ((1, 2, 0), (0, 3, 0))),
        per_label={"1": LabelScore(1, 0, 0, 1.0, 1.0, 1.0)},
    )
    run = replace(
        found[0],
        lines={**found[0].lines, "demo-nli": lines},
        card=replace(found[0].card, datasets={"demo-nli": score}),
    )
    one = testset.testset("demo-nli", [run], [()])
    assert [label.label for label in one.labels] == ["it holds"]
    assert one.confused[0].said == ("it doesn't", "it holds", "unreadable")
    assert [gold for gold, _ in one.confused[0].rows] == ["it doesn't", "it holds"]


def test_lengths_are_tokens_where_those_of_all_are_known(found: tuple[Run, ...]) -> None:
    one = shown("demo-ner", found)
    assert (one.prompt_unit, one.answer_unit) == ("words", "words")
    assert [drawn.kind for drawn in one.prompts] == ["all systems"]
    assert [drawn.kind for drawn in one.answers] == ["dictionary", "random <b>"]
    lines = [
        replace(line, prediction=replace(line.prediction, prompt_tokens=7, completion_tokens=place and 5))
        for place, line in enumerate(found[0].lines["demo-ner"])
    ]
    counted = (replace(found[0], lines={**found[0].lines, "demo-ner": lines}),)
    one = shown("demo-ner", counted)
    assert (one.prompt_unit, one.answer_unit) == ("tokens", "tokens")
    assert one.prompts[0].found.median == 7 and one.prompts[0].found.rows == len(lines)
    assert one.answers[0].kind == "dictionary, without 1 empty" and one.answers[0].found.rows == len(lines) - 1


def test_confusions_are_counts_with_shares_of_the_row(found: tuple[Run, ...]) -> None:
    (table,) = shown("demo-sts", confused(found, "demo-sts", STS)).confused
    assert table.said == STS.said and [gold for gold, _ in table.rows] == list(STS.gold)
    assert [[cell[0] for cell in cells] for _, cells in table.rows] == [list(row) for row in STS.counts]
    assert table.rows[0][1][0] == (3, "75.0 %", 7, True)
    assert table.rows[2][1][3] == (7, "100.0 %", 9, False)
    assert table.rows[2][1][0] == (0, "0 %", 0, False)


def test_predicted_scores_are_sums_of_columns_and_gold_ones_of_rows(found: tuple[Run, ...]) -> None:
    (drawn,) = shown("demo-sts", confused(found, "demo-sts", STS)).distributions
    assert [(bar.score, bar.gold, bar.predicted) for bar in drawn.bars] == [
        ("0", 4, 4), ("1", 2, 1), ("2", 7, 0), ("unreadable", 0, 8),
    ]  # fmt: skip
    assert drawn.description.startswith("0: gold 4, predicted 4; ")
    assert shown("demo-nli", confused(found, "demo-nli", STS)).distributions == ()
    none = distribution("x", 0, Confusion(("0",), ("0",), ((0,),)))
    assert [(bar.gold_height, bar.predicted_height) for bar in none.bars] == [(0.0, 0.0)]


def test_precision_and_recall_stand_on_one_line(found: tuple[Run, ...]) -> None:
    score = found[0].card.datasets["demo-re"]
    (span,) = precision_recall([(0, "dictionary", score)])
    precision, recall = score.metrics["precision"].value, score.metrics["recall"].value
    assert (span.precision, span.recall) == (overview.number(precision), overview.number(recall))
    assert float(span.above.replace("−", "-")) == pytest.approx(100 * (recall - precision), abs=0.11)
    assert (span.left < span.right) == (precision < recall)
    assert precision_recall([(0, "dictionary", found[0].card.datasets["demo-nli"])]) == ()


def test_means_by_task_and_domain(found: tuple[Run, ...]) -> None:
    tasks = {group.name: group for group in groups.by_task(found)}
    assert tasks["EE"].datasets == ("demo-ete", "demo-eae", "demo-eac")
    for place, run in enumerate(found):
        values = [overview.headline(run.card.datasets[name]).value for name in tasks["EE"].datasets]
        cell = tasks["EE"].cells[place]
        assert cell is not None and (cell.mean, cell.over) == (overview.number(mean(values)), "")
    domains = groups.by_domain(found)
    assert sorted(name for group in domains for name in group.datasets) == sorted(DEMO)


def test_a_mean_over_a_part_says_what_it_lacks(found: tuple[Run, ...]) -> None:
    few = {name: score for name, score in found[1].card.datasets.items() if name not in {"demo-eac", "demo-re"}}
    lines = {name: some for name, some in found[1].lines.items() if name in few}
    part = replace(found[1], card=replace(found[1].card, datasets=few), lines=lines)
    tasks = {group.name: group for group in groups.by_task((found[0], part))}
    cell = tasks["EE"].cells[1]
    assert cell is not None and (cell.over, cell.lacking) == ("2 of 3", "demo-eac")
    assert tasks["RE"].cells[1] is None
