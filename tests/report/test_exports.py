"""Scores beside those that the paper prints, and as Markdown, CSV, LaTeX."""

import csv
import shutil
from io import StringIO
from pathlib import Path

import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation import published, runs
from mnlu_instruct.evaluation.evaluate import SCORES, evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.report import exports
from mnlu_instruct.report.beside import beside
from mnlu_instruct.report.page import render
from tests.report.helpers import change
from tests.support import FIXTURES, mnlu


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two baselines on the fixtures of the paper's test sets."""
    out = tmp_path_factory.mktemp("paper")
    for name in ("majority", "dictionary"):
        evaluate(name, "baseline", suites.load("paper"), FIXTURES, out / name, Settings(), lambda *_: None)
    return [out / "majority", out / "dictionary"]


def test_printed_scores_stand_beside_ours(folders: list[Path]) -> None:
    (found,) = beside(runs.read(folders))
    table = published.load("table5")
    assert found.systems == ("majority", "dictionary")
    assert [row.name for row in found.rows] == list(table.metrics)
    for row in found.rows:
        assert row.printed == tuple(
            None if (value := column.printed(row.name, None)) is None else f"{value:.1f}" for column in table.columns
        )
    assert [row.name for row in found.averages] == ["blurb", "blue"]
    assert found.averages[0].printed[-1] == "62.4"
    assert found.averages[0].notes == ("", "")


def test_an_average_over_a_part_says_so(folders: list[Path], tmp_path: Path) -> None:
    suite = suites.load("paper")
    few = suite.model_copy(update={"datasets": suite.datasets[:2], "averages": {"few": ("bc2gm",)}})
    evaluate("majority", "baseline", few, FIXTURES, tmp_path / "few", Settings(), lambda *_: None)
    read = runs.read([tmp_path / "few"])
    (found,) = beside(read)
    assert found.averages[0].notes == ("over 2 of 13",)
    for written in (exports.as_markdown(read).partition("## Published scores")[2], exports.as_latex(read)):
        assert "(over 2 of 13)" in next(line for line in written.splitlines() if "blurb" in line)


def test_the_page_has_the_protocols(folders: list[Path]) -> None:
    shown = render(folders)
    assert "<h2>Published scores</h2>" in shown and "random 3-shot" not in shown
    for column in published.load("table5").columns:
        assert column.system in shown
    assert "The text prints a gain of 16.7" in shown


def test_a_sample_and_answers_learnt_from_the_test_set_are_marked_in_every_form(tmp_path: Path) -> None:
    for name in ("majority", "random"):
        settings = Settings(limit=1)
        evaluate(name, "baseline", suites.load("paper"), FIXTURES, tmp_path / name, settings, lambda *_: None)
    read = runs.read([tmp_path / "majority", tmp_path / "random"])
    (found,) = beside(read)
    assert [row.name for row in found.rows] == list(found.table.metrics)
    for name in ("blue", "blurb"):
        (row,) = (row for row in found.averages if row.name.lower().startswith(name))
        assert all("on samples of questions: not comparable" in note for note in row.notes)
    learnt = [name for name in found.table.metrics if any(run.learnt_the_test(name) for run in read)]
    assert learnt
    for name in learnt:
        (row,) = (row for row in found.rows if row.name == name)
        assert any("counted in the test set" in note for note in row.notes)
    for text in (exports.as_latex(read), exports.as_markdown(read).split("## Published")[1]):
        assert "not comparable" in text and "counted in the test set" in text


def test_runs_of_other_data_sets_have_nothing_beside(tmp_path: Path) -> None:
    evaluate("random", "baseline", suites.load("demo"), Path(), tmp_path / "demo", Settings(limit=3), lambda *_: None)
    read = runs.read([tmp_path / "demo"])
    assert beside(read) == []
    assert "ublished" not in exports.as_markdown(read) and "Published" not in render([tmp_path / "demo"])
    assert exports.as_latex(read).count(r"\\") == 1 + len(suites.load("demo").datasets)


def test_csv_has_every_number(folders: list[Path]) -> None:
    rows = list(csv.DictReader(StringIO(exports.as_csv(runs.read(folders)))))
    card = json.decode((folders[1] / SCORES).read_bytes())
    for name, score in card["datasets"].items():
        found = {row["metric"]: row for row in rows if (row["dataset"], row["system"]) == (name, "dictionary")}
        assert {key: float(row["value"]) for key, row in found.items()} == {
            key: one["value"] for key, one in score["metrics"].items()
        }
    printed = [row for row in rows if row["system"] == "GPT-4" and row["dataset"] == "bc2gm"]
    assert [float(row["value"]) for row in printed] == [0.546]


