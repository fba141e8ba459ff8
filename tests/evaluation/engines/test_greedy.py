"""Generation by encoder–decoder models writes the tokens of `generate`, whatever rows are beside a row."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BartForConditionalGeneration

from mnlu_instruct.catalogue.suites import Search
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.engines import greedy, transformers_local
from mnlu_instruct.evaluation.engines.engine import Completion
from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder
from tests.training.test_untouched_bases import Make, bart, t5

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
PROMPTS = [" ".join(WORDS[place % 5 : place % 5 + 1 + place * 3 % 7]) for place in range(21)]
LIMITS = [3 + place * 5 % 24 for place in range(21)]


@pytest.fixture(params=[t5, bart], ids=["T5", "BART"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EncoderDecoder:
    """A model that has learned nothing; an eighth of all tokens end its answers, so that these have all lengths."""
    torch.manual_seed(5)
    make: Make = request.param
    make(tmp_path)
    found = EncoderDecoder(str(tmp_path))
    with torch.no_grad():  # without noise, a tiny model says the same whatever it is asked
        for weights in found.model.parameters():
            weights.add_(torch.randn_like(weights) * 0.3)
    ends = [found.tokenizer.eos_token_id, *range(7, found.model.config.vocab_size, 8)]
    monkeypatch.setattr(found, "ends", ends)
    return found


def together(engine: EncoderDecoder, prompts: list[list[int]], beat: Callable[[], None]) -> list[list[int]]:
    begun: list[list[int]] = [[] for _ in prompts]
    return greedy.written(engine.model, *engine._tensors(prompts), begun, LIMITS, engine.ends, greedy.likeliest, beat)


def alone(engine: EncoderDecoder, prompt: list[int], limit: int) -> list[int]:
    written = engine.model.generate(
        input_ids=torch.tensor([prompt]), max_new_tokens=limit, eos_token_id=engine.ends, pad_token_id=0
    )
    found: list[int] = written[0, 1:].tolist()
    return found


def test_rows_that_leave_a_batch_change_no_token(engine: EncoderDecoder) -> None:
    prompts = engine.prompt_ids([[{"role": "user", "content": words}] for words in PROMPTS])
    beats: list[int] = []
    written = together(engine, prompts, lambda: beats.append(1))
    assert written == [alone(engine, *one) for one in zip(prompts, LIMITS, strict=True)]
    assert len(set(map(tuple, written))) > 10
    assert len({len(one) for one in written}) > 4
    assert any(len(one) == limit and one[-1] not in engine.ends for one, limit in zip(written, LIMITS, strict=True))
    assert len(beats) == max(map(len, written))


@pytest.mark.parametrize("stops", [(transformers_local.ENDLESS,), (2, 3, 11, transformers_local.ENDLESS)])
def test_answers_that_go_on_in_new_batches_are_the_same(
    stops: tuple[int, ...], engine: EncoderDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformers_local, "STOPS", stops)
    engine.batch, engine.room = 4, 40
    prompts = engine.prompt_ids([[{"role": "user", "content": words}] for words in PROMPTS])
    said = engine.generate(prompts, LIMITS, lambda _: None)
    expected = [alone(engine, *one) for one in zip(prompts, LIMITS, strict=True)]
    assert [one.tokens for one in said] == list(map(len, expected))
    texts = [engine.text(one[:-1] if one[-1] in engine.ends else one, []) for one in expected]
    assert [one.text for one in said] == texts
    assert [one.finish_reason for one in said] == ["stop" if one[-1] in engine.ends else "length" for one in expected]


def counted(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each step of the decoder computes."""
    rows: list[int] = []
    forward: Callable[..., Any] = model.forward

    def counting(**given: Any) -> Any:
        rows.append(len(given["decoder_input_ids"]))
        return forward(**given)

    monkeypatch.setattr(model, "forward", counting)
    return rows


def test_a_row_costs_no_more_than_its_own_tokens(engine: EncoderDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = engine.prompt_ids([[{"role": "user", "content": words}] for words in PROMPTS])
    rows = counted(engine.model, monkeypatch)
    written = together(engine, prompts, lambda: None)
    assert sum(rows) == sum(map(len, written))
    assert rows == sorted(rows, reverse=True)


def test_a_batch_has_more_rows_of_short_prompts(engine: EncoderDecoder) -> None:
    engine.batch, engine.room = 2, 24
    prompts = [[1] * length for length in (2, 2, 3, 3, 4, 4, 4, 9, 9, 30, 30, 30)]
    found = engine._batches(range(len(prompts)), prompts, lambda _: None)
    widths = [[len(prompts[place]) for place in batch] for batch in found]
    assert widths == [[2, 2, 3, 3, 4, 4], [4, 9], [9, 30], [30, 30]]


def test_a_forced_beginning_is_written_first(tmp_path: Path) -> None:
    torch.manual_seed(5)
    bart(tmp_path)
    model = BartForConditionalGeneration.from_pretrained(tmp_path)
    for forced in (None, 17):
        model.generation_config.forced_bos_token_id = forced
        ids, chosen = torch.tensor([[5, 6, 2]]), []

        def choose(logits: torch.Tensor, rows: Any, chosen: list[int] = chosen) -> list[int]:
            chosen += greedy.likeliest(logits, rows)
            return chosen[-1:]

        ((first, *others),) = greedy.written(model, ids, torch.ones_like(ids), [[]], [6], [2], choose, lambda: None)
        assert (first == 17) == (forced == 17)
        assert chosen == (others if forced else [first, *others])


def test_a_model_says_with_which_token_an_answer_begins(tmp_path: Path) -> None:
    bart(tmp_path)
    engine = EncoderDecoder(str(tmp_path))
    engine.model.generation_config.decoder_start_token_id = None
    with pytest.raises(UserError, match="no decoder_start_token_id"):
        engine.generate([[5, 2]], [3], lambda _: None)


def test_a_beam_search_is_that_of_generate_with_the_settings_stated(engine: EncoderDecoder) -> None:
    how = Search(beams=3, max_tokens=9, min_tokens=4, length_penalty=2.0, no_repeat_ngram=2)
    prompts = engine.prompt_ids([[{"role": "user", "content": words}] for words in PROMPTS])
    found: dict[int, Completion] = {}
    engine.search(prompts, [9] * len(prompts), how, found.update)
    assert sorted(found) == list(range(len(prompts)))
    for place, prompt in enumerate(prompts):
        written = engine.model.generate(
            input_ids=torch.tensor([prompt]), num_beams=3, max_new_tokens=9, min_new_tokens=4, length_penalty=2.0,
            no_repeat_ngram_size=2, early_stopping=True, eos_token_id=engine.ends, pad_token_id=0,
        )[0, 1:].tolist()  # fmt: skip
        assert found[place].tokens == next(
            (end for end, one in enumerate(written, 1) if one in engine.ends), len(written)
        )
        assert found[place].text == engine.text([one for one in written if one not in engine.ends], [])
    greedy_texts = [one.text for one in engine.generate(prompts, [9] * len(prompts), lambda _: None)]
    assert greedy_texts != [found[place].text for place in range(len(prompts))]
