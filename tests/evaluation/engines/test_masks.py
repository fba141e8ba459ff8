"""Constrained answers of models that have learned nothing, of every tokenizer: relations between parts of a text."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import questions
from mnlu_instruct.evaluation.answering import as_instance
from mnlu_instruct.evaluation.engines import masks, transformers_local
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, evaluate
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.prompting import chat, templates
from mnlu_instruct.tasks import ere
from mnlu_instruct.tasks.answers.clauses import BETWEEN, END
from mnlu_instruct.types import normalise
from tests.support import FIXTURES
from tests.training.test_untouched_bases import Make, bart, biogpt, gpt2, t5

RELATIONS = Suite(
    name="relations",
    description="Questions about all relations of a text.",
    datasets=tuple(Dataset(name=name, corpus=name, task="ere") for name in ("demo-ere", "bc5cdr", "chemprot-study")),
)
SUMMARIES = Suite(name="s", description="d", datasets=(Dataset(name="summ", corpus="demo-summ", task="summ"),))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few tokens an answer: models that have learned nothing may not come to an end. Some go on in new batches."""
    monkeypatch.setattr(transformers_local, "STOPS", (7, 30, transformers_local.ENDLESS))
    monkeypatch.setattr(questions, "LIMITS", {"ere": 80, "summ": 5})


def base(make: Make, folder: Path) -> Path:
    """A model with noise in its weights:  to each question, and comes to an end."""
    folder.mkdir()
    torch.manual_seed(2)
    make(folder)
    if make is gpt2:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.chat_template = templates.PLAIN
        tokenizer.save_pretrained(folder)
    return folder


def asked(model: Path, out: Path, suite: Suite = RELATIONS, **settings: Any) -> list[Question]:
    chosen = Settings(**{"pack": "verb", "limit": 2, "too_long": "wrong", **settings})
    evaluate(str(model), "transformers", suite, FIXTURES, out, chosen, lambda *_: None)
    return [json.loads(line) for line in (out / PREDICTIONS).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("pack", ["verb", "quoted"])
@pytest.mark.parametrize("make", [t5, bart, gpt2], ids=["T5", "BART", "GPT-2"])
def test_constrained_answers_state_relations_between_parts_of_the_text(make: Make, pack: str, tmp_path: Path) -> None:
    model = base(make, tmp_path / "base")
    stated = 0
    for question in asked(model, tmp_path / "run", constrained=True, pack=pack):
        instance = as_instance(question)
        lowered = instance.text.lower() if question["corpus"] == "chemprot-study" else instance.text
        answer = question["prediction"]
        if question["finish_reason"] == "length":  # what was cut off is left out
            answer = answer.rpartition(BETWEEN)[0] + END
        parsed = ere.read(answer, instance)
        if answer != END:
            assert isinstance(parsed.answer, tuple), question
            assert not parsed.unread, question
            assert all(name in normalise(lowered) for _, *names in parsed.answer for name in names), question
            stated += len(parsed.answer)
    assert stated
    assert json.loads((tmp_path / "run" / RUN).read_text("utf-8"))["constrained"] is True


def test_free_answers_of_the_same_model_can_not_be_read(tmp_path: Path) -> None:
    model = base(t5, tmp_path / "base")
    for question in asked(model, tmp_path / "run"):
        assert ere.read(question["prediction"], as_instance(question)).answer is None
    about = json.loads((tmp_path / "run" / RUN).read_text("utf-8"))
    assert "constrained" not in about
    assert about["system"] == model.name


def test_a_tokenizer_that_moves_blanks_can_not_be_constrained(tmp_path: Path) -> None:
    model = base(biogpt, tmp_path / "base")
    with pytest.raises(UserError, match="Answers can't be constrained with the tokenizer of"):
        masks.check(str(model))


def test_that_summaries_stay_free_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = base(gpt2, tmp_path / "base")
    asked(model, tmp_path / "run", SUMMARIES, constrained=True, pack="mnlu", limit=2)
    assert capsys.readouterr().err.count("and names of concepts have no grammar: they aren't constrained.") == 1


@pytest.mark.parametrize("make", [t5, bart, gpt2], ids=["T5", "BART", "GPT-2"])
def test_the_text_of_tokens_is_what_they_write(make: Make, tmp_path: Path) -> None:
    tokenizer = chat.load_tokenizer(str(base(make, tmp_path / "base")))
    info = masks.texts(tokenizer, len(tokenizer) + 28, [tokenizer.eos_token_id])
    text = "Naloxone (NX-1) raises 5 β; it's known."
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    written = b"".join(info.decoded_vocab[number] for number in ids if number != tokenizer.unk_token_id)
    assert written.decode() in (text, f" {text}", f" {text.replace('β', '')}")
    special = {*tokenizer.all_special_ids, *range(len(tokenizer), len(tokenizer) + 28)} - {tokenizer.eos_token_id}
    assert special <= set(info.special_token_ids)
