"""Evaluation with the real engines, on a tiny model that the real trainer made."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from mnlu_instruct.catalogue.suites import load
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import questions
from mnlu_instruct.evaluation.engines.engine import Completion
from mnlu_instruct.evaluation.engines.transformers_local import Local
from mnlu_instruct.evaluation.evaluate import evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.prompting import chat
from tests import forks
from tests.support import MAIN, failed, mnlu
from tests.training.conftest import ENVIRONMENT, RECIPE, data, trained  # noqa: F401 (a fixture)

LIMIT = 8


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A model of ten training steps."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "recipe.yaml").write_text(RECIPE.format(data=data, out=folder / "out"), "utf-8")
    trained(folder / "recipe.yaml", folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def runs(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same suite put to the same model by both engines."""
    folder = tmp_path_factory.mktemp("runs")
    for engine in ("transformers", "vllm"):
        options = ("--engine", engine, "--limit", str(LIMIT), "--out", folder / engine, "--json")
        done = mnlu("eval", "--model", model, "--suite", "demo", *options, **ENVIRONMENT)
        assert done.returncode == 0, done.stderr[-3000:]
        assert json.loads(done.stdout) == json.loads((folder / engine / "scores.json").read_text("utf-8"))
    return {engine: folder / engine for engine in ("transformers", "vllm")}


def predictions(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "predictions.jsonl").read_text("utf-8").splitlines()]


def test_engines_agree_token_for_token(runs: dict[str, Path]) -> None:
    reference, fast = predictions(runs["transformers"]), predictions(runs["vllm"])
    assert len(reference) == LIMIT * 10
    for first, second in zip(reference, fast, strict=True):
        assert first["id"] == second["id"]
        for key in ("prediction", "finish_reason", "prompt_tokens", "completion_tokens"):
            assert first[key] == second[key], first["id"]


def test_a_run_holds_predictions_scores_and_what_made_them(runs: dict[str, Path], model: Path) -> None:
    run = runs["vllm"]
    assert json.loads((run / "run.json").read_text("utf-8"))["model"] == str(model)
    scores = json.loads((run / "scores.json").read_text("utf-8"))
    assert set(scores["datasets"]) == {dataset.name for dataset in load("demo").datasets}
    assert all(one["n"] == LIMIT for one in scores["datasets"].values())
    assert predictions(run)[0]["engine"].startswith("vllm ")  # type: ignore[attr-defined]


def test_scoring_again_needs_no_model(runs: dict[str, Path]) -> None:
    again = mnlu("score", runs["vllm"], "--json")
    assert json.loads(again.stdout) == json.loads((runs["vllm"] / "scores.json").read_text("utf-8"))


def test_an_answer_ends_with_any_of_the_models_end_tokens(model: Path) -> None:
    """Llama 3 ends a turn with a token of `generation_config` that isn't its tokenizer's end-of-text."""
    engine = Local(str(model))
    (prompt,) = engine.prompt_ids([[{"role": "user", "content": "Is it?"}]])
    told: list[Mapping[int, Completion]] = []
    (whole,) = engine.generate([prompt], [20], told.append)
    assert told == [*[{}] * whole.tokens, {0: whole}]  # a sign of life each token
    (ids,) = engine._batch([prompt], [20], [None], lambda: None)
    other = Local(str(model))
    other.model.generation_config.eos_token_id = [engine.tokenizer.eos_token_id, ids[0]]
    (cut,) = other.generate([prompt], [20], lambda _: None)
    assert whole.tokens > 1
    assert (cut.text, cut.finish_reason, cut.tokens) == ("", "stop", 1)


def test_prompt_ids_are_the_shared_functions(runs: dict[str, Path], model: Path) -> None:
    tokenizer = chat.load_tokenizer(str(model))
    asked = [
        question
        for found in questions.of_suite(load("demo"), Path(), Settings(limit=LIMIT)).values()
        for question in found.questions
    ]
    ids = chat.prompt_ids(tokenizer, [question["prompt"] for question in asked])
    assert [len(prompt) for prompt in ids] == [one["prompt_tokens"] for one in predictions(runs["vllm"])]


def test_a_prompt_longer_than_the_context_stops_before_generating(model: Path, tmp_path: Path) -> None:
    short = Path(shutil.copytree(model, tmp_path / "short"))
    config = json.loads((short / "config.json").read_text("utf-8"))
    (short / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 60}), "utf-8")
    with pytest.raises(UserError, match=r"demo-ner/test/.* has \d+ tokens; the model's context is 60"):
        evaluate(str(short), "transformers", load("demo"), Path(), tmp_path / "run", Settings(limit=2), lambda *_: None)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("remove", "words"),
    [
        ("model.safetensors", "holds no weights"),
        ("tokenizer.json", "No tokenizer"),
        ("chat_template.jinja", "has no chat template"),
    ],
)
def test_a_model_folder_that_lacks_something(model: Path, tmp_path: Path, remove: str, words: str) -> None:
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    (broken / remove).unlink()
    options = ("--engine", "transformers", "--suite", "demo", "--limit", "1", "--out", tmp_path / "run")
    failed(mnlu("eval", "--model", broken, *options, **ENVIRONMENT), words)
    assert not (tmp_path / "run").exists()


