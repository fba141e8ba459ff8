"""The model: scores by the formula, types from their names, checkpoints that come back, what is no pointer model."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, BartForConditionalGeneration, T5Config

from mnlu_instruct.errors import UserError
from mnlu_instruct.pointing import model
from mnlu_instruct.pointing.model import IGNORED, NEVER, PointerModel, Settings, collated
from mnlu_instruct.pointing.sentences import Example, Sentence, examples
from mnlu_instruct.pointing.target import Found

TYPES = (("P", "Protein"), ("ADR", "Cell line"))
"""In an order that isn't that of their keys."""
TEXT = "my legs and arms ached"
GIVEN = [
    Sentence("a", TEXT, ((0, 2), (3, 7), (8, 11), (12, 16), (17, 22)), (Found((1, 4), 0), Found((3, 4), 1))),
    Sentence("b", "my arms", ((0, 2), (3, 7)), ()),
]


@pytest.fixture(scope="module")
def tokenizer(base: Path):  # type: ignore[no-untyped-def]
    return AutoTokenizer.from_pretrained(base)


@pytest.fixture
def network(base: Path, tokenizer) -> PointerModel:  # type: ignore[no-untyped-def]
    return PointerModel.started(str(base), tokenizer, Settings(TYPES)).eval()


@pytest.fixture(scope="module")
def batch(tokenizer):  # type: ignore[no-untyped-def]
    given: list[Example] = examples(GIVEN, tokenizer, "word", 2)
    return collated([{"ids": one.ids, "symbols": one.symbols} for one in given], tokenizer.pad_token_id)


def test_a_type_begins_as_the_mean_of_its_names_pieces_which_stay_as_they_were(
    base: Path,
    tokenizer,  # type: ignore[no-untyped-def]
    network: PointerModel,
) -> None:
    before = BartForConditionalGeneration.from_pretrained(base).model.shared.weight
    after = network.model.shared.weight
    assert torch.equal(after[:-2], before)
    for row, name in zip(after[-2:], dict(TYPES).values(), strict=True):
        ids = tokenizer(f" {name.lower()}", add_special_tokens=False)["input_ids"]
        assert len(ids) > 1
        assert torch.allclose(row, before[ids].mean(0))


def test_scores_are_those_of_the_formula(network: PointerModel, batch) -> None:  # type: ignore[no-untyped-def]
    ids, attended, symbols = batch["input_ids"], batch["attention_mask"], batch["symbols"]
    with torch.no_grad():
        scores = network(**batch)["logits"]
        states = network.model.encoder(input_ids=ids, attention_mask=attended).last_hidden_state
        read = network.tokens(symbols, ids)
        hidden = network.model.decoder(
            input_ids=read, encoder_hidden_states=states, encoder_attention_mask=attended
        ).last_hidden_state
        weights = network.model.shared.weight
        row, step, piece = 0, 2, 3
        state = hidden[row, step]
        pointed = (network.mlp(states[row, piece]) + weights[ids[row, piece]]) / 2
        assert scores[row, step, 0] == NEVER
        assert torch.allclose(scores[row, step, 1], state @ weights[2], atol=1e-5)
        assert torch.allclose(scores[row, step, 2:4], weights[-2:] @ state, atol=1e-5)
        assert torch.allclose(scores[row, step, 4 + piece], state @ pointed, atol=1e-5)
        assert (scores[1, 0, 4 + attended[1].sum() - 1 :] == NEVER).all()  # </s> and padding


def test_the_decoder_reads_the_pieces_that_are_pointed_at(network: PointerModel, batch) -> None:  # type: ignore[no-untyped-def]
    read = network.tokens(batch["symbols"], batch["input_ids"])
    first = network.config.vocab_size - 2
    pointed = [batch["input_ids"][0, symbol - 4].item() for symbol in batch["symbols"][0, [1, 2]].tolist()]
    assert read[0, :4].tolist() == [0, *pointed, first]
    assert read[1].tolist() == [0] + [2] * (read.shape[1] - 1)


def test_padding_has_no_loss(network: PointerModel, batch) -> None:  # type: ignore[no-untyped-def]
    assert batch["labels"][1].tolist() == [1] + [IGNORED] * (batch["labels"].shape[1] - 1)
    with torch.no_grad():
        whole = network(**batch)["loss"]
        longer = {
            name: torch.nn.functional.pad(
                one, (0, 3), value={"labels": IGNORED, "input_ids": 1, "symbols": 1}.get(name, 0)
            )
            for name, one in batch.items()
        }
        assert torch.allclose(network(**longer)["loss"], whole, atol=1e-5)


def test_a_checkpoint_comes_back_with_its_types(tmp_path: Path, network: PointerModel, tokenizer, batch) -> None:  # type: ignore[no-untyped-def]
    model.save(network, tokenizer, tmp_path)
    assert (tmp_path / "model.safetensors").is_file()
    found, read = model.load(tmp_path)
    assert found.settings == network.settings == Settings(TYPES)
    assert len(read) == len(tokenizer)
    with torch.no_grad():
        assert torch.equal(found(**batch)["logits"], network(**batch)["logits"])


def test_without_the_network_states_are_compared_as_they_are(base: Path, tokenizer) -> None:  # type: ignore[no-untyped-def]
    plain = PointerModel.started(str(base), tokenizer, Settings(TYPES, mlp=False))
    assert not [name for name in plain.state_dict() if name.startswith("mlp")]


def test_a_name_without_pieces_is_refused(base: Path, tokenizer) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError, match="The name of type 'X', ' ', has no pieces"):
        PointerModel.started(str(base), tokenizer, Settings((("X", " "),)))


def test_what_is_no_pointer_model_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is no pointer model: its config\.json has no valid 'pointing'"):
        model.load(base)
    with pytest.raises(UserError, match="There is no model in"):
        model.load(tmp_path / "none")
    T5Config().save_pretrained(tmp_path / "t5")
    with pytest.raises(UserError, match="is a t5 model, not BART"):
        model.load(tmp_path / "t5")
    changed = json.loads((base / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**changed, "pointing": {"types": [["X", "x"]], "mode": "sp"}}))
    with pytest.raises(UserError, match=r"no valid 'pointing' \(Invalid enum value 'sp'"):
        model.load(tmp_path)


def test_a_checkpoint_without_weights_is_refused(tmp_path: Path, network: PointerModel, tokenizer) -> None:  # type: ignore[no-untyped-def]
    model.save(network, tokenizer, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(UserError, match="has no weights: "):
        model.load(tmp_path)
