"""docs/own-test-set.md: what the page shows is what happens."""

import json
import re
import shutil
from pathlib import Path

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import questions
from mnlu_instruct.evaluation.questions import Settings
from tests.support import ROOT, failed, mnlu

PAGE = (ROOT / "docs" / "own-test-set.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^\$ mnlu (.*)$", PAGE, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page, to work in; it is the data directory too."""
    for name, text in BLOCKS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answered(export: Path) -> str:
    """Exported questions with their gold answers as predictions."""
    lines = map(json.loads, (export / "ward-test.jsonl").read_text("utf-8").splitlines())
    return "".join(json.dumps({**line, "prediction": line["target"]}) + "\n" for line in lines)


def test_every_command_of_the_page_works(desk: Path) -> None:
    assert len(COMMANDS) == 10
    for command in COMMANDS:
        if command.startswith("score"):
            (desk / "answers").mkdir(exist_ok=True)
            said = answered(desk / "out/ward-questions")
            (desk / "out/ward-questions/ward-test.jsonl").write_text(said, "utf-8")
            (desk / "answers/ward-test.jsonl").write_text(said, "utf-8")
        done = mnlu(*command.split(), data=desk)
        assert done.returncode == 0, (command, done.stderr)
        if command.startswith("score"):
            assert "ward-test  f1      100.0" in done.stdout, done.stdout
    about = json.loads((desk / "out/runs/random/run.json").read_text("utf-8"))
    assert about["suite"] == "ward-test"
    assert about["datasets"]["ward-test"]["questions"] == 2
    assert list(about["datasets"]["ward-test"]["files"]) == ["test.PubTator"]
    assert "ward-test" in (desk / "out/report.html").read_text("utf-8")


def test_a_run_is_scored_and_reported_where_its_corpus_is_gone(desk: Path) -> None:
    done = mnlu(
        *("eval", "--engine", "baseline", "--model", "copy-all"),
        *("--suite", "wards.yaml", "--skip-missing", "--out", "run"),
        data=desk,
    )
    assert done.returncode == 0, done.stderr
    before = mnlu("score", "run", "--json").stdout
    (desk / "wards.yaml").unlink()
    (desk / "ward_test.py").unlink()
    shutil.rmtree(desk / "ward-test")
    after = mnlu("score", "run", "--json").stdout
    assert json.loads(after) == json.loads(before) and list(json.loads(after)["suites"]) == ["ours"]
    assert mnlu("report", "run", "--md", "scores.md").returncode == 0
    assert "ours" in (desk / "scores.md").read_text("utf-8")


def test_patients_are_groups(desk: Path) -> None:
    def groups() -> list[str]:
        asked = questions.of_suite(suites.load("ward_test.py"), desk, Settings())
        return [question["group"] for question in asked["ward-test"].questions]

    assert groups() == ["ward-test/p1", "ward-test/p2"]
    declared = (desk / "ward_test.py").read_text("utf-8")
    old = r'group=r"^p\d+"'
    assert old in declared
    (desk / "ward_test.py").write_text(declared.replace(old, 'group={"p1-07": "a", "p2-01": "a"}'), "utf-8")
    assert groups() == ["ward-test/a", "ward-test/a"]
    for wrong, words in {'{"p1-07": "a"}': "lacks document p2-01", 'r"^q"': "isn't in the id p1-07"}.items():
        (desk / "ward_test.py").write_text(declared.replace(old, f"group={wrong}"), "utf-8")
        with pytest.raises(UserError, match=words):
            groups()


def test_references(desk: Path) -> None:
    both = suites.load("ward_test.py,demo")
    assert [one.name for one in both.datasets][:2] == ["ward-test", "demo-ner"]
    assert list(both.averages) == ["ward-test", "demo"] and both.name == "ward-test+demo"
    assert [one.name for one in suites.load("demo-sdoh").datasets] == [
        "demo-sdoh-ete",
        "demo-sdoh-eae",
        "demo-sdoh-eac",
    ]
    assert [(one.name, one.split) for one in suites.load("demo-nli@train").datasets] == [("demo-nli-train", "train")]
    assert len(suites.load("demo,demo").datasets) == 10
    with pytest.raises(UserError, match=r"ward_test\.py has no split 'dev', only test"):
        suites.load("ward_test.py@dev")
    with pytest.raises(UserError, match="Unknown suite 'demos'"):
        suites.load("demos")
    (desk / "broken.py").write_text("Corpus(\n", "utf-8")
    with pytest.raises(UserError, match=r"broken\.py, line 1: SyntaxError"):
        suites.load("broken.py")


def test_what_an_evaluation_must_be_told(desk: Path) -> None:
    done = mnlu("eval", "--engine", "baseline", "--model", "majority", "--out", "run")
    failed(done, "Nothing says what to evaluate on.", "--suite NAME", "--corpus FILE")
    (desk / "wards.yaml").write_text(BLOCKS["wards.yaml"].replace("ward_test.py", "wards/test.py"), "utf-8")
    done = mnlu(
        "eval", "--engine", "baseline", "--model", "majority", "--suite", "wards.yaml", "--skip-missing", "--out", "run"
    )
    failed(done, "wards/test.py: no such corpus file.")
    assert not (desk / "run").exists()


def test_a_sample_says_so_wherever_its_scores_stand(desk: Path) -> None:
    words = ("--engine", "baseline", "--model", "majority", "--suite", "demo", "--limit", "7", "--out", "run")
    printed = mnlu("eval", *words, COLUMNS="80").stdout
    available = json.loads(Path("run/run.json").read_text("utf-8"))["datasets"]["demo-ner"]["available"]
    assert f"7 of {available}" in printed and "not comparable with scores on all of them" in printed.replace("\n", "")
    written = mnlu("report", "run", "--md", "s.md", "--csv", "s.csv", "--latex", "s.tex")
    assert written.returncode == 0, written.stderr
    assert f"7 of {available} questions: not comparable" in (desk / "s.md").read_text("utf-8")
    assert "on samples of questions: not comparable" in (desk / "s.md").read_text("utf-8")
    assert f"7 of {available} questions: not comparable" in (desk / "s.tex").read_text("utf-8")
    assert f"7 of {available} questions: not comparable" in (desk / "report.html").read_text("utf-8")
    heads, first, *_ = (desk / "s.csv").read_text("utf-8").splitlines()
    assert dict(zip(heads.split(","), first.split(","), strict=True))["sampled_from"] == str(available)


def test_what_is_left_out_or_of_few_patients_is_said(desk: Path) -> None:
    words = ("eval", "--engine", "baseline", "--skip-missing", "--suite", "wards.yaml")
    for model in ("copy-all", "random"):
        done = mnlu(*words, "--model", model, "--out", model, data=desk)
        assert "bc5-chemical is left out: " in done.stderr
    compared = mnlu("compare", "copy-all", "random")
    assert "Of few documents or patients: ward-test (2)." in compared.stderr
    declared = (desk / "ward_test.py").read_text("utf-8")
    more = declared.replace('("test.PubTator",)}', '("test.PubTator",), "dev": ("deev.PubTator",)}')
    (desk / "ward_test.py").write_text(more, "utf-8")
    checked = mnlu("corpora", "check", "ward_test.py", data=desk)
    assert checked.returncode == 0
    assert "ward-test: the split 'dev' isn't read, as deev.PubTator is missing." in checked.stderr
    failed(mnlu("compare", "copy-all", "nowhere"), "nowhere doesn't exist.")
