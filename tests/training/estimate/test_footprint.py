"""Parameters of known models, exactly; what a step keeps, against a step of a real model."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModelForCausalLM,
    BartConfig,
    BioGptConfig,
    GPTNeoConfig,
    MistralConfig,
    PretrainedConfig,
    T5Config,
)
from trl.trainer import utils as trl_utils

from mnlu_instruct.training.estimate import footprint
from mnlu_instruct.training.estimate.footprint import activations, counts
from mnlu_instruct.training.estimate.shapes import config_of
from mnlu_instruct.training.recipe import Lora, ModelRecipe

SMALL = {"hidden_size": 64, "intermediate_size": 160, "num_attention_heads": 4, "num_key_value_heads": 2}
PLAIN = ModelRecipe(config=SMALL, dtype="float32")


def mistral(layers: int) -> MistralConfig:
    return MistralConfig(**SMALL, num_hidden_layers=layers, vocab_size=300)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("BioMistral/BioMistral-7B-DARE", 7_241_732_096),
        ("mistralai/Mistral-7B-v0.1", 7_241_732_096),
        ("meta-llama/Llama-3.1-8B", 8_030_261_248),
        ("google/flan-t5-large", 783_150_080),
    ],
)
def test_known_models_have_their_parameters(name: str, parameters: int) -> None:
    assert counts(config_of(ModelRecipe(base=name))).all == parameters


def test_an_adapters_parameters_are_two_factors_for_each_linear_layer() -> None:
    hidden, inner, keys = 64, 160, 32
    shapes = [(hidden, hidden), (hidden, keys), (hidden, keys), (hidden, hidden)] + 3 * [(hidden, inner)]
    found = counts(mistral(3), Lora(rank=5))
    assert found.trained == 3 * sum(5 * (ins + outs) for ins, outs in shapes)
    assert found.linear == 3 * sum(ins * outs for ins, outs in shapes)
    assert found.all == counts(mistral(3)).all == counts(mistral(3)).trained
    assert found.head == found.largest == 300 * hidden
    assert found.outside + 3 * found.layer == found.all


def saved_by(config: MistralConfig, rows: int, length: int, attention: str) -> int:
    """Bytes that a real model's forward pass keeps for its backward pass, beside the weights."""
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention).train()
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: dict[int, int] = {}

    def pack(one: torch.Tensor) -> torch.Tensor:
        storage = one.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return one

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda one: one):
        found = model.base_model(torch.zeros(rows, length, dtype=torch.long), use_cache=False)
    assert found.last_hidden_state.requires_grad
    return sum(kept.values())


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize(("layers", "rows", "length"), [(2, 1, 64), (6, 3, 64), (5, 12, 40)])
def test_what_is_saved_is_what_a_real_model_saves(attention: str, layers: int, rows: int, length: int) -> None:
    model = PLAIN.model_copy(update={"attention": attention})
    found = activations(mistral(layers), model, length, rows, checkpointing=False, autocast=False)
    assert found.saved == pytest.approx(saved_by(mistral(layers), rows, length, attention), rel=0.12)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_the_peak_is_never_below_that_of_the_very_model(checkpointing: bool) -> None:
    for layers, rows in ((5, 3), (4, 11)):
        config = mistral(layers)
        args = (config.to_json_string(use_diff=False), "float32", "sdpa", None, 64, rows, layers, checkpointing, False)
        traced = footprint._traced(*args)
        found = activations(config, PLAIN, 64, rows, checkpointing, autocast=False)
        assert found.saved == pytest.approx(traced.saved, rel=0.01)
        assert 0.97 * traced.peak <= found.peak <= 1.2 * traced.peak


def test_checkpointing_keeps_the_inputs_of_layers_alone() -> None:
    rows, length, hidden = 4, 128, 64
    two, three = (
        activations(mistral(layers), PLAIN, length, rows, checkpointing=True, autocast=False).saved for layers in (2, 3)
    )
    assert three - two == rows * length * hidden * 4


@settings(max_examples=12)  # four models are traced for each
@given(st.sampled_from([32, 64]), st.integers(1, 40), st.booleans())
def test_more_rows_longer_rows_and_no_checkpointing_take_more(length: int, batch: int, checkpointing: bool) -> None:
    def kept(length: int, batch: int, checkpointing: bool) -> tuple[int, int]:
        found = activations(mistral(6), PLAIN, length, batch, checkpointing, autocast=False)
        return found.saved, found.peak

    here = kept(length, batch, checkpointing)
    assert here[0] <= here[1]
    for more in (kept(2 * length, batch, checkpointing), kept(length, batch + 1, checkpointing)):
        assert here[0] < more[0] and here[1] < more[1]
    assert here[0] <= kept(length, batch, False)[0]


def test_an_encoder_decoder_is_traced_to_its_loss() -> None:
    config = T5Config(d_model=32, d_kv=8, d_ff=64, num_heads=4, num_layers=3, vocab_size=300, decoder_start_token_id=0)
    few, many = (activations(config, PLAIN, 64, rows, checkpointing=False, autocast=False) for rows in (2, 4))
    assert 1.8 * few.saved < many.saved <= 2 * few.saved
    assert few.saved > 2 * 16 * 300 * 4  # the logits of an answer of a quarter of the tokens


UNUSUAL = {
    "BART, which may leave out layers": BartConfig(
        d_model=32, encoder_layers=4, decoder_layers=4, encoder_attention_heads=4, decoder_attention_heads=4,
        encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=300, encoder_layerdrop=0.1, decoder_layerdrop=0.1,
    ),
    "BioGPT, too": BioGptConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4, vocab_size=300, layerdrop=0.1,
    ),
    "GPT-Neo, with a list of attentions": GPTNeoConfig(
        hidden_size=32, num_layers=4, num_heads=4, vocab_size=300, attention_types=[[["global", "local"], 2]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("config", UNUSUAL.values(), ids=UNUSUAL)
def test_models_of_other_kinds_are_traced(config: PretrainedConfig) -> None:
    model = PLAIN.model_copy(update={"attention": "eager"})
    few, many = (activations(config, model, 64, rows, checkpointing=False, autocast=False) for rows in (2, 4))
    assert 1.8 * few.saved < many.saved <= 2 * few.saved


def test_the_heads_tiles_are_what_trl_makes() -> None:
    from mnlu_instruct.training.estimate.memory import Setting, _head  # noqa: PLC0415

    rows, length, hidden, vocabulary = 2, 512, 64, 5_000
    config = MistralConfig(hidden_size=hidden, vocab_size=vocabulary)
    setting = Setting(PLAIN, "one", 1, rows, length, checkpointing=True, half=False, cpu=True)
    with footprint.FakeTensorMode(), footprint._Live() as live:
        states = torch.empty(rows * length, hidden, requires_grad=True)
        weight = torch.empty(vocabulary, hidden, requires_grad=True)
        labels = torch.zeros(rows * length, dtype=torch.long)
        before = live.peak = live.now
        outputs = trl_utils._ChunkedLogProbFunction.apply(
            states, weight, None, labels, 1.0, trl_utils._CHUNKED_LOGPROB_CHUNK_SIZE, None, 1.0, ("log_probs",)
        )
        outputs[0].sum().backward()
    # Nothing is written to the rest of the buffer of tiles.
    untouched = 4 * rows * length * (trl_utils._CHUNKED_LOGPROB_CHUNK_SIZE - vocabulary)
    found = _head(config, setting, hidden * vocabulary, 4, 4)
    assert found == pytest.approx(live.peak - before - untouched, rel=0.05)
