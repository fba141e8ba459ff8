"""Results of a study: intervals, p-values, verdicts; and the published table, of which the paper's claims come out."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mnlu_instruct.ablation import running
from mnlu_instruct.ablation.results import Scored
from mnlu_instruct.ablation.study import outputs, page, published, results
from mnlu_instruct.ablation.study.grid import resolve_study
from mnlu_instruct.ablation.study.recipe import study_recipe
from mnlu_instruct.evaluation import scorecard
from mnlu_instruct.evaluation.evaluate import BASELINE, evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.scoring.comparison import holm
from tests.ablation.conftest import LAUNCHER, Pretended
from tests.ablation.study.conftest import declared, resolved
from tests.ablation.study.test_recipe import TABLE
from tests.support import FIXTURES

FRACTIONS = st.floats(0, 1, allow_subnormal=False)


def measured(value: float, spread: float = 0.02, seed: int = 0) -> Scored:
    """A score with resamples around it."""
    return Scored("f1", value, value + np.random.default_rng(seed).normal(0, spread, 1_000))


@given(st.lists(FRACTIONS, min_size=2, max_size=10).filter(lambda values: np.ptp(values) > 1e-6))
def test_the_interval_over_seeds_is_students(values: list[float]) -> None:
    wanted = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    found = results.over_t(values)
    assert found
    assert np.allclose(found, wanted)


def test_five_seeds() -> None:
    """Section 6 of the contract: ± 2.78 · s / √5."""
    values = [0.1, 0.2, 0.3, 0.4, 0.5]
    low, high = results.over_t(values) or (0, 0)
    assert (high - low) / 2 == pytest.approx(2.776 * np.std(values, ddof=1) / math.sqrt(5), rel=1e-3)
    assert results.over_t([0.3]) is None
    assert results.over_t([0.3, 0.3]) is None


def test_five_paired_seeds_cant_be_below_a_sixteenth() -> None:
    assert results.by_flips([0.1, 0.2, 0.1, 0.3, 0.1]) == 2 / 32
    assert results.by_flips([0.0, 0.0]) == 1


@given(st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=2, max_size=8))
def test_flips_are_scipys_permutation_test(values: list[float]) -> None:
    wanted = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert results.by_flips(values) == pytest.approx(wanted)


def test_two_models_are_told_apart_only_by_both_intervals(tmp_path: Path) -> None:
    recipe = declared(tmp_path)
    places = {(model, "DEMO", shots) for model in ("one layer", "two layers") for shots in ("8", "full")}

    def verdict(ones: list[float], others: list[float], spread: float) -> results.Difference:
        found: dict[Any, dict[int, Scored]] = {place: {} for place in places}
        found["one layer", "DEMO", "8"] = {seed: measured(one, spread, seed) for seed, one in enumerate(ones)}
        found["two layers", "DEMO", "8"] = {seed: measured(one, spread, 9 + seed) for seed, one in enumerate(others)}
        return next(one for one in results._differences(recipe, found, None) if one.shots == "8")

    assert verdict([0.1, 0.11, 0.12], [0.3, 0.32, 0.31], 0.01).verdict == "higher"
    assert verdict([0.3, 0.32, 0.31], [0.1, 0.11, 0.12], 0.01).verdict == "lower"
    assert verdict([0.1, 0.11, 0.12], [0.3, 0.32, 0.31], 0.2).verdict == "not told apart", "by documents"
    assert verdict([0.1, 0.3, 0.1], [0.3, 0.1, 0.5], 0.001).verdict == "not told apart", "by seeds"
    assert verdict([0.1], [], 0.1).verdict == "can't be told"


def test_p_values_are_corrected_over_test_sets(tmp_path: Path) -> None:
    test_sets = [
        {"name": name, "dataset": "demo-ere", "build": {"corpora": ["demo-ere"], "splits": ["train"]}, "shots": [8]}
        for name in ("A", "B", "C")
    ]
    recipe = declared(tmp_path, sets=test_sets, models=[
        {"name": name, "model": {"base": name}} for name in ("one layer", "two layers")
    ])  # fmt: skip
    rng = np.random.default_rng(3)
    found = {
        (model, test_set, "8"): {seed: measured(float(rng.uniform()), seed=seed) for seed in range(4)}
        for model in ("one layer", "two layers")
        for test_set in ("A", "B", "C")
    }
    told = list(results._differences(recipe, found, None))
    assert [one.corrected for one in told] == holm([one.p or 0 for one in told])


@pytest.mark.skipif(not TABLE.is_file(), reason="no table1.yaml in ../shared/re-study")
def test_the_papers_claims_are_recomputed_from_its_cells() -> None:
    recipe, table = study_recipe("re_domain"), published.load("re-study")
    nothing: dict[Any, dict[int, Scored]] = {
        (model.name, test_set.name, str(shots)): {} for model, test_set, shots in recipe.places
    }
    families = list(results._families(recipe, list(results._differences(recipe, nothing, table))))
    assert not any(one.here for one in families)
    found = {(one.cells, one.up, one.down, round(100 * one.mean, 2)) for one in families}
    derived = yaml.safe_load(TABLE.read_text("utf-8"))["derived"]
    assert found == {(one["cells"], one["up"], one["down"], one["mean"]) for one in derived}
    assert len(families) == len(derived)


def test_a_study_that_has_run_is_gathered_written_and_drawn(tmp_path: Path, answered: Path) -> None:
    table = {
        "title": "Table 9", "paper": "Nobody, 2026.", "metric": "F1", "ceilings_from": "perfect answers",
        "models": [{"name": "one layer", "through": "a sieve", "scores": {"DEMO": {"8": 12.5, "full": 50}}}],
        "ceilings": {"a sieve": {"DEMO": 77.7}},
        "cautions": [{"cells": "all", "why": "they <are> made up"}], "slips": ["none is real"],
    }  # fmt: skip
    (tmp_path / "table.yaml").write_text(yaml.safe_dump(table), "utf-8")
    grid = resolved(tmp_path, published=str(tmp_path / "table.yaml"))
    work = Pretended(answered, tmp_path / "log", fails="two layers, DEMO full")
    failures = running.run(grid.workload, work, None, {}, lambda _: None)
    found = results.gather(grid, failures)
    assert found.failed == ["two layers, DEMO full"]
    first, last = found.cells[0], found.cells[-1]
    assert first.score
    assert first.published == 0.125
    assert set(first.by_seed.values()) == {first.score.value.value}
    assert last.failures == {"1": "The training failed."}
    assert [(one.shots, one.verdict) for one in found.differences] == [
        ("8", "not told apart"),
        ("full", "can't be told"),
    ]
    outputs.write(found, grid.folder)
    written = {path.name for path in grid.folder.iterdir()}
    assert {"ablation.json", "ablation.csv", "differences.csv", "ablation.html"} <= written
    drawn = (grid.folder / "ablation.html").read_text("utf-8")
    for words in (
        "77.7",
        "12.5",
        "they &lt;are&gt; made up",
        "its titles",
        "failed",
        "one layer · two layers",
        "hatch-0",
    ):
        assert words in drawn
    assert "http" not in drawn.replace("http-equiv", "")
    rows = (grid.folder / "ablation.csv").read_text("utf-8").splitlines()
    assert rows[0].split(",") == list(outputs.CELLS)
    assert len(rows) == 5


def test_bars_are_as_long_as_scores(tmp_path: Path, answered: Path) -> None:
    grid = resolved(tmp_path)
    running.run(grid.workload, Pretended(answered, tmp_path / "log"), None, {}, lambda _: None)
    found = results.gather(grid, {})
    (figure, _) = page._figures(found, [("DEMO", "8"), ("DEMO", "full")])
    (panel,) = figure.panels
    ours = [bar for bar in panel.bars if not bar.hatched]
    assert len(ours) == 2
    end = float(panel.ticks[-1][0])
    value = found.cells[0].score
    assert value
    length = 100 * value.value.value / end * (page.RIGHT - page.LEFT)
    assert [bar.length for bar in ours] == pytest.approx([length, length], abs=0.11)


def test_answers_are_counted_by_the_protocol_of_a_family(tmp_path: Path) -> None:
    test_set = {"name": "CDR", "dataset": "cdr-study", "build": {"corpora": ["bc5cdr-study"], "splits": ["train"]}}
    models = [{"name": name, "model": {"base": name}, "group": "tiny"} for name in ("one layer", "two layers")]
    over = {"sets": [{**test_set, "shots": ["full"]}], "models": models, "suite": "re-study-released", "limit": None}
    grids = {
        mode: resolve_study(declared(tmp_path, **over, modes=modes), "mine", tmp_path / "out", FIXTURES, LAUNCHER)
        for mode, modes in (("strict", {}), ("study", {"tiny": "study"}))
    }
    run = next(iter(grids["study"].grids.values()))
    settings = Settings(pack="verb")
    evaluate("dictionary", BASELINE, run.suite, FIXTURES, tmp_path / "run", settings, lambda *_: None)
    lines = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").read_text("utf-8").splitlines()]
    said = [json.dumps({**line, "prediction": line["target"]}) for line in lines]
    (tmp_path / "run" / "predictions.jsonl").write_text("\n".join(said) + "\n", "utf-8")
    running.run(grids["study"].workload, Pretended(tmp_path / "run", tmp_path / "log"), None, {}, lambda _: None)
    for mode, grid in grids.items():
        wanted = scorecard.score([tmp_path / "run"], {}, mode).datasets["cdr-study"].metrics["f1"].value
        cell = results.gather(grid, {}).cells[0]
        assert cell.score
        assert cell.score.value.value == pytest.approx(wanted)
        assert wanted > 0
