"""The page: whole, alone, escaped, the same for the same runs; and what is refused."""

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.runs import read
from mnlu_instruct.report import answers, chunks, overview, plots, render, write
from tests.report import helpers
from tests.scoring.helpers import DEMO

VOID = {"meta", "link", "input", "br", "line", "circle", "rect"}


class Elements(HTMLParser):
    """The elements of a page, and whether they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, (tag, self.getpos())


def parsed(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    elements.close()
    assert not elements.open
    return elements


@pytest.fixture(scope="module")
def page(runs: list[Path]) -> str:
    return render(runs)


def test_the_page_refers_to_nothing_outside(page: str) -> None:
    for tag, attributes in parsed(page).found:
        assert "src" not in attributes and "srcset" not in attributes and "action" not in attributes, tag
        assert (attributes.get("href") or "#").startswith(("#", "data:,")), attributes
    assert "@import" not in page
    assert "url(" not in page


def test_every_data_set_and_system_is_there(page: str) -> None:
    for name in DEMO:
        assert f'<a href="#data={name}">{name}</a>' in page
        assert f"#dataset={name}" in page
        assert f'<section class="view testset" id="data={name}"' in page
    for system in ("dictionary", "random &lt;b&gt;"):
        assert f"</i>{system}</th>" in page
    assert helpers.data(page, "facts")["systems"] == ["dictionary", "random <b>"]
    assert "random <b>" not in page
    assert "over 10 of 10" in page
    assert "models/dictionary" in page


def test_texts_are_there_letter_by_letter(page: str, runs: list[Path]) -> None:
    expected = {
        text for found in read(runs)[0].lines.values() for line in found for text in answers.texts(line.instance)
    }
    assert {text for card in helpers.cards(page) for text in card["texts"]} == expected


def test_prompts_are_put_together_again(page: str, runs: list[Path]) -> None:
    prompts = {line.instance.id: line.prediction.prompt for found in read(runs)[0].lines.values() for line in found}
    for card in helpers.cards(page):
        (asking,) = card["askings"]
        assert [{"role": "user", "content": card["texts"][0].join(asking["prompt"])}] == prompts[card["id"]]


def test_everything_known_of_a_run_is_told(known: list[Path]) -> None:
    page = render(known)
    assert "% seen in training" not in render(known[:1])
    assert "20.0 % seen in training" in page
    assert "<dt>changed when asked again</dt><dd>demo-nli 12.5 %</dd>" in page
    assert "<dt>data sets left out</dt><dd>none of the suite</dd>" in page


def test_scores_are_those_of_the_runs(page: str, runs: list[Path]) -> None:
    table = page.partition('class="overview"')[2].partition('<tbody class="averages">')[0]
    cell = r"<b>([−\d.]+)</b>.*?(\[[^]]+\])</span>\s*(?:<small><a [^>]*>([\d.]+ %) unreadable)?"
    cells = re.findall(cell, table)
    expected = []
    scores = [json.loads((run / "scores.json").read_text())["datasets"] for run in runs]
    for name in scores[0]:
        for found in scores:
            one = found[name]["metrics"][found[name]["headline"]]
            value, low, high = (f"{100 * one[key] + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−") for key in one)
            share = found[name]["unreadable"]
            expected.append((value, f"[{low}, {high}]", f"{100 * share:.1f} %" if share else ""))
    assert cells == expected


def test_at_most_the_stated_number_is_shown(runs: list[Path], page: str) -> None:
    shown = [(card["dataset"], one["system"]) for card in helpers.cards(page) for one in card["answers"]]
    assert {shown.count(pair) for pair in shown} == {helpers.LIMIT}
    assert f"At most {chunks.LADDER[0][0]} answers" in page
    assert "40 of 40" in page


def test_the_same_runs_give_the_same_bytes_wherever_they_are(runs: list[Path], page: str, tmp_path: Path) -> None:
    moved = [Path(shutil.copytree(run, tmp_path / run.name)) for run in runs]
    write(moved, tmp_path / "new" / "report.html")
    assert (tmp_path / "new" / "report.html").read_bytes() == page.encode()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]


def changed(run: Path, out: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of a run with its first prediction changed."""
    shutil.copytree(run, out)
    helpers.spoil(out / "predictions.jsonl", change)
    return out


def test_everything_is_escaped(runs: list[Path], tmp_path: Path) -> None:
    bad = "</div></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"

    def change(row: dict[str, Any]) -> None:
        row |= {"text": row["text"] + bad, "prediction": f"{row['prediction']}\n{bad}: {bad}", "group": bad}
        row["prompt"] = [{"role": bad, "content": bad}, {"role": "user", "content": bad}]

    run = changed(runs[1], tmp_path / "run", change)
    (run / "run.json").write_text(json.dumps({"system": bad, "note": [bad], bad: bad}))
    page = render([run])
    elements = parsed(page)
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    (policy,) = re.findall(r"script-src 'nonce-(\w+)'", page)
    assert all(one.get("type") == "application/json" or one.get("nonce") == policy for one in scripts)
    assert policy not in bad
    assert "img" not in {tag for tag, _ in elements.found}
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert helpers.data(page, "facts")["systems"] == [bad]
    assert any(bad in card["texts"][0] for card in helpers.cards(page))


