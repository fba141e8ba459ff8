"""What can't be merged is refused before mergekit starts, with the tensor's name."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from safetensors.torch import load_file, save_file

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import weights
from mnlu_instruct.merging.weight_changes import FAR, Change, by_layer, compare, moved, together
from mnlu_instruct.merging.weights import Weights, find
from tests.merging.conftest import Pair, model

NORM = "model.norm.weight"
HEAD = "lm_head.weight"


def changed(folder: Path, source: Path, **tensors: torch.Tensor | None) -> Weights:
    """The weights of another model with some tensors changed, left out (None), or added; `__` is a dot in a name."""
    folder.mkdir()
    new = {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    merged = {**load_file(source / weights.MODEL), **new}
    save_file({name: tensor for name, tensor in merged.items() if tensor is not None}, folder / weights.MODEL)
    (folder / "config.json").write_bytes((source / "config.json").read_bytes())
    return find(folder)


def refused(base: Weights, tuned: Weights, *words: str) -> None:
    with pytest.raises(UserError) as caught:
        compare(base, tuned)
    assert caught.value.hint
    for word in words:
        assert word in caught.value.message, (word, caught.value.message)


def test_norms_are_those_of_whole_tensors(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "BLOCK", 100)
    base, tuned = (load_file(folder / weights.MODEL) for folder in pair)
    found = compare(*map(find, pair))
    assert found.keys() == base.keys()
    for name, change in found.items():
        assert change.parameters == base[name].numel()
        assert change.base == pytest.approx(float(base[name].double().norm()), rel=1e-9)
        assert change.delta == pytest.approx(float((tuned[name] - base[name]).double().norm()), rel=1e-6)
        assert change.ratio == pytest.approx(0.3, rel=1e-5)


def test_blocks_are_small_and_whole(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "BLOCK", 100)
    parts = list(weights.blocks(find(pair[0]), HEAD))
    assert [len(part) for part in parts] == [3] * 5 + [1]
    assert torch.equal(torch.cat(parts), load_file(pair[0] / weights.MODEL)[HEAD])


def test_a_tensor_that_only_one_has(pair: Pair, tmp_path: Path) -> None:
    base, tuned = map(find, pair)
    fewer, more = (
        changed(tmp_path / "a", pair[1], lm_head__weight=None),
        changed(tmp_path / "b", pair[1], x=torch.ones(1)),
    )
    refused(base, fewer, f"{HEAD} is in {base.folder}, but not in {fewer.folder}")
    refused(base, more, f"x is in {more.folder}, but not in {base.folder}")
    refused(fewer, tuned, f"{HEAD} is in {tuned.folder}")


def test_another_shape(pair: Pair, tmp_path: Path) -> None:
    other = changed(tmp_path / "a", pair[1], model__norm__weight=torch.ones(31))
    refused(find(pair[0]), other, NORM, "(32,)", "(31,)")


def test_other_vocabularies(pair: Pair, tmp_path: Path) -> None:
    longer = find(model(tmp_path / "longer", vocab_size=17))
    refused(find(pair[0]), longer, "vocabularies differ", HEAD, "16 rows", "17")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 31])
def test_a_number_that_is_not_finite(pair: Pair, tmp_path: Path, bad: float, place: int) -> None:
    vector = load_file(pair[1] / weights.MODEL)[NORM]
    vector[place] = bad
    broken = changed(tmp_path / "a", pair[1], model__norm__weight=vector)
    refused(find(pair[0]), broken, f"{NORM} of {broken.folder}", "NaN or infinite")
    refused(broken, find(pair[1]), f"{NORM} of {broken.folder}", "NaN or infinite")
    with pytest.raises(UserError, match=NORM):
        weights.check_finite(broken)
    with pytest.raises(UserError, match=NORM):
        moved(find(pair[0]), broken, compare(*map(find, pair)))


def test_another_models_base(pair: Pair, tmp_path: Path) -> None:
    stranger = find(model(tmp_path / "stranger", seed=2))
    refused(find(pair[0]), stranger, f"{pair[0]} is not the base of {stranger.folder}", HEAD, "1.4")


def test_one_tensor_of_another_model(pair: Pair, tmp_path: Path) -> None:
    drawn = torch.randn(16, 32, generator=torch.Generator().manual_seed(5))
    refused(find(pair[0]), changed(tmp_path / "a", pair[1], lm_head__weight=drawn), "not the base", HEAD)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 20), st.sampled_from([64, 128, 256]))
def test_unrelated_matrices_are_always_far(seed: int, scale: float, size: int) -> None:
    drawn = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(size, size, generator=drawn) for _ in range(2))
    ratio = float((scale * second - first).norm() / first.norm())
    assert ratio == pytest.approx((1 + scale**2) ** 0.5, rel=0.1)
    assert scale < 0.3 or ratio > FAR


def test_layers_are_summed_up_in_their_order() -> None:
    one = Change(10, 3.0, 1.0, 0.5)
    names = ["model.layers.10.a", "model.layers.2.b", "model.layers.2.a", "lm_head.weight", "model.embed_tokens.weight"]
    found = by_layer(dict.fromkeys(names, one))
    assert list(found) == ["lm_head.weight", "model.embed_tokens.weight", "model.layers.2", "model.layers.10"]
    assert found["model.layers.2"] == together([one, one])
    assert found["model.layers.2"].parameters == 20
    assert found["model.layers.2"].base == pytest.approx(18**0.5)
    assert found["model.layers.2"].ratio == pytest.approx(1 / 3)
    assert Change(1, 0.0, 0.0).ratio == 0
    assert Change(1, 0.0, 1.0).ratio == math.inf


def test_weights_in_several_files(pair: Pair, tmp_path: Path) -> None:
    whole = load_file(pair[1] / weights.MODEL)
    index = {}
    for number, names in enumerate((sorted(whole)[:7], sorted(whole)[7:])):
        save_file({name: whole[name] for name in names}, tmp_path / f"part-{number}.safetensors")
        index |= dict.fromkeys(names, f"part-{number}.safetensors")
    (tmp_path / "model.safetensors.index.json").write_bytes(json.encode({"weight_map": index}))
    assert compare(find(pair[0]), find(tmp_path)) == compare(*map(find, pair))
    assert list(weights.hashes(find(tmp_path))) == ["part-0.safetensors", "part-1.safetensors"]
    (tmp_path / "part-1.safetensors").unlink()
    with pytest.raises(UserError, match="holds no part-1"):
        find(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(UserError, match="is not an index"):
        find(tmp_path)


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no model\.safetensors"):
        find(tmp_path)


@pytest.mark.parametrize("length", [0, 4, 20, 2_000])
def test_truncated_weights(pair: Pair, tmp_path: Path, length: int) -> None:
    (tmp_path / weights.MODEL).write_bytes((pair[0] / weights.MODEL).read_bytes()[:length])
    with pytest.raises(UserError, match="truncated or damaged"):
        find(tmp_path)


def test_a_name_that_nothing_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in ("nobody/nothing", "no/such/folder/at/all"):
        with pytest.raises(UserError, match=f"No model '{name}'"):
            weights.local(name)
