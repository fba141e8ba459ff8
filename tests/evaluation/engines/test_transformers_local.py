"""The engine `transformers` on its own: nothing of a checkpoint's generation settings, nothing of the prompt."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, BartForConditionalGeneration

from mnlu_instruct.evaluation.engines import greedy
from mnlu_instruct.evaluation.engines.engine import answer_room
from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder, Local
from mnlu_instruct.prompting import packs, templates
from mnlu_instruct.prompting.preview import samples
from mnlu_instruct.tasks import ere
from tests.training.test_untouched_bases import bart, gpt2

BANS = {"num_beams": 4, "no_repeat_ngram_size": 3, "min_length": 20, "repetition_penalty": 2.0, "early_stopping": True}
LIMIT = 30


def ignored(*_: object) -> None:
    """Do nothing with answers that are done."""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "plain"
    folder.mkdir()
    torch.manual_seed(3)
    bart(folder)
    return folder


@pytest.mark.parametrize("file", ["generation_config.json", "config.json"])
def test_bans_and_beams_of_a_checkpoint_change_no_token(file: str, base: Path, tmp_path: Path) -> None:
    banned = Path(shutil.copytree(base, tmp_path / "banned"))
    for folder, settings in ((base, {}), (banned, BANS)):
        for name in ("generation_config.json", "config.json"):
            stated = json.loads((folder / name).read_text("utf-8"))
            kept = {key: value for key, value in stated.items() if key not in BANS}
            (folder / name).write_text(json.dumps(kept | (settings if name == file else {})), "utf-8")
    free, held = EncoderDecoder(str(base)), EncoderDecoder(str(banned))
    prompts = free.prompt_ids([[{"role": "user", "content": words}] for words in ("one", "two words")])
    limits = [LIMIT] * len(prompts)
    assert held.generate(prompts, limits, ignored) == free.generate(prompts, limits, ignored)
    if file == "generation_config.json":
        own = BartForConditionalGeneration.from_pretrained(banned)
        ids, mask = held._tensors(prompts)
        written = own.generate(input_ids=ids, attention_mask=mask, max_new_tokens=LIMIT)
        ours = greedy.written(held.model, ids, mask, [[], []], limits, held.ends, greedy.likeliest, ignored)
        assert written[:, 1 : LIMIT + 1].tolist() != ours


def test_a_clause_in_the_prompt_is_no_part_of_the_answer(tmp_path: Path) -> None:
    torch.manual_seed(3)
    gpt2(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    tokenizer.chat_template = templates.PLAIN
    tokenizer.save_pretrained(tmp_path)
    engine = Local(str(tmp_path))
    sample = samples()["ere"]
    clause = packs.load("verb").completion(sample)[0]["content"]
    assert ere.read(clause, sample).answer == sample.gold.answer
    prompts = engine.prompt_ids([[{"role": "user", "content": f"Find all relations.\n\n{clause}"}]])
    (answer,) = engine.generate(prompts, [4], ignored)
    assert answer.tokens <= 4
    assert clause not in answer.text
    assert ere.read(answer.text, sample).answer is None


def test_prompt_and_answer_share_a_decoders_context_and_an_encoder_decoder_has_one_for_each(
    base: Path, tmp_path: Path
) -> None:
    (tmp_path / "gpt2").mkdir()
    gpt2(tmp_path / "gpt2")
    apart, shared = EncoderDecoder(str(base)), Local(str(tmp_path / "gpt2"))
    assert (apart.context, shared.context) == (1024, 1024)
    assert [answer_room(apart, prompt) for prompt in (1000, 1024, 1025)] == [1024, 1024, -1]
    assert [answer_room(shared, prompt) for prompt in (1000, 1024, 1025)] == [24, 0, -1]
