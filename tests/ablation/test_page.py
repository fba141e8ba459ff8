"""The page about an ablation: what is in the figure, what isn't there, and that everybody can read it."""

from pathlib import Path

import pytest
from msgspec import structs

from mnlu_instruct.ablation import page, results
from mnlu_instruct.ablation.results import Ablation, Difference, Rows, System
from mnlu_instruct.scoring.scores import Estimate
from tests.report.conftest import Opened, browser, opened

__all__ = ["browser", "opened"]

DATASETS = ("gad", "ddi <b>")


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.03, value + 0.03)


def system(name: str, at: str | None, value: float | None) -> System:
    full = f"{name} {at}" if at else name
    rows = (Rows("sts", 5_749, 10_000), Rows("re", 90_000, 10_000)) if at else ()
    failures = {} if value else {"1": "The training <failed>."}
    scores = {dataset: estimate(value) for dataset in DATASETS} if value else {}
    by_seed = {"1": value} if value else {}
    mean = estimate(value) if value else None
    return System(full, name if at else None, at, mean, by_seed, scores, rows, 10 if at == "5" else 0, failures)


FOUND = Ablation(
    title="Tasks <i>",
    question="Do more tasks help?",
    source="Nobody, 2026",
    axis="number of tasks",
    train="tiny",
    base="a new model",
    suite="blurb",
    metrics=dict.fromkeys(DATASETS, "f1"),
    mean_over=DATASETS[:1],
    engine="vllm",
    limit=None,
    seeds=(1, 2, 3),
    series={"with": ("1", "5"), "without": ("1", "5")},
    cells=(
        system("with", "1", 0.3),
        system("with", "5", 0.4),
        system("without", "1", 0.2),
        system("without", "5", None),
    ),
    baselines=(system("untuned", None, 0.25),),
    findings=(
        results.Tested(
            "With above without.",
            (
                Difference("with 1", "without 1", estimate(0.1), "holds"),
                Difference("with 5", "without 5", None, "can't be told"),
            ),
        ),
    ),
    same=(("with 1", "with 5"),),
    lacking={"i2b2-2010": "lacks a file"},
)


def test_points_lie_where_their_scores_are() -> None:
    drawn = page.plot(FOUND)
    assert [(line.name, len(line.points), len(line.failed)) for line in drawn.series] == [
        ("with", 2, 0),
        ("without", 1, 1),
    ]
    points = [point for line in (*drawn.series, *drawn.baselines) for point in line.points]
    for point in points:
        assert page.TOP <= point.high < point.y < point.low <= page.BASE
    means = [float(point.words.rpartition(": ")[2].split()[0]) for point in sorted(points, key=lambda one: one.y)]
    assert means == sorted(means, reverse=True)
    heights = dict(drawn.up)
    scale = (heights["0"] - heights["40"]) / 40
    assert points[0].y == pytest.approx(heights["0"] - 30 * scale, abs=0.1)
    one, other = (line.points[0].x for line in drawn.series)
    assert one < dict(drawn.across)["1"] < other, "intervals at one place don't cover each other"


def test_what_the_figure_does_not_show_is_said() -> None:
    shown = page.render(FOUND)
    for words in (
        "Left out, because files are missing: i2b2-2010", "without 5, seed 1, failed: The training &lt;failed&gt;.",
        "with 5 was trained on 10 rows fewer than asked for", "sts 10,000 of 5,749, each 1.74 times",
        "Means are over gad: not all systems have answers to ddi &lt;b&gt;.",
        "with 1 and with 5 are identical here", "of the 3 seeds, 2 of them drawn with replacement",
        "Tasks &lt;i&gt;", "can&#39;t be told", "Crosses at the axis",
    ):  # fmt: skip
        assert words in shown, words
    assert "of the one seed that was run" in page.render(structs.replace(FOUND, seeds=(1,)))
    assert "http" not in shown.replace("http-equiv", ""), "nothing is loaded"


def test_an_ablation_in_which_all_failed_has_a_page() -> None:
    nothing = structs.replace(FOUND, cells=(system("with", "1", None),), baselines=(), metrics={}, findings=())
    assert "no score" in page.render(nothing)


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 360, "height": 740}}, {"color_scheme": "dark"}])
def test_the_page_in_a_browser(opened: Opened, tmp_path: Path, options: dict[str, object]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe looks for what keeps people out")
    (tmp_path / "page.html").write_text(page.render(FOUND), "utf-8")
    shown = opened(tmp_path / "page.html", **options)
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page itself doesn't scroll"
    assert shown.locator("#figure .mark").count() == 3 + 2
    found = axe.Axe().run(shown, options={"resultTypes": ["violations"]}).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in {"serious", "critical"}], found
