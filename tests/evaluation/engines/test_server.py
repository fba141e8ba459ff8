"""The engine `server`: against one that fails in every way, and (slow) against `vllm serve` itself."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import engines
from mnlu_instruct.evaluation.engines import server
from mnlu_instruct.evaluation.engines.engine import Completion
from mnlu_instruct.evaluation.evaluate import evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.prompting import templates
from tests.evaluation.engines.test_likelihood import write_tokenizer as write_bytes_tokenizer
from tests.merging.conftest import model as tiny
from tests.merging.conftest import write_tokenizer
from tests.support import mnlu
from tests.training.conftest import ENVIRONMENT

Reply = tuple[int, bytes]
Answering = Callable[[int], Reply]
"""From the number of a request to its status and body."""


def completion(text: str, logprobs: dict[str, Any] | None = None) -> Reply:
    choice = {"index": 0, "text": text, "finish_reason": "stop", "logprobs": logprobs}
    usage = {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}
    whole = {"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return 200, json.encode(whole)


class Fake(ThreadingHTTPServer):
    """Answers as it is told to; keeps what was asked."""

    def __init__(self, answering: Answering, models: Reply) -> None:
        self.asked: list[dict[str, Any]] = []
        self.most = self.now = 0
        lock, outer = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.reply(*models)

            def do_POST(self) -> None:
                body = json.decode(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    outer.asked.append(body)
                    number = len(outer.asked)
                    outer.now += 1
                    outer.most = max(outer.most, outer.now)
                self.reply(*answering(number))
                with lock:
                    outer.now -= 1

            def reply(self, status: int, body: bytes) -> None:
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_: object) -> None:
        """The other side has gone, as it does after a request that failed."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


ONE = (200, b'{"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "max_model_len": 99}]}')


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Fake]]:
    """Start a fake server."""
    monkeypatch.setattr(openai._base_client, "INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr(openai._base_client, "MAX_RETRY_DELAY", 0.02)
    started: list[Fake] = []

    def serve(answering: Answering, models: Reply = ONE) -> Fake:
        found = Fake(answering, models)
        started.append(found)
        threading.Thread(target=found.serve_forever, daemon=True).start()
        return found

    yield serve
    for one in started:
        one.shutdown()
        one.server_close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder, templates.ZEPHYR)
    return str(folder)


def ask(fake: Fake, model: str, count: int = 3) -> tuple[list[Completion], dict[int, Completion]]:
    """What is answered to some prompts, and what was told of it on the way."""
    told: dict[int, Completion] = {}
    loaded = engines.load("server", model, fake.url)
    return loaded.generate([[1, number] for number in range(count)], [7] * count, told.update), told


def test_prompts_go_out_as_ids_many_at_once(serving: Callable[..., Fake], model: str) -> None:
    def slowly(_: int) -> Reply:
        time.sleep(0.1)
        return completion("(A) yes")

    fake = serving(slowly)
    found, told = ask(fake, model, 20)
    assert found == [Completion("(A) yes", "stop", 3)] * 20 == [told[index] for index in range(20)]
    assert sorted(one["prompt"] for one in fake.asked) == [[1, number] for number in range(20)]
    assert {(one["model"], one["max_tokens"], one["temperature"]) for one in fake.asked} == {("m", 7, 0)}
    assert fake.most > 5
    assert engines.load("server", model, fake.url).context == 99


@pytest.mark.parametrize("failure", [(429, b"{}"), (500, b"oops"), (0, b"")], ids=["429", "500", "nothing"])
def test_a_server_that_fails_twice_is_asked_again(serving: Callable[..., Fake], model: str, failure: Reply) -> None:
    found, _ = ask(serving(lambda number: failure if number in {1, 3} else completion("x")), model)
    assert [one.text for one in found] == ["x"] * 3


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((500, b"oops"), "fails"),
        ((429, b"{}"), "fails"),
        ((400, b'{"error": {"message": "too long"}}'), "too long"),
        ((0, b""), "fails"),
        ((200, b"<html>hello</html>"), "is not a completion|fails"),
        ((200, b'{"choices": []}'), "is not a completion"),
        ((200, b'{"choices": null}'), "is not a completion"),
    ],
)
def test_a_server_that_goes_on_failing_ends_the_run(
    serving: Callable[..., Fake], model: str, reply: Reply, words: str
) -> None:
    with pytest.raises(UserError, match=words) as raised:
        ask(serving(lambda _: reply), model)
    assert "/v1" in raised.value.message + raised.value.hint


def test_what_was_answered_before_is_told(serving: Callable[..., Fake], model: str) -> None:
    told: dict[int, Completion] = {}
    fake = serving(lambda number: completion("x") if number <= 2 else (400, b"{}"))
    loaded = engines.load("server", model, fake.url)
    with pytest.raises(UserError):
        loaded.generate([[1]] * 300, [7] * 300, told.update)
    assert 0 < len(told) <= 2


def test_models(serving: Callable[..., Fake], model: str) -> None:
    two = b'{"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b", "object": "model"}]}'
    with pytest.raises(UserError, match="serves no model") as raised:
        ask(serving(lambda _: completion("x"), (200, two)), model)
    assert "a, b" in raised.value.hint
    with pytest.raises(UserError, match=r"not a list of models|fails"):
        ask(serving(lambda _: completion("x"), (200, b"[1]")), model)


def test_nobody_there(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "RETRIES", 0)
    with pytest.raises(UserError, match="fails: Connection error"):
        engines.load("server", model, "http://127.0.0.1:9/v1")


