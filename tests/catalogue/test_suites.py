"""Suites: what they list, what is lacking, their averages; the published table gives its own averages."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import compare, evaluate, published, scorecard
from mnlu_instruct.evaluation.questions import Settings
from tests.support import FIXTURES

PRINTED: dict[str, dict[str, tuple[float, float | None]]] = {
    "ChatGPT": {"blurb": (53.4, 54.4)},
    "GPT-4": {"blurb": (59.7, 61.2)},
    "LLaMA-3.1-8B": {"blurb": (44.9, 46.2), "blue": (41.9, None)},
    "BioMistral-7B Baseline": {"blurb": (42.7, 46.1), "blue": (39.2, None)},
    "BioMistral-7B MNLU": {"blurb": (62.4, 64.0), "blue": (56.5, None)},
}
"""System → average → (mean as the paper prints it, task macro as BLURB computes it)."""


HEADLINES = {
    "ebm-pico": "f1_token",
    "pubmedqa": "accuracy",
    "bioasq": "accuracy",
    "mednli": "accuracy",
    "biosses": "pearson",
    "medsts": "pearson",
}
"""The metric that stands for a test set; for the others the F1 of their entities, classes, or positive relations."""


BENCHMARKS = {("blurb", "ebm-pico"): "f1_token_macro", ("blue", "hoc"): "f1_example"}
"""Where a benchmark reports another metric than the paper does."""


def scores(values: Mapping[str, float]) -> suites.Scores:
    """Scores with one metric each."""
    return {name: {"f1": value} for name, value in values.items()}


@pytest.mark.parametrize("column", published.load("table5").columns, ids=lambda column: column.system)
def test_the_papers_columns_give_its_averages(column: published.Column) -> None:
    found = suites.load("paper").average(scores({name: score / 100 for name, score in column.scores.items()}))
    for name, (mean, task_macro) in PRINTED[column.system].items():
        assert found[name].mean == mean == column.averages[name]
        assert task_macro is None or found[name].task_macro == task_macro
        assert not found[name].missing
    assert column.averages.keys() == PRINTED[column.system].keys()


GROUPS = {
    ("BioMistral-7B Baseline", "paper-ner"): (33.7, 33.7),
    ("BioMistral-7B Baseline", "paper-others"): (8.2, 8.1),
    ("GPT-4", "paper-ner"): (9.7, 9.7),
    ("GPT-4", "paper-blurb-others"): (-5.4, -3.4),
    ("ChatGPT", "paper-blurb-others"): (2.0, 2.0),
}
"""Another system, a group of data sets → how far above it the paper's text puts its own; what the columns say."""


@pytest.mark.parametrize(("system", "group"), GROUPS)
def test_the_papers_groups(system: str, group: str) -> None:
    table, suite = published.load("table5"), suites.load("paper")
    columns = {column.system: column.scores for column in table.columns}
    members = suite.averages[group]
    gains = [columns["BioMistral-7B MNLU"][name] - columns[system][name] for name in members]
    printed, computed = GROUPS[system, group]
    assert round(sum(gains) / len(gains), 1) == computed
    told = [slip for slip in table.slips if f" {abs(printed)} " in slip and slip.endswith(f" {abs(computed)}.")]
    assert bool(told) == (printed != computed)
    means = [
        suite.average(scores({name: score / 100 for name, score in columns[one].items()}))[group].mean
        for one in ("BioMistral-7B MNLU", system)
    ]
    assert means[0] - means[1] == pytest.approx(computed, abs=0.1001)


def test_every_data_set_of_the_paper_is_in_one_group() -> None:
    suite = suites.load("paper")
    groups = [*suite.averages["paper-ner"], *suite.averages["paper-others"]]
    assert sorted(groups) == sorted(dataset.name for dataset in suite.datasets)
    assert set(suite.averages["paper-blurb-others"]) == set(suite.averages["blurb"]) & set(groups[6:])
    assert {dataset.task for dataset in suite.datasets if dataset.name in groups[:6]} == {"ner"}


def test_the_published_table_is_about_the_papers_suite() -> None:
    table = published.load("table5")
    names = {dataset.name for dataset in suites.load(table.suite).datasets}
    assert len(names) == 15
    assert table.metrics.keys() == table.instances.keys() == names
    assert [column.system for column in table.columns] == list(PRINTED)
    for column in table.columns:
        assert names - column.scores.keys() <= {"i2b2-2010", "mednli"}
    mnlu, gpt4 = table.columns[-1].scores, table.columns[1].scores
    others = [name for name in gpt4 if "entity" not in table.metrics[name] and "token" not in table.metrics[name]]
    assert round(sum(gpt4[name] - mnlu[name] for name in others) / len(others), 1) == 3.4


@pytest.mark.parametrize(("name", "count"), [("demo", 10), ("paper", 15), ("blurb", 13), ("blue", 10)])
def test_bundled_suites(name: str, count: int) -> None:
    suite = suites.load(name)
    assert suite.name == name in suites.available()
    assert len(suite.datasets) == count
    if name != "paper":
        assert suite.averages == {name: tuple(dataset.name for dataset in suite.datasets)}


