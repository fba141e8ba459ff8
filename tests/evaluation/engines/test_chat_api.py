"""The engine `chat`: against a service that refuses parameters, turns requests away, and counts tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.engines import server
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, evaluate
from mnlu_instruct.evaluation.questions import Settings
from tests.evaluation.engines.test_server import Answering, Fake, Reply
from tests.support import failed, mnlu


def said(text: str) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return 200, json.encode(whole)


def refused(words: str) -> Reply:
    return 400, json.encode({"error": {"message": words, "type": "invalid_request_error"}})


@contextmanager
def served(answering: Answering) -> Iterator[Fake]:
    fake = Fake(answering, (404, b"{}"))
    thread = Thread(target=fake.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.shutdown()


def address(fake: Fake) -> str:
    return f"http://127.0.0.1:{fake.server_address[1]}/v1"


def run(fake: Fake, out: Path, **settings: Any) -> dict[str, Any]:
    chosen = Settings(limit=3, base_url=address(fake), **settings)
    evaluate("gpt", "chat", suites.load("demo-nli"), Path(), out, chosen, lambda *_: None)
    found: dict[str, Any] = json.decode((out / RUN).read_bytes())
    return found


def test_messages_are_sent_and_tokens_are_counted(tmp_path: Path) -> None:
    with served(lambda _: said("(A) entailment")) as fake:
        about = run(fake, tmp_path / "run")
    assert len(fake.asked) == 3
    (message,) = fake.asked[0]["messages"]
    assert message["role"] == "user" and fake.asked[0]["temperature"] == 0 and fake.asked[0]["max_tokens"] == 256
    assert about["tokens"] == {"prompts": 33, "answers": 9}
    assert about["engine"] == "chat gpt" and "temperature 0" in about["runs_on"] and "chat" not in about
    lines = [json.decode(line) for line in (tmp_path / "run" / PREDICTIONS).read_bytes().splitlines()]
    assert {(line["prompt_tokens"], line["completion_tokens"], line["prediction"]) for line in lines} == {
        (11, 3, "(A) entailment")
    }


def test_what_a_service_refuses_by_name_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONCURRENT", 1)

    def answering(number: int) -> Reply:
        asked = fake.asked[number - 1]
        if "max_tokens" in asked:
            return refused("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return refused("'temperature' does not support 0 with this model.") if "temperature" in asked else said("(A) x")

    with served(answering) as fake:
        about = run(fake, tmp_path / "run")
    assert len(fake.asked) == 5 and fake.asked[-1].keys() == {"model", "messages", "max_completion_tokens"}
    assert "at its own temperature" in about["runs_on"]


def test_a_run_that_fails_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONCURRENT", 1)
    with served(lambda number: refused("The quota is used up.") if number == 3 else said("(A) x")) as fake:
        with pytest.raises(UserError, match="The quota is used up"):
            run(fake, tmp_path / "run")
        about = run(fake, tmp_path / "run")
    assert len(fake.asked) == 4  # two answers, a refusal, and the third answer
    assert about["tokens"]["answers"] == 9


def test_what_it_cannot_do(tmp_path: Path) -> None:
    options = ("--engine", "chat", "--model", "gpt", "--suite", "demo", "--out", tmp_path / "run")
    failed(mnlu("eval", *options), "The engines 'server' and 'chat' need an address")
    options = (*options, "--base-url", "http://127.0.0.1:1/v1")
    failed(mnlu("eval", *options, "--constrained"), "--engine chat sends messages")
    failed(mnlu("eval", *options, "--by", "likelihood"), "--engine chat sends messages")
