"""A run that is killed goes on: completions are kept as they come, by all that decides them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import engines, model_check, scorecard
from mnlu_instruct.evaluation.answer_cache import AnswerCache, key, opened
from mnlu_instruct.evaluation.engines.engine import Completion, Grammars
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, evaluate
from mnlu_instruct.evaluation.questions import Settings
from tests.prompting.families import FAMILIES, byte_level

MODEL = "a model"


class Engine:
    """Answers with the number of a prompt's ids, two at a time; stops where it is told to.

    The real engines are tested in `tests/engines`; what is tested here is who is asked, and how often.
    """

    name = "test 1"
    runs_on = "paper"
    context = 100_000
    apart = False
    tokenizer = byte_level(FAMILIES["zephyr"])

    def __init__(
        self,
        stops_after: int | None = None,
        moody: bool = False,
        stops_by: BaseException | None = None,
        ends: str = "stop",
    ) -> None:
        self.stops_after, self.moody, self.stops_by, self.ends = stops_after, moody, stops_by, ends
        self.asked: list[list[int]] = []

    def prompt_ids(self, prompts: Sequence[list[dict[str, str]]]) -> list[list[int]]:
        return [list(prompt[0]["content"].encode()) for prompt in prompts]

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        found: dict[int, Completion] = {}
        for start in range(0, len(prompts), 2):
            if self.stops_after is not None and len(self.asked) >= self.stops_after:
                raise self.stops_by or KeyboardInterrupt
            new = {}
            for index in range(start, min(start + 2, len(prompts))):
                self.asked.append(prompts[index])
                mood = f" {len(self.asked)}" if self.moody and len(prompts[index]) % 2 else ""
                new[index] = Completion(f"{len(prompts[index])}{mood}", self.ends, 1)
            found |= new
            done(new)
        return [found[index] for index in range(len(prompts))]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put the demo suite to an engine; the run's folder."""

    def put(engine: Engine, **settings: Any) -> Path:
        monkeypatch.setattr(engines, "load", lambda *_: engine)
        monkeypatch.setattr(model_check, "check", lambda *_: {})
        chosen = Settings(**{"limit": 4, **settings})
        evaluate(MODEL, "vllm", suites.load("demo"), Path(), tmp_path / "run", chosen, lambda *_: None)
        return tmp_path / "run"

    return put


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(run: Callable[..., Path], tmp_path: Path) -> None:
    whole = Engine()
    expected = (run(whole) / PREDICTIONS).read_bytes()
    stopped = [Engine(stops_after=count) for count in (6, 10, 2)]
    for engine in stopped:
        with pytest.raises(KeyboardInterrupt):
            run(engine)
    last = Engine()
    assert (run(last) / PREDICTIONS).read_bytes() == expected
    asked = [ids for engine in (*stopped, last) for ids in engine.asked]
    assert sorted(asked) == sorted(whole.asked)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_equal_prompts_are_asked_once(run: Callable[..., Path]) -> None:
    engine = Engine()
    run(engine)
    assert len({tuple(ids) for ids in engine.asked}) == len(engine.asked)


def test_a_line_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    one, two = Completion("α", "stop", 3), Completion("β", "length", 9)
    with opened(tmp_path / "run") as store:
        store.add({"a": one})
        store.add({"b": two})
        path = store.path
        for cut in range(1, len(path.read_bytes().splitlines()[1])):
            copy = tmp_path / "copy.jsonl"
            copy.write_bytes(path.read_bytes()[:-cut])
            again = AnswerCache(copy)
            assert again.found == {"a": one}
            again.add({"b": two})
            assert AnswerCache(copy).found == {"a": one, "b": two}


def test_everything_that_decides_an_answer_is_in_its_key() -> None:
    keys = {
        key(engine, model, sampling, ids)
        for engine in ("a", "b")
        for model in ("a", "b")
        for sampling in (("greedy", 64, 0), ("greedy", 64, 1), ("greedy", 65, 0))
        for ids in ([1], [1, 2])
    }
    assert len(keys) == 2 * 2 * 3 * 2