def test_one_run_and_five_runs(runs: list[Path], tmp_path: Path) -> None:
    parsed(render(runs[:1]))
    assert "best of the row" not in render(runs[:1])
    right = helpers.record(tmp_path / "right", "right", helpers.gold, 5)
    others = [Path(shutil.copytree(right, tmp_path / name)) for name in ("x", "y")]
    page = render([*runs, right, *others])
    parsed(page)
    assert "right (x)" in page
    assert "not the same questions" in page
    assert "best of the row" not in page


def test_the_best_of_a_row_is_marked(runs: list[Path], tmp_path: Path) -> None:
    right = helpers.record(tmp_path / "right", "right", helpers.gold)
    rows = overview.rows(read([*runs, right]))
    assert [[cell is not None and cell.best for cell in row.cells] for row in rows] == [[False, False, True]] * len(
        DEMO
    )
    assert [row.same for row in rows] == [True] * len(DEMO)
    averages = overview.averages(read([*runs, right]))
    assert [cell.best for row in averages for cell in row.cells if cell] == [False, False, True]
    assert all(re.fullmatch(r"\[−?[\d.]+, [\d.]+\]", cell.interval) for row in averages for cell in row.cells if cell)


def test_neither_a_tie_nor_a_baseline_is_the_best_of_a_row(runs: list[Path], tmp_path: Path) -> None:
    twins = [helpers.record(tmp_path / name, name, helpers.gold) for name in ("one", "other")]
    assert not any(cell and cell.best for row in overview.rows(read([*runs, *twins])) for cell in row.cells)
    helpers.change(twins[1] / "run.json", lambda about: about.update(engine="baseline"))
    for row in overview.rows(read([*runs, *twins])):
        assert [cell is not None and cell.best for cell in row.cells] == [False, False, True, False]
    alone = overview.rows(read([runs[0], twins[1]]))
    assert not any(cell and cell.best for row in alone for cell in row.cells)


def test_of_scores_in_several_modes_none_is_the_best(runs: list[Path], tmp_path: Path) -> None:
    other = Path(shutil.copytree(runs[1], tmp_path / "other"))
    helpers.change(other / "scores.json", lambda card: card.update(mode="relaxed"))
    assert 'aria-label="best of the row"' in render(runs)
    page = render([runs[0], other])
    assert 'aria-label="best of the row"' not in page
    assert "were scored in different modes" in page and "<dt>scoring</dt><dd>relaxed</dd>" in page


def test_plots_begin_below_zero_where_scores_do(runs: list[Path]) -> None:
    for plot in plots.plots(read(runs)):
        assert all(plots.LEFT <= dot.low <= dot.x <= dot.high <= plots.RIGHT for dot in plot.dots), plot
        assert (plot.ticks[0].words == "0") == (plot.dataset != "demo-sts")
        assert plot.ticks[-1].words == "100"


def test_numbers() -> None:
    assert [overview.number(value) for value in (0.6244, -0.0001, -0.12, 1)] == ["62.4", "0.0", "−12.0", "100.0"]
    assert [overview.percent(share) for share in (0, 0.0001, 0.031)] == ["0 %", "< 0.1 %", "3.1 %"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("scores.json", None, "doesn't exist"),
        ("scores.json", "{", "is not JSON"),
        ("scores.json", '{"mode": "strict"}', "missing required field"),
        ("scores.json", '{"mode": "strict", "datasets": {}, "suites": {}}', "scores of 0 answers of demo-ner"),
        ("run.json", None, "doesn't exist"),
        ("run.json", "[]", "Expected `object`"),
        ("run.json", '{"model": "m"}', "names no system"),
        ("predictions.jsonl", None, "holds no predictions"),
        ("predictions.jsonl", "x\n", "not JSON"),
    ],
)
def test_broken_runs_are_refused(runs: list[Path], tmp_path: Path, name: str, content: str | None, words: str) -> None:
    run = Path(shutil.copytree(runs[0], tmp_path / "run"))
    (run / name).unlink()
    if content is not None:
        (run / name).write_text(content)
    with pytest.raises(UserError, match=words):
        write([run], tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_other_questions_and_runs_given_twice_are_refused(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No run"):
        render([])
    with pytest.raises(UserError, match="Two runs are called"):
        render([runs[0], runs[0]])
    other = changed(runs[1], tmp_path / "other", lambda row: row.update(text="x" + row["text"]))
    with pytest.raises(UserError, match="a different question"):
        render([runs[0], other])
    renamed = changed(runs[1], tmp_path / "renamed", lambda row: row.update(dataset="demo-new"))
    with pytest.raises(UserError, match="demo-n"):
        render([renamed])


def test_a_place_that_cannot_be_written_is_refused(runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path, Path(), tmp_path / "file" / "report.html"):
        for every in (False, True):
            with pytest.raises(UserError, match="can't be written"):
                write(runs[:1], out, every)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


ASKED = {"corpus": "demo-ner", "task": "ner", "split": "test", "type": "ner", "questions": 40, "available": 40}


def test_texts_under_an_agreement_are_marked(runs: list[Path], page: str, tmp_path: Path) -> None:
    assert "pass this page on" not in page
    run = Path(shutil.copytree(runs[0], tmp_path / "run"))
    helpers.change(
        run / "run.json",
        lambda about: about.update(datasets={"demo-ner": {**ASKED, "declared": {"restriction": "data use agreement"}}}),
    )
    for shown in ([run], [run, runs[1]], [runs[1], run]):
        assert "must not be redistributed: demo-ner (data use agreement).</p>" in render(shown)
