"""What a model's files say, found without weights; what can't be used is refused before an engine is loaded."""

from pathlib import Path

import pytest
from msgspec import json
from transformers import MistralConfig

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import model_check
from tests.prompting.families import FAMILIES, byte_level
from tests.support import failed, mnlu

NAME = "chatml, whose turns begin with the beginning-of-text"


def files(folder: Path, family: str = NAME, vocabulary: int = 400) -> Path:
    """A folder as of a model, without weights."""
    byte_level(FAMILIES[family]).save_pretrained(folder)
    MistralConfig(vocab_size=vocabulary, max_position_embeddings=512, sliding_window=64).save_pretrained(folder)
    (folder / "generation_config.json").write_bytes(json.encode({"eos_token_id": [7, 9]}))
    return folder


def test_facts(tmp_path: Path) -> None:
    found = model_check.facts(str(files(tmp_path)))
    assert (found.system, found.context, found.window) == ("message", 512, 64)
    assert found.begin == ["<|im_start|>"]
    assert found.generation_prompt == "<|im_start|>assistant\n"
    assert found.ends[-1] == "<|im_end|>" and len(found.ends) == 3  # two of the generation config
    assert found.first.startswith("<|im_start|>system") and found.last.endswith("<|im_start|>assistant\n")


def test_what_run_json_says(tmp_path: Path) -> None:
    folder = files(tmp_path, "gemma")
    (folder / "model.safetensors").touch()
    said = model_check.check(str(folder), "vllm")["chat"]
    assert (said["system"], said["begin"]) == ("before the question", ["<bos>"])


def test_weights_are_looked_for_unless_a_server_has_them(tmp_path: Path) -> None:
    folder = files(tmp_path)
    with pytest.raises(UserError, match="holds no weights"):
        model_check.check(str(folder), "transformers")
    assert model_check.check(str(folder), "server")


def test_a_token_without_an_embedding(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"token '<\|im_start\|>' with id 257, but the model has embeddings of 257"):
        model_check.facts(str(files(tmp_path, vocabulary=257)))


def test_the_command(tmp_path: Path) -> None:
    files(tmp_path)
    told = mnlu("models", "check", "--model", tmp_path)
    assert told.returncode == 0, told.stderr
    for words in ("512 tokens; attention sees 64 tokens back", "<|im_end|>", "a message of its own"):
        assert words in told.stdout
    as_json = json.decode(mnlu("models", "check", "--model", tmp_path, "--json").stdout)
    assert as_json["context"] == 512
    (tmp_path / "chat_template.jinja").write_text("{{ bos_token }}" * 2 + FAMILIES["chatml"].template, "utf-8")
    failed(mnlu("models", "check", "--model", tmp_path), "second beginning-of-text")
    (tmp_path / "chat_template.jinja").write_text("{{ messages[0].content }}", "utf-8")
    failed(mnlu("models", "check", "--model", tmp_path), "leaves out the assistant message")


def test_an_evaluation_is_refused_before_questions_and_weights_are_read(tmp_path: Path) -> None:
    folder = files(tmp_path / "model", "zephyr")
    (folder / "model.safetensors").write_bytes(b"no weights at all")
    (folder / "chat_template.jinja").write_text(FAMILIES["chatml"].template, "utf-8")
    done = mnlu("eval", "--model", folder, "--suite", "no-such-data", "--out", tmp_path / "run")
    failed(done, "no-such-data")
    done = mnlu("eval", "--model", folder, "--suite", "demo", "--out", tmp_path / "run")
    failed(done, "ends an answer with '<|im_end|>', which is no token")
    assert not (tmp_path / "run").exists()