def test_an_address_belongs_to_the_server_alone(model: str) -> None:
    with pytest.raises(UserError, match="need an address"):
        engines.load("server", model)
    with pytest.raises(UserError, match="need an address"):
        engines.load("vllm", model, "http://127.0.0.1:9/v1")


def test_grammars_go_out_with_their_prompts(serving: Callable[..., Fake], model: str) -> None:
    fake = serving(lambda _: completion("x"))
    loaded = engines.load("server", model, fake.url)
    loaded.generate([[1, 0], [1, 1]], [7, 7], lambda _: None, ['root ::= "x"', None])
    sent = {one["prompt"][1]: one.get("structured_outputs") for one in fake.asked}
    assert sent == {0: {"grammar": 'root ::= "x"'}, 1: None}


def test_a_server_that_takes_no_notice_of_grammars(serving: Callable[..., Fake], model: str, tmp_path: Path) -> None:
    fake = serving(lambda _: completion("I think that it is"), (200, ONE[1].replace(b"99", b"99999")))
    chosen = Settings(limit=1, base_url=fake.url, constrained=True)
    with pytest.raises(UserError, match="is outside its grammar: 'I think that it is'"):
        evaluate(model, "server", suites.load("demo"), Path(), tmp_path / "run", chosen, lambda *_: None)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("owner", "penalty"), [("vllm", 1.0), ("somebody", None)])
def test_vllm_is_told_to_punish_no_repetition(
    serving: Callable[..., Fake], model: str, owner: str, penalty: float | None
) -> None:
    named = ONE[1].replace(b'"created": 1', f'"created": 1, "owned_by": "{owner}"'.encode())
    fake = serving(lambda _: completion("x"), (200, named))
    ask(fake, model)
    assert {one.get("repetition_penalty") for one in fake.asked} == {penalty}


def test_how_likely_tokens_are(serving: Callable[..., Fake], model: str) -> None:
    told = {"token_id:4": -0.5, "token_id:9": -1.5, "token_id:2": -0.1}
    fake = serving(lambda _: completion("x", {"top_logprobs": [told], "tokens": ["x"], "token_logprobs": [-0.1]}))
    loaded, found = engines.load("server", model, fake.url), dict[int, Sequence[float]]()
    loaded.next_tokens([[1, 0], [1, 1]], [[9, 4], [2]], found.update)
    assert found == {0: [-1.5, -0.5], 1: [-0.1]}
    sent = {one["prompt"][1]: (one["logprob_token_ids"], one["logprobs"], one["max_tokens"]) for one in fake.asked}
    assert sent == {0: ([9, 4], 2, 1), 1: ([2], 1, 1)}


def test_a_server_that_tells_of_twenty_tokens_is_asked_about_more_at_once(
    serving: Callable[..., Fake], model: str
) -> None:
    refusal = b'{"error": {"message": "Requested sample logprobs of 25, which is greater than max allowed: 20"}}'
    fake = serving(lambda _: (400, refusal))
    loaded = engines.load("server", model, fake.url)
    with pytest.raises(UserError, match="refuses a question with 25 options by likelihood") as caught:
        loaded.next_tokens([[1, 0], [1, 1], [1, 2]], [[9, 4], [*range(25)], [2]], lambda _: None)
    assert caught.value.hint == "start it with 'vllm serve --max-logprobs 25'; its default is 20."
    assert [one["prompt"] for one in fake.asked] == [[1, 1]]


def test_a_server_that_does_not_tell_how_likely_tokens_are(serving: Callable[..., Fake], model: str) -> None:
    loaded = engines.load("server", model, serving(lambda _: completion("x")).url)
    with pytest.raises(UserError, match="doesn't return the log-probabilities"):
        loaded.next_tokens([[1]], [[4]], lambda _: None)


@pytest.mark.slow
def test_vllm_serve_answers_as_vllm_does(tmp_path: Path) -> None:
    one_head = {"num_attention_heads": 1, "num_key_value_heads": 1}
    folder = tiny(tmp_path / "model", noise=2.0, vocab_size=320, max_position_embeddings=8192, **one_head)
    write_bytes_tokenizer(folder, merging=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ["--dtype", "float32", "--enforce-eager", "--host", "127.0.0.1", "--port", port]
    environment = {**ENVIRONMENT, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(
            [Path(sys.executable).parent / "vllm", "serve", folder, *options], stdout=log, stderr=log, env=environment
        )
    try:
        for way in ([], ["--constrained"], ["--by", "likelihood"]):
            runs = {}
            for engine, more in (("server", ["--base-url", f"http://127.0.0.1:{port}/v1"]), ("vllm", [])):
                out = tmp_path / " ".join([engine, *way])
                options = ["--engine", engine, *more, *way, "--limit", "2", "--out", str(out)]
                for _ in range(60):
                    done = mnlu("eval", "--model", folder, *options, **environment)
                    if done.returncode == 0 or "Connection error" not in done.stderr:
                        break
                    time.sleep(3)
                assert done.returncode == 0, done.stderr[-2000:] + (tmp_path / "log").read_text("utf-8")[-2000:]
                lines = [json.decode(line) for line in (out / "predictions.jsonl").read_bytes().splitlines()]
                runs[engine] = [(line["id"], line["prediction"], line["finish_reason"]) for line in lines]
            assert runs["server"] == runs["vllm"], way
    finally:
        running.terminate()
        running.wait(60)
