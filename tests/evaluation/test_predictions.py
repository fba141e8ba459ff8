"""Predictions files: questions rebuilt, bad lines named, ids compared with what was asked."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert
from msgspec import json as msgspec_json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions, scorecard
from mnlu_instruct.evaluation import questions as questions_module
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, evaluate
from mnlu_instruct.evaluation.predictions import Prediction, missing, negative, read, several
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.prompting import packs
from mnlu_instruct.types import Instance
from tests.scoring.helpers import DEMO, questions, write
from tests.support import failed, mnlu


def row(instance: Instance, name: str, prediction: str, **changes: object) -> dict[str, Any]:
    """A line of a predictions file, as `mnlu eval` writes it."""
    dataset = DEMO[name]
    return {
        "id": instance.id,
        "corpus": dataset.corpus,
        "split": dataset.split,
        "task": instance.task,
        "domain": "clinical",
        "group": instance.group,
        "prompt": packs.load("mnlu").prompt(instance),
        "text": instance.text,
        "labels": [label.name for label in instance.labels],
        "label_keys": [label.key for label in instance.labels],
        "gold": msgspec_json.encode(instance.gold).decode(),
        "pack": "mnlu@0",
        "target": write(instance),
        "dataset": name,
        "prediction": prediction,
        **changes,
    }


def rows(name: str, count: int | None = None, **changes: object) -> list[dict[str, Any]]:
    return [row(instance, name, write(instance), **changes) for instance in questions(DEMO[name])[:count]]


def written(path: Path, lines: list[dict[str, Any]] | str) -> Path:
    text = lines if isinstance(lines, str) else "".join(json.dumps(line) + "\n" for line in lines)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", DEMO)
def test_questions_are_rebuilt_so_that_answers_can_be_read(name: str, tmp_path: Path) -> None:
    found = read([written(tmp_path / "x.jsonl", rows(name, 40))])
    assert list(found) == [name]
    for line, instance in zip(found[name], questions(DEMO[name]), strict=False):
        assert line.answered.parsed.answer == line.instance.gold.answer == instance.gold.answer
        assert (line.instance.labels, line.instance.group) == (instance.labels, instance.group)


def test_eac_answers_are_read_with_or_without_what_was_asked(tmp_path: Path) -> None:
    instance = next(one for one in questions(DEMO["demo-eac"]) if one.asked["trigger"] == "Tobacco use")
    letter = write(instance).partition(": ")[2][:3]
    stated = {
        f"Tobacco use - Status: {letter}": instance.gold.answer,
        letter: instance.gold.answer,
        f"Alcohol use - Status: {letter}": None,
    }
    for text, answer in stated.items():
        path = written(tmp_path / "x.jsonl", [row(instance, "demo-eac", text)])
        assert read([path])["demo-eac"][0].answered.parsed.answer == answer


def test_files_folders_and_data_sets(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", rows("demo-nli", 2) + rows("demo-qa", 1, finish_reason="length"))
    written(tmp_path / "b.jsonl", rows("demo-dc", 1, engine="vllm", prompt_tokens=7, more="is ignored"))
    found = read([tmp_path])
    assert {name: len(lines) for name, lines in found.items()} == {"demo-nli": 2, "demo-qa": 1, "demo-dc": 1}
    assert [found[name][0].answered.truncated for name in found] == [False, True, False]
    assert found["demo-dc"][0].origin == f"{tmp_path / 'b.jsonl'}, line 1"


def bad(line: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {key: value for key, value in {**line, **changes}.items() if value is not ...}


MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "missing key": ({"gold": ...}, "line 2: Object missing required field `gold`"),
    "prediction that is no text": ({"prediction": None}, r"line 2: Expected `str`, got `null` - at `\$.prediction`"),
    "unknown task": ({"task": "nil"}, "line 2: Unknown task 'nil'"),
    "labels without keys": ({"label_keys": ["yes"]}, "line 2: `labels` and `label_keys` differ"),
    "gold that is no gold": ({"gold": '{"kind": "guess"}'}, "line 2: `gold`: Invalid value 'guess'"),
    "gold that is no JSON": ({"gold": "yes"}, "line 2: `gold`: JSON is malformed"),
    "gold of another kind": ({"gold": '{"kind": "choices", "keys": ["yes"]}'}, "line 2: `target` isn't the answer"),
    "target of another option": ({"target": "(Z) yes"}, "line 2: `target` isn't the answer"),
    "another task": ({"task": "nli"}, "line 2: data set demo-qa has nli questions of demo-qa here, qa of demo-qa at"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_bad_lines_are_named(mistake: str, tmp_path: Path) -> None:
    changes, words = MISTAKES[mistake]
    first, second = rows("demo-qa", 2)
    with pytest.raises(UserError, match=words) as caught:
        read([written(tmp_path / "x.jsonl", [first, bad(second, **changes)])])
    assert caught.value.hint


def test_scores_whose_keys_are_no_integers(tmp_path: Path) -> None:
    (line,) = rows("demo-sts", 1)
    keys = [f"score {key}" for key in line["label_keys"]]
    with pytest.raises(UserError, match="line 1: `label_keys`: invalid literal"):
        read([written(tmp_path / "x.jsonl", [{**line, "label_keys": keys}])])


def test_what_is_no_predictions_file(tmp_path: Path) -> None:
    line = json.dumps(rows("demo-qa", 1)[0])
    for text, words in {
        "": "holds no predictions",
        f"{line}\n{line[:-9]}\n": "line 2: this is not JSON",
        "[1]\n": "line 1: Expected `object`",
        f"{line}\n\n": "line 2: this is not JSON",
        f"{line}\n{line}\n": "line 2: .* occurs at .*line 1, too",
    }.items():
        with pytest.raises(UserError, match=words):
            read([written(tmp_path / "x.jsonl", text)])
    with pytest.raises(UserError, match="doesn't exist"):
        read([tmp_path / "none.jsonl"])
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="holds no predictions"):
        read([tmp_path / "folder"])


def test_ids_are_compared_with_the_test_questions(tmp_path: Path) -> None:
    expected = [instance.id for instance in questions(DEMO["demo-qa"])]
    lines = read([written(tmp_path / "x.jsonl", rows("demo-qa", 80))])["demo-qa"]
    assert missing("demo-qa", lines, expected) == len(expected) - 80
    with pytest.raises(UserError, match="is not a test question of demo-qa"):
        missing("demo-qa", lines, expected[1:])


def test_the_negative_label(tmp_path: Path) -> None:
    def of(**changes: object) -> str | None:
        lines = [bad(line, **changes) for line in rows("demo-re", 1)]
        return negative(read([written(tmp_path / "x.jsonl", lines)])["demo-re"])

    def keyed(**keys: str) -> dict[str, object]:
        (line,) = rows("demo-re", 1)
        gold = json.loads(line["gold"])
        renamed = [keys.get(key, key) for key in gold["keys"]]
        return {
            "label_keys": [keys.get(key, key) for key in line["label_keys"]],
            "gold": json.dumps({**gold, "keys": renamed}),
        }

    assert of() == "none"
    assert of(corpus="mine") == "none"
    assert of(corpus="chemprot") == "none"  # its own is "false", which this file has not
    assert of(corpus="mine", **keyed(none="False")) == "False"
    with pytest.raises(UserError, match="no single label means 'no relation'"):
        of(corpus="mine", **keyed(none="unrelated"))
    assert negative(read([written(tmp_path / "x.jsonl", rows("demo-dc", 1))])["demo-dc"]) is None


def test_the_scorecard_is_what_mnlu_score_prints(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", [line for name in DEMO for line in rows(name)])
    card = scorecard.score([tmp_path], {"demo-nli": [instance.id for instance in questions(DEMO["demo-nli"])]})
    printed = json.loads(msgspec_json.encode(card))
    assert printed["mode"] == "strict"
    assert list(printed["datasets"]) == list(DEMO)
    assert printed["datasets"]["demo-nli"]["metrics"]["accuracy"] == {
        "value": 1.0, "low": pytest.approx(0.929, abs=1e-3), "high": 1.0
    }  # fmt: skip
    assert printed["datasets"]["demo-nli"]["headline"] == "accuracy"
    assert printed["datasets"]["demo-nli"]["incomplete"] is None
    assert printed["datasets"]["demo-ner"]["per_label"]["Disease"]["fp"] == 0
    assert printed["suites"]["demo"]["datasets"] == 10
    assert 99.5 < printed["suites"]["demo"]["mean"] < 100


def test_an_incomplete_data_set_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", rows("demo-qa", 80))
    expected = [instance.id for instance in questions(DEMO["demo-qa"])]
    card = scorecard.score([path], {"demo-qa": expected})
    assert card.datasets["demo-qa"].incomplete == f"80 of {len(expected)}"
    assert card.suites["demo"].over == "over 1 of 10"


def test_a_run_that_lost_rows_says_so(tmp_path: Path) -> None:
    run = tmp_path / "run"
    evaluate("majority", "baseline", suites.load("demo"), Path(), run, Settings(limit=9), lambda *_: None)
    lines = (run / PREDICTIONS).read_bytes().splitlines(keepends=True)
    (run / PREDICTIONS).write_bytes(b"".join(lines[2:-9]))
    for paths in ([run], [run / PREDICTIONS]):
        card = scorecard.score(paths, {})
        assert [score.incomplete for score in card.datasets.values()] == ["7 of 9", *[None] * 8]
        assert card.suites["demo"].over == "over 9 of 10"
    printed = mnlu("score", run, COLUMNS="80").stdout
    assert "7 of 9" in printed and "over 9 of 10 data sets" in printed

    twice = [json.loads(line) for line in lines[:2]]
    more = [{**line, "id": f"{line['id']}~{number}"} for line in twice for number in range(5)]
    (run / PREDICTIONS).write_text("".join(json.dumps(line) + "\n" for line in more), "utf-8")
    failed(mnlu("score", run), "there are 10 predictions of demo-ner, which has 9 questions here")
    (run / "run.json").write_text("{", "utf-8")
    failed(mnlu("score", run), "run.json can't be read")


def test_an_exported_suite_says_how_many_questions_it_has(tmp_path: Path) -> None:
    out = tmp_path / "out"
    questions_module.export(suites.load("demo"), Path(), Settings(limit=6), out, overwrite=False)
    for path in out.glob("*.jsonl"):
        said = [{**json.loads(line), "prediction": "?"} for line in path.read_text("utf-8").splitlines()]
        written(path, said[:4] if path.stem == "demo-qa" else said)
    card = scorecard.score([out], {})
    assert {name for name, score in card.datasets.items() if score.incomplete} == {"demo-qa"}
    assert card.datasets["demo-qa"].incomplete == "4 of 6"


def test_a_data_set_that_the_released_script_cannot_score_may_be_skipped(tmp_path: Path) -> None:
    options = {"labels": [f"option {n}" for n in range(14)], "label_keys": [str(n) for n in range(14)]}
    asked = rows("demo-qa", 3)
    gold = {"gold": '{"kind":"choice","key":"0"}', "target": "(A) option 0", "task": "eac", "dataset": "many"}
    broken = [{**one, **options, **gold, "prediction": "nothing"} for one in rows("demo-qa", 3)]
    written(tmp_path / "a.jsonl", asked + broken)
    failed(mnlu("score", tmp_path, "--mode", "reference"), "fails at the fourteenth of 14 options", "--skip-broken")
    printed = mnlu("score", tmp_path, "--mode", "reference", "--skip-broken")
    assert "many has no score: " in printed.stdout and "fourteenth of 14 options" in printed.stdout.replace("\n", " ")
    card = scorecard.score([tmp_path], {}, "reference", skip_broken=True)
    assert list(card.datasets) == ["demo-qa"] and list(card.broken) == ["many"]


@pytest.mark.parametrize(("corpus", "expected"), [("hoc", True), ("nli4ct", False), ("elsewhere", False)])
def test_whether_several_classes_may_hold_is_the_corpus_own(corpus: str, expected: bool) -> None:
    """Not that of the answers at hand: a sample of a data set may have single classes only."""
    row = {
        "id": "x", "corpus": corpus, "split": "test", "task": "dc", "domain": "biomedical", "group": "g", "prompt": [],
        "text": "t", "labels": ["a", "b"], "label_keys": ["a", "b"], "gold": '{"kind":"choices","keys":["a"]}',
        "pack": "x", "target": "(A) a", "dataset": "d", "prediction": "",
    }  # fmt: skip
    assert several([predictions.line(convert(row, Prediction), "x")]) is expected