def test_a_run_that_lost_answers_says_so(known: list[Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(known[0], tmp_path / "lost"))
    change(folder / SCORES, lambda card: card["datasets"]["demo-ner"].update(incomplete="40 of 41"))
    read = runs.read([folder])
    rows = list(csv.DictReader(StringIO(exports.as_csv(read))))
    assert {row["dataset"] for row in rows if row["incomplete"] == "40 of 41"} == {"demo-ner"}
    assert "40 of 41" in exports.as_markdown(read)


def test_what_was_seen_in_training_stands_beside(known: list[Path]) -> None:
    read = runs.read(known)
    rows = list(csv.DictReader(StringIO(exports.as_csv(read))))
    assert {(row["system"], row["seen"]) for row in rows} == {("dictionary", ""), ("random <b>", "0.2")}
    assert exports.as_markdown(read).count("20.0 % seen") == len(read[1].card.datasets)


def test_latex_and_markdown_are_tables_of_equal_width(folders: list[Path]) -> None:
    read = runs.read(folders)
    lines = [line for line in exports.as_latex(read).splitlines() if line.endswith(r"\\")]
    assert len(lines) == 1 + 15 + 2
    assert len({line.count(" & ") for line in lines}) == 1
    for block in exports.as_markdown(read).split("\n\n"):
        widths = {line.count(" | ") for line in block.splitlines() if line.startswith("|")}
        assert len(widths) <= 1


@pytest.mark.parametrize(("words", "latex"), [("a_b & 5 %", r"a\_b \& 5 \%"), (r"\x{", r"\textbackslash{}x\{")])
def test_latex_is_escaped(words: str, latex: str) -> None:
    assert exports._line([words]) == latex + r" \\"


def test_the_command_writes_them(folders: list[Path], tmp_path: Path) -> None:
    outs = {form: tmp_path / f"scores.{form}" for form in ("md", "csv", "latex")}
    options = [word for form, path in outs.items() for word in (f"--{form}", path)]
    done = mnlu("report", *folders, "--all", "--out", tmp_path / "report.html", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path}/report.html and {tmp_path}/report-files written.\n"
    assert (tmp_path / "report-files" / "answers-0.js").is_file()
    assert all(path.stat().st_size > 500 for path in outs.values())


def test_a_table_with_several_metrics_has_a_row_for_each_of_the_data_sets_that_runs_have(tmp_path: Path) -> None:
    suite = suites.load("biobart")
    one = suite.model_copy(update={"datasets": suite.datasets[:1], "averages": {"one": ("covid-dialog",)}})
    settings = Settings(pack="biobart")
    evaluate("majority", "baseline", one, FIXTURES, tmp_path / "run", settings, lambda *_: None)
    read = runs.read([tmp_path / "run"])
    (found,) = beside(read)
    assert [(row.name, row.key) for row in found.rows] == [
        ("covid-dialog", key) for key in ("rouge1", "rouge2", "rougeL", "bleu", "bertscore")
    ]
    assert found.rows[3].printed == ("10.4", "11.4", "11.0", "12.1", "7.6", "12.8", "10.5")
    assert found.rows[0].scores == (f"{100 * read[0].card.values['covid-dialog']['rouge1']:.1f}",)
    assert found.rows[4].scores == (None,)
    shown = render([tmp_path / "run"])
    assert "mnlu score --mode biobart:facebook/bart-base" in shown
    assert "Tables 2 to 6" in exports.as_markdown(read)
    assert sum("BioNLP" in line for line in exports.as_csv(read).splitlines()) == 27


def test_differences_that_the_text_of_biobart_names_are_those_of_its_table() -> None:
    table = published.load("biobart")
    base, large = table.columns[1], table.columns[3]
    best = table.columns[4]
    assert large.printed("cometa", "recall@1") - best.printed("cometa", "recall@1") == pytest.approx(1.67)  # type: ignore[operator]
    assert large.printed("bc5cdr-linking", "recall@1") - best.printed("bc5cdr-linking", "recall@1") == pytest.approx(
        1.36
    )  # type: ignore[operator]
    assert large.printed("covid-dialog", "bleu") - best.printed("covid-dialog", "bleu") == pytest.approx(4.45)  # type: ignore[operator]
    assert base.printed("meqsum", "rouge1") == 53.75