@pytest.mark.parametrize("name", ["paper", "blurb", "blue"])
def test_every_test_set_has_a_corpus_and_is_scored_by_its_headline_metric(name: str, tmp_path: Path) -> None:
    suite = suites.load(name)
    assert not {dataset.name for dataset in suite.datasets if dataset.lacks(FIXTURES)}
    scored = evaluate.evaluate("random", "baseline", suite, FIXTURES, tmp_path / "run", Settings(), print)
    found = {dataset: one.headline for dataset, one in scored.datasets.items()}
    assert found == {
        dataset.name: BENCHMARKS.get((name, dataset.name), HEADLINES.get(dataset.name, "f1"))
        for dataset in suite.datasets
    }
    for dataset in suite.datasets:
        assert HEADLINES.get(dataset.name, "f1") == next(iter(scored.datasets[dataset.name].metrics))
        assert {*scored.datasets[dataset.name].metrics} <= {*get_args(suites.Metric)}
    again = scorecard.score([tmp_path / "run"], {})
    assert {dataset: one.headline for dataset, one in again.datasets.items()} == found
    compared = compare.compare(tmp_path / "run", tmp_path / "run")
    assert {dataset: one.difference.metric for dataset, one in compared.datasets.items()} == found
    assert found.keys() == {member for members in suite.averages.values() for member in members}


def test_blurb_has_six_task_types() -> None:
    types = [dataset.task_type for dataset in suites.load("blurb").datasets]
    assert sorted(set(types)) == ["dc", "ner", "pico", "qa", "re", "sts"]
    assert [dataset.task_type for dataset in suites.load("demo").datasets].count("ee") == 3


def test_what_is_lacking(tmp_path: Path) -> None:
    demo = suites.load("demo")
    assert not any(dataset.lacks(tmp_path) for dataset in demo.datasets)
    lacks = {dataset.name: dataset.lacks(tmp_path) for dataset in suites.load("blurb").datasets}
    assert lacks["bc2gm"].endswith(f"is not in {tmp_path / 'bc2gm'}")
    assert not suites.load("blurb").datasets[0].lacks(FIXTURES)
    changed = demo.datasets[0].model_copy
    assert changed(update={"corpus": "none-such"}).lacks(tmp_path) == "its corpus is not registered"
    assert changed(update={"split": "dev"}).lacks(tmp_path) == "demo-ner has no split 'dev'"
    assert changed(update={"task": "qa"}).lacks(tmp_path) == "demo-ner has no qa questions"


def test_an_average_says_what_it_is_over() -> None:
    found = suites.load("blurb").average(scores({"bc2gm": 0.5, "jnlpba": 0.25, "biosses": 0.9, "mednli": 0.1}))
    assert list(found) == ["blurb"]
    assert found["blurb"].over == "over 3 of 13"
    assert "chemprot" in found["blurb"].missing
    assert found["blurb"].mean == 55.0
    assert found["blurb"].task_macro == round((37.5 + 90) / 2, 1)
    assert suites.load("blurb").average(scores({"mednli": 0.1})) == {}


def test_a_suite_averages_the_metric_that_it_reports_where_there_is_such() -> None:
    both = {"f1_token": 0.5, "f1_token_macro": 0.25}
    assert suites.load("blurb").average({"ebm-pico": both})["blurb"].mean == 25.0
    assert suites.load("paper").average({"ebm-pico": both})["blurb"].mean == 50.0
    assert suites.load("blurb").average({"ebm-pico": {"f1": 0.75}})["blurb"].mean == 75.0
    assert suites.load("blue").average({"hoc": {"f1": 0.5, "f1_example": 0.75}})["blue"].mean == 75.0


def test_averages_are_of_the_suite_that_has_more_of_what_was_scored() -> None:
    names = [dataset.name for dataset in suites.load("blurb").datasets]
    own = suites.averages(scores(dict.fromkeys(names, 0.5)))
    assert (own["blurb"].suite, own["blurb"].over) == ("blurb", "over 13 of 13")
    papers = suites.averages(scores(dict.fromkeys(["hoc" if name == "hoc-blurb" else name for name in names], 0.5)))
    assert (papers["blurb"].suite, papers["blurb"].over) == ("paper", "over 13 of 13")
    assert suites.averages(scores({"gad": 0.5}))["blurb"].suite == "blurb"
    assert suites.averages(scores({"mine": 0.5})) == {}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("name: x\ndescription: y\ndataset: []\n", "'dataset'.*\n?.*did you mean datasets"),
        ("name: x\ndescription: y\ndatasets:\n  - {name: a, corpus: b, tusk: ner}\n", "'tusk'.*\n?.*did you mean task"),
        ("name: x\ndescription: y\ndatasets:\n  - {name: a, corpus: b, task: nerd}\n", "datasets.0.task"),
        ("name: x\ndescription: y\ndatasets:\n  - {name: a, corpus: b, task: ner, headline: f1_tokn}\n", "headline"),
        ("name: x\ndescription: y\ndatasets: [{name: a, corpus: b, task: ner}]\naverages: {x: [aa]}", "data set"),
        (
            "name: x\ndescription: y\ndatasets: [{name: a, corpus: b, task: ner}, {name: a, corpus: c, task: re}]",
            "twice",
        ),
    ],
)
def test_mistakes_are_named(written: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(UserError, match=words):
        suites.load(str(path))


def test_an_unknown_suite_has_the_nearest_names() -> None:
    with pytest.raises(UserError, match="did you mean blurb"):
        suites.load("blurp")
