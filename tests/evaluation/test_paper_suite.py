"""All test sets of the paper that are here, to the end, on a CPU; and a run of a part of them, killed and resumed.

The model is one of ten training steps, which hardly ever says that it is done; so that answers have an ordinary length,
every eighth token of its vocabulary ends them.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation import questions, scorecard
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, SCORES
from tests.support import MAIN, REAL, mnlu, needs_real_corpora
from tests.training.conftest import ENVIRONMENT, RECIPE, data, trained  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600), needs_real_corpora]

LIMIT = 50
WAY = ("--suite", "paper", "--skip-missing", "--too-long", "wrong", "--json")
VOCABULARY, EACH = 512, 8


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    folder = tmp_path_factory.mktemp("model")
    (folder / "recipe.yaml").write_text(RECIPE.format(data=data, out=folder / "out"), "utf-8")
    trained(folder / "recipe.yaml", folder / "out")
    path = folder / "out" / "generation_config.json"
    settings = json.loads(path.read_text("utf-8"))
    ends = sorted({2, *range(EACH, VOCABULARY, EACH)})
    path.write_text(json.dumps({**settings, "eos_token_id": ends}), "utf-8")
    return folder / "out"


@pytest.fixture(scope="module")
def whole(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of everything."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    began = time.monotonic()
    done = mnlu("eval", "--model", model, *WAY, "--out", out, data=REAL, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == json.loads((out / SCORES).read_text("utf-8"))
    count = len((out / PREDICTIONS).read_bytes().splitlines())
    print(f"{count:,} questions in {time.monotonic() - began:,.0f} s")  # noqa: T201 (shown by pytest -s)
    return out


def lines(run: Path) -> list[tuple[dict[str, Any], bytes]]:
    return [(json.loads(line), line) for line in (run / PREDICTIONS).read_bytes().splitlines(keepends=True)]


def test_every_question_of_every_test_set_is_answered_and_scored(whole: Path) -> None:
    there = {dataset.name for dataset in suites.load("paper").datasets if not dataset.lacks(REAL)}
    scores = json.loads((whole / SCORES).read_text("utf-8"))
    assert set(scores["datasets"]) == there
    assert sum(one["n"] for one in scores["datasets"].values()) == len(lines(whole))
    assert scores["suites"]["blurb"]["datasets"] == len(there & set(suites.load("paper").averages["blurb"]))
    assert json.loads((whole / RUN).read_text("utf-8"))["suite"] == "paper"
    ended = [line["finish_reason"] for line, _ in lines(whole)]
    assert ended.count("stop") > len(ended) / 2


def killed(model: Path, out: Path, answers: int) -> int:
    """Start a run and kill it once it has kept so many answers; how many it has."""
    kept = out.parent / f".{out.name}.part" / "answers.jsonl"
    command = [sys.executable, "-c", MAIN, "eval", "--model", model]
    environment = {"MNLU_DATA": str(REAL), "MNLU_CACHE": os.environ["MNLU_CACHE"], **ENVIRONMENT}
    running = subprocess.Popen(
        [*map(str, command), *WAY, "--limit", str(LIMIT), "--out", str(out)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip

    def found() -> int:
        return kept.read_bytes().count(b"\n") if kept.is_file() else 0

    while running.poll() is None and found() < answers:
        time.sleep(0.01)
    running.kill()
    running.wait()
    assert running.returncode == -9
    return found()


def test_a_run_that_is_killed_three_times_ends_as_one_that_is_not(model: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    there = [dataset for dataset in suites.load("paper").datasets if not dataset.lacks(REAL)]
    drawn = {(one.name, instance.id) for one in there for instance in questions.sampled(one, REAL, LIMIT)[0]}
    expected = [raw for line, raw in lines(whole) if (line["dataset"], line["id"]) in drawn]
    counts = [killed(model, out, share * len(expected) // 100) for share in (2, 30, 60)]
    assert 0 < counts[0] < counts[1] < counts[2] < len(expected)
    done = mnlu("eval", "--model", model, *WAY, "--limit", str(LIMIT), "--out", out, data=REAL, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (out / PREDICTIONS).read_bytes() == b"".join(expected)
    (tmp_path / "alone.jsonl").write_bytes(b"".join(expected))
    alone = scorecard.score([tmp_path / "alone.jsonl"], {})
    again = scorecard.score([out], {})
    assert again == alone
    assert json.loads(done.stdout) == json.loads((out / SCORES).read_text("utf-8"))
