"""Means and intervals over data sets and seeds; what becomes of a finding."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from mnlu_instruct.ablation import outputs, results, running
from mnlu_instruct.ablation.results import Ablation, Rows, over_seeds, scored
from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation.evaluate import SCORES, evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.scoring import bootstrap
from tests.ablation.conftest import Pretended, resolved


def test_headline_scores_and_intervals_are_those_of_the_run(answered: Path) -> None:
    card = json.decode((answered / SCORES).read_bytes(), type=Scorecard)
    found = scored([answered])[answered]
    assert found.keys() == card.datasets.keys()
    for name, one in card.datasets.items():
        headline = one.metrics[one.headline]
        assert found[name].metric == one.headline
        assert found[name].value == headline.value
        assert bootstrap.interval(found[name].drawn) == (headline.low, headline.high)


scores = st.lists(st.floats(0, 1), min_size=1, max_size=6)


@given(scores, st.integers(0, 2**32))
def test_a_mean_over_seeds_lies_among_them(values: list[float], seed: int) -> None:
    drawn = np.random.default_rng(seed).random(1_000) / 10
    estimate, together = over_seeds([(value, value + drawn) for value in values])
    assert estimate.value == pytest.approx(np.mean(values))
    assert together.shape == (1_000,)
    assert min(values) - 1e-9 <= estimate.low <= estimate.high <= max(values) + 0.1 + 1e-9
    if len(values) == 1:
        assert (estimate.low, estimate.high) == bootstrap.interval(values[0] + drawn)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_variance_of_a_mean_over_seeds_is_unbiased(seeds: int) -> None:
    """Where seeds alone vary, it is s² / S; drawing all S of them would leave (S − 1) / S of that."""
    values = np.random.default_rng(seeds).normal(0.5, 0.1, seeds)
    _, together = over_seeds([(value, np.full(20_000, value)) for value in values])
    assert together.var() == pytest.approx(values.var(ddof=1) / seeds, rel=0.05)


def test_documents_and_seeds_add_up() -> None:
    generator = np.random.default_rng(1)
    documents, seeds = generator.normal(0, 0.05, 20_000), [0.4, 0.5, 0.6]
    _, together = over_seeds([(value, value + documents) for value in seeds])
    assert together.var() == pytest.approx(documents.var() + np.var(seeds, ddof=1) / 3, rel=0.05)


def gathered(folder: Path, work: Pretended) -> Ablation:
    grid = resolved(folder)
    failures = running.run(grid.workload, work, None, {}, lambda _: None)
    found = results.gather(grid, failures)
    outputs.write(found, grid.folder)
    return found


def test_what_is_gathered(answered: Path, tmp_path: Path) -> None:
    found = gathered(tmp_path, Pretended(answered, tmp_path / "log"))
    assert not found.failed
    assert found.series == {"with RE": ("1", "2"), "without RE": ("1",)}
    assert list(found.metrics) == ["demo-dc", "demo-re"]
    first = found.cells[0]
    assert first.mean
    assert first.by_seed == {"1": first.mean.value, "2": first.mean.value}
    assert first.mean.value == pytest.approx(np.mean([one.value for one in first.datasets.values()]))
    (tested,) = found.findings
    assert [one.verdict for one in tested.differences] == ["is not told apart", "is not told apart"]
    assert tested.differences[0].value
    assert (tested.differences[0].value.low, tested.differences[0].value.high) == (0, 0), "they answer alike"
    read = (tmp_path / "out" / "mine" / outputs.CSV).read_text("utf-8").splitlines()
    assert len(read) == 1 + 4 * 3
    assert read[1].startswith("random,,,1,mean,,0.")


def test_a_cell_that_fails_names_itself_and_the_others_go_on(answered: Path, tmp_path: Path) -> None:
    found = gathered(tmp_path, Pretended(answered, tmp_path / "log", fails="with RE 1"))
    assert found.failed == ["with RE 1"]
    failed, *others = found.cells
    assert failed.mean is None
    assert failed.failures == {"1": "The training failed.", "2": "The training failed."}
    assert all(one.mean for one in others)
    (tested,) = found.findings
    assert tested.differences[0].verdict == "can't be told"
    page = (tmp_path / "out" / "mine" / outputs.PAGE).read_text("utf-8")
    assert "with RE 1, seed 2, failed: The training failed." in page


def test_repetitions_are_said() -> None:
    assert Rows("sts", 5_749, 10_000).words == "sts 10,000 of 5,749, each 1.74 times"
    assert Rows("re", 20_000, 10_000).words == "re 10,000 of 20,000"


def test_no_right_answer_is_not_surely_none(tmp_path: Path) -> None:
    """0 of a few questions may be chance: as in scores of a run, the interval isn't 0–0."""
    settings = Settings(limit=5)
    evaluate("copy-all", "baseline", suites.load("demo"), tmp_path, tmp_path / "run", settings, lambda *_: None)
    found = scored([tmp_path / "run"])[tmp_path / "run"]
    sure = [name for name, one in found.items() if one.value in (0.0, 1.0) and name != "demo-sts"]
    assert sure
    for name in sure:
        low, high = bootstrap.interval(found[name].drawn)
        assert high - low > 0.1
