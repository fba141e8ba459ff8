"""Suites whose answers are searched for: with which engines, and what a run's folder says of it."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Dataset, Search, Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.engines.engine import Completion
from mnlu_instruct.evaluation.engines.transformers_local import Local
from mnlu_instruct.evaluation.evaluate import evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.prompting import templates
from tests.training.test_untouched_bases import bart, gpt2

SUITE = """
name: mine
description: Replies.
datasets:
  - name: replies
    corpus: demo-dialogue
    task: dialogue
    search: {beams: 2, max_tokens: 6, min_tokens: 3}
  - {name: notes, corpus: demo-summ, task: summ}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "mine.yaml").write_text(SUITE)
    return suites.load(str(tmp_path / "mine.yaml"))


def test_a_run_says_how_answers_were_searched_for(suite: Suite, tmp_path: Path) -> None:
    bart(tmp_path / "model")
    settings = Settings(pack="biobart", limit=3, too_long="shorten")
    evaluate(str(tmp_path / "model"), "transformers", suite, Path(), tmp_path / "run", settings, lambda *_: None)
    told = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert told["search"] == {
        "replies": {
            "beams": 2, "max_tokens": 6, "min_tokens": 3, "length_penalty": 1.0, "no_repeat_ngram": 0,
            "early_stopping": True,
        }
    }  # fmt: skip
    lines = map(json.loads, (tmp_path / "run" / "predictions.jsonl").read_text("utf-8").splitlines())
    tokens = {(one["dataset"], one["completion_tokens"]) for one in lines}
    assert all(3 <= count <= 6 for name, count in tokens if name == "replies")
    assert any(count > 6 for name, count in tokens if name == "notes")


def test_other_engines_do_not_search(suite: Suite, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Suite mine has answers to replies searched for, which --engine vllm doesn't"):
        evaluate("model", "vllm", suite, Path(), tmp_path / "run", Settings(pack="biobart"), lambda *_: None)
    assert not (tmp_path / "run").exists()
    evaluate("majority", "baseline", suite, Path(), tmp_path / "run", Settings(pack="biobart"), lambda *_: None)
    assert "search" not in json.loads((tmp_path / "run" / "run.json").read_bytes())


def test_a_search_keeps_to_no_grammar(suite: Suite, tmp_path: Path) -> None:
    search = Search(beams=2, max_tokens=6)
    kept = suite.model_copy(update={"datasets": (Dataset(name="notes", corpus="demo-ner", task="ner", search=search),)})
    settings = Settings(constrained=True)
    with pytest.raises(UserError, match="Answers to notes are searched for, which keeps to no grammar"):
        evaluate("model", "transformers", kept, Path(), tmp_path / "run", settings, lambda *_: None)


def test_a_search_without_an_answer_is_refused() -> None:
    with pytest.raises(UserError, match="min_tokens 7, more than its max_tokens 6"):
        Search(beams=2, max_tokens=6, min_tokens=7)


def test_decoders_search_too(suite: Suite, tmp_path: Path) -> None:
    gpt2(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    tokenizer.chat_template = templates.PLAIN
    tokenizer.save_pretrained(tmp_path / "model")
    engine = Local(str(tmp_path / "model"))
    prompts = [[5, 6, 7], [8, 9], [10, 11, 12, 13]]
    found: dict[int, Completion] = {}
    engine.search(prompts, [6, 6, 4], Search(beams=3, max_tokens=6, min_tokens=4, no_repeat_ngram=2), found.update)
    for place, (prompt, limit) in enumerate(zip(prompts, [6, 6, 4], strict=True)):
        written = engine.model.generate(
            input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), num_beams=3,
            max_new_tokens=limit, min_new_tokens=4, no_repeat_ngram_size=2, early_stopping=True,
            eos_token_id=engine.ends, pad_token_id=engine.ends[0],
        )[0, len(prompt) :].tolist()  # fmt: skip
        ended = written[-1] in engine.ends
        assert found[place].text == engine.text(written[:-1] if ended else written, prompt)
        assert 4 <= found[place].tokens <= limit