def test_preview_shows_the_tokens_that_are_trained(model: Path) -> None:
    done = mnlu("preview", "demo-dc", "--model", model)
    assert done.returncode == 0, done.stderr
    assert "<s>|<|user|>|⏎" in done.stdout
    assert " trained" in done.stdout


def test_missing_test_sets_are_named_or_skipped(tmp_path: Path) -> None:
    failed(mnlu("suite", "export", "blurb", "--out", tmp_path / "x", data=tmp_path), "of suite blurb are missing")
    done = mnlu("suite", "export", "blurb", "--skip-missing", "--out", tmp_path / "x")
    assert done.returncode == 0
    first = json.loads((tmp_path / "x" / "bc5-chemical.jsonl").read_text("utf-8").splitlines()[0])
    assert first["target"] == "Chemical: calorin"
    assert first["dataset"] == "bc5-chemical"
    assert "completion" not in first


def started(model: Path, out: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    """An evaluation under way, that has some answers already."""
    command = [forks.python("heavy"), "-c", MAIN, "eval", "--model", model, "--suite", "demo", "--out", out]
    running = subprocess.Popen(
        [*map(str, command), *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={"MNLU_CACHE": os.environ["MNLU_CACHE"], "COLUMNS": "120", **ENVIRONMENT, **environment},
    )  # fmt: skip
    answers = out.parent / f".{out.name}.part" / "answers.jsonl"
    while running.poll() is None and not (answers.is_file() and answers.stat().st_size):
        time.sleep(0.005)
    return running


def test_vllm_dies_in_the_middle(model: Path, tmp_path: Path) -> None:
    """Its process is killed, as a machine without memory left does it."""
    running = started(model, tmp_path / "run", "--limit", "15", VLLM_ENABLE_V1_MULTIPROCESSING="1")
    server = os.environ[forks.FOLDER]
    for one in psutil.process_iter(["cmdline"]):
        named = "EngineCore" in " ".join(one.info["cmdline"] or ())
        if named and any(server in " ".join(parent.cmdline()) for parent in one.parents()):
            one.kill()
    _, error = running.communicate(timeout=120)
    assert running.returncode == 1, error[-3000:]
    assert "error: vllm" in error
    assert "answers so far are kept, and the same command goes on" in error
    assert not (tmp_path / "run").exists()
    kept = (tmp_path / ".run.part" / "answers.jsonl").read_text("utf-8").splitlines()
    assert 0 < len(kept) < 150


def test_arguments_go_behind_two_dashes(model: Path, tmp_path: Path) -> None:
    options = ("--engine", "transformers", "--suite", "demo", "--limit", "1", "--out", tmp_path / "run")
    done = mnlu("eval", "--model", model, *options, "--", "--dtype", "half", **ENVIRONMENT)
    failed(done, "The engine 'transformers' takes no arguments: --dtype half.")


TRIED = """
import json, sys
from mnlu_instruct.evaluation import engines
from mnlu_instruct.errors import UserError

if __name__ == "__main__":
    for words in json.loads(sys.argv[2]):
        try:
            engine = engines.load("vllm", sys.argv[1], None, words)
            print(engine.context, engine.engine.model_config.dtype)
        except UserError as error:
            print(error.message, error.hint.replace(chr(10), " "))
"""


def test_arguments_of_vllm(model: Path) -> None:
    expected = {
        "--dtype float7": "vLLM doesn't take these arguments: argument --dtype: invalid choice: 'float7'",
        "--nonsense 3": "vLLM doesn't take these arguments: unrecognized arguments: --nonsense 3",
        "--tensor-parallel-size": "vLLM doesn't take these arguments: argument --tensor-parallel-size",
        "--model other": "The arguments after -- name another model or tokenizer",
        "--data-parallel-size 2": "vLLM in this process runs one copy of a model",
        "--max-model-len 999999": f"vLLM can't run {model} with --max-model-len 999999: ",
        "--dtype bfloat16 --max-model-len 700": "700 torch.bfloat16",
    }
    tried = json.dumps([words.split() for words in expected])
    done = subprocess.run(
        [forks.python("heavy"), "-c", TRIED, model, tried], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for line, words in zip(done.stdout.splitlines(), expected.values(), strict=True):
        assert line.startswith(words)