def test_a_model_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"1")
    first = engines.fingerprint(str(tmp_path))
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    assert engines.fingerprint(str(tmp_path)) == first
    (tmp_path / "model.safetensors").write_bytes(b"2")
    assert engines.fingerprint(str(tmp_path)) != first
    assert engines.fingerprint("owner/name") == "owner/name"


def test_repetition_shows_how_firm_answers_are(run: Callable[..., Path]) -> None:
    engine = Engine(moody=True)
    about = json.decode((run(engine, repeat=3) / RUN).read_bytes())
    once = Engine()
    run(once)
    assert len(engine.asked) == 3 * len(once.asked)
    odd = sum(len(ids) % 2 for ids in once.asked)
    assert 0 < odd < len(once.asked)
    assert any(about["flips"].values()) and not all(share == 1 for share in about["flips"].values())
    assert "flips" not in json.decode((run(Engine()) / RUN).read_bytes())


def test_too_long_prompts_stop_or_are_wrong(run: Callable[..., Path]) -> None:
    once = Engine()
    run(once)
    context = sorted(map(len, once.asked))[len(once.asked) // 2]
    engine = Engine()
    engine.context = context
    with pytest.raises(UserError, match=r"has .* tokens; the model's context"):
        run(engine)
    assert not engine.asked
    folder = run(engine, too_long="wrong")
    lines = [json.decode(line) for line in (folder / PREDICTIONS).read_bytes().splitlines()]
    cut = sum(line.get("too_long", False) for line in lines)
    assert cut == sum(line["finish_reason"] == "length" and not line["prediction"] for line in lines) > 0
    assert json.decode((folder / RUN).read_bytes())["too_long"] == cut
    card = scorecard.score([folder], {})
    counted = sum(round(one.n * one.too_long) for one in card.datasets.values())
    readable = sum(round(one.n * (1 - one.unreadable)) for one in card.datasets.values())
    assert counted == cut and readable >= cut  # what was never asked isn't unreadable
    assert all(bool(line["prediction"]) == (line["prompt_tokens"] < context) for line in lines)


@pytest.mark.parametrize("manner", [{"constrained": True}, {"engine_arguments": ("--dtype", "half")}], ids=str)
def test_a_run_of_another_manner_shares_no_answer(run: Callable[..., Path], manner: dict[str, Any]) -> None:
    stopped, other = Engine(stops_after=10), Engine(ends="length")
    with pytest.raises(KeyboardInterrupt):
        run(stopped)
    about = json.decode((run(other, **manner) / RUN).read_bytes())
    assert about.items() >= json.decode(json.encode(manner)).items()
    assert all(ids in other.asked for ids in stopped.asked)


def test_an_engine_that_fails_is_told_of_in_a_sentence(run: Callable[..., Path], tmp_path: Path) -> None:
    engine = Engine(stops_after=6, stops_by=MemoryError("no memory left.\nTraceback"))
    with pytest.raises(UserError, match=r"^test 1 failed: no memory left\.") as raised:
        run(engine)
    assert "the same command goes on" in raised.value.hint
    last = Engine()
    run(last)
    assert len(last.asked) + 6 == len({tuple(ids) for one in (engine, last) for ids in one.asked})
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_two_runs_do_not_write_one_folder(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "run"),
        pytest.raises(UserError, match="Another process is writing"),
        opened(tmp_path / "run"),
    ):
        pass


def test_a_run_says_how_it_was_made(run: Callable[..., Path]) -> None:
    about = json.decode((run(Engine()) / RUN).read_bytes())
    assert about["runs_on"] == "paper" and about["seed"] == 42
    assert about["max_new_tokens"]["ner"] == 512 and about["max_new_tokens"]["re"] == 256
    made = about["made"]
    assert datetime.fromisoformat(made["date"]).tzinfo and made["seconds"] >= 0 and made["command"]
    assert made["versions"]["mnlu-instruct"] == about["version"]
    for one in about["datasets"].values():
        assert one["available"] >= one["questions"] > 0
        assert all(len(digest) == 64 for digest in one["files"].values()) and one["files"]
