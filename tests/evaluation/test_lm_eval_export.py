"""A suite as tasks of the lm-evaluation-harness, which runs them unchanged: the same generations, the same scores."""

import subprocess
from pathlib import Path

import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import lm_eval_export
from mnlu_instruct.evaluation.evaluate import evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.prompting import packs
from tests import forks
from tests.support import FIXTURES, mnlu
from tests.training.conftest import ENVIRONMENT, data, tiny  # noqa: F401 (fixtures)

LIMIT = 5


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tasks") / "demo"
    options = ["--to", "lm-eval", "--limit", str(LIMIT), "--out", out]
    done = mnlu("suite", "export", "demo", *options)
    assert done.returncode == 0, done.stderr
    return out


def test_the_harness_has_the_same_generations_and_scores(
    exported: Path,
    tiny: tuple[Path, list[float]],  # noqa: F811
    tmp_path: Path,
) -> None:
    model, suite, settings = str(tiny[0]), suites.load("demo"), Settings(limit=LIMIT)
    ours = evaluate(model, "transformers", suite, Path(), tmp_path / "run", settings, lambda *_: None)
    command = ["--model", "hf", "--model_args", f"pretrained={model},dtype=float32", "--device", "cpu"]
    command += ["--include_path", str(exported), "--tasks", "mnlu-demo", "--apply_chat_template", "--log_samples"]
    command += ["--output_path", str(tmp_path / "theirs"), "--batch_size", "1"]
    command += ["--num_fewshot", "2"]  # forbidden by the tasks: the examples would be test questions with their answers
    done = subprocess.run(
        [forks.python("heavy"), "-m", "lm_eval", *command], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr[-4000:]
    (results,) = (tmp_path / "theirs").rglob("results_*.json")
    theirs = json.decode(results.read_bytes())["results"]
    for name, score in ours.datasets.items():
        found = theirs[f"mnlu-demo-{name}"]["score,none"]
        assert found == pytest.approx(score.metrics[score.headline].value), name
    said = {}
    for path in (tmp_path / "theirs").rglob("samples_*.jsonl"):
        for line in path.read_bytes().splitlines():
            sample = json.decode(line)
            said[json.decode(sample["doc"]["question"])["id"]] = sample["resps"][0][0]
    mine = [json.decode(line) for line in (tmp_path / "run" / "predictions.jsonl").read_bytes().splitlines()]
    assert said == {line["id"]: line["prediction"] for line in mine}


def test_a_line_ends_with_a_line_feed_alone(tmp_path: Path) -> None:
    targets = ["one\u2028line", "two\x85lines", "three\x1clines"]
    lines = [json.encode({"target": target}) + b"\n" for target in targets]
    (tmp_path / "odd.jsonl").write_bytes(b"".join(lines))
    assert lm_eval_export.questions(tmp_path, "odd")["test"]["target"][:] == targets


def test_gold_answers_have_full_marks(exported: Path) -> None:
    for dataset in suites.load("demo").datasets:
        rows = lm_eval_export.questions(exported, dataset.name)["test"]
        lines = [lm_eval_export.answered(row, [row["target"]])["score"] for row in rows]
        stated = any(not row["target"].endswith("None") for row in rows)  # F1 of nothing is 0
        rounded = 0.01 if dataset.task == "sts" else 0  # the real mean of annotators is said as an integer
        assert lm_eval_export.score(exported, lines) == pytest.approx(float(stated), abs=rounded), dataset.name


def test_the_score_is_the_headline_of_the_suite(tmp_path: Path) -> None:
    """Of HoC, BLUE reports the F1 by document; gold answers but one, which is wrong, tell it from the F1 of classes."""
    for name in ("blue", "paper"):
        lm_eval_export.export(
            suites.load(name), FIXTURES, Settings(skip_missing=True), tmp_path / name, overwrite=False
        )
    values = {}
    for name in ("blue", "paper"):
        rows = lm_eval_export.questions(tmp_path / name, "hoc")["test"]
        answers = ["None", *[row["target"] for row in rows][1:]]
        lines = [lm_eval_export.answered(row, [answer])["score"] for row, answer in zip(rows, answers, strict=True)]
        values[name] = lm_eval_export.score(tmp_path / name, lines)
    assert values["blue"] != values["paper"]


def test_a_pack_with_other_messages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = packs.Pack.prompt
    monkeypatch.setattr(
        packs.Pack, "prompt", lambda *given: [{"role": "system", "content": "Be brief."}, *asked(*given)]
    )
    with pytest.raises(UserError, match="is not a single message"):
        lm_eval_export.export(suites.load("demo"), Path(), Settings(limit=1), tmp_path / "out", overwrite=False)
    assert not (tmp_path / "out").exists()
