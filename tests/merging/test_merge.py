"""A whole merge: what goes with the weights, what is checked after it, the card, the commands."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from mergekit.io.tasks import LoaderCache
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, T5Config, T5ForConditionalGeneration

from mnlu_instruct import files
from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import merge, run, smoke
from mnlu_instruct.merging.recipe import MergeRecipe, merge_recipe
from mnlu_instruct.prompting import chat, templates
from tests import forks
from tests.merging.conftest import Pair, model
from tests.support import ROOT, failed, mnlu

WEIGHTS = "model.safetensors"


def recipe(pair: Pair, out: Path, **values: Any) -> MergeRecipe:
    return MergeRecipe(base=str(pair[0]), tuned=pair[1], out=out, **{"dtype": "float32", **values})


def written(pair: Pair, folder: Path, **values: Any) -> Path:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(recipe(pair, folder / "out", **values).model_dump(mode="json")), "utf-8")
    return path


def test_what_was_tuned_goes_along(pair: Pair, tmp_path: Path) -> None:
    out = merge(recipe(pair, tmp_path / "out", dtype="bfloat16"), overwrite=False).folder
    before, after = (chat.load_tokenizer(str(folder)) for folder in (pair[1], out))
    assert (after.get_vocab(), after.chat_template) == (before.get_vocab(), templates.ZEPHYR)
    assert (
        GenerationConfig.from_pretrained(out).max_length == GenerationConfig.from_pretrained(pair[1]).max_length == 11
    )
    assert {tensor.dtype for tensor in load_file(out / WEIGHTS).values()} == {torch.bfloat16}
    assert AutoConfig.from_pretrained(out).dtype == torch.bfloat16


def test_the_configuration_names_the_tuned_models_tokens(pair: Pair, tmp_path: Path) -> None:
    tuned = model(tmp_path / "tuned", noise=0.1, pad_token_id=7)
    assert AutoConfig.from_pretrained(pair[0]).pad_token_id != 7
    out = merge(recipe((pair[0], tuned), tmp_path / "out"), overwrite=False, answers=False).folder
    assert AutoConfig.from_pretrained(out).pad_token_id == 7


def test_the_seed_decides_the_bytes(pair: Pair, tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        merge(recipe(pair, tmp_path / name, seed=seed), overwrite=False, answers=False)
    one, again, other = ((tmp_path / name / WEIGHTS).read_bytes() for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_the_card_says_how_it_was_made(pair: Pair, tmp_path: Path) -> None:
    merged = merge(recipe(pair, tmp_path / "out"), overwrite=False)
    card = (merged.folder / "README.md").read_text("utf-8")
    front = yaml.safe_load(card.split("---")[1])
    assert front["base_model"] == [str(pair[0]), str(pair[1])]
    for words in ("base + 0.5 · mask ⊙ (tuned − base) / 0.8", "| density | 0.8 |", "| seed | 42 |", "| mergekit |"):
        assert words in card
    for folder in (*pair, merged.folder):
        assert files.sha256(folder / WEIGHTS) in card
    layers = ["lm_head.weight", "model.embed_tokens.weight", "model.layers.0", "model.layers.1", "model.norm.weight"]
    assert list(merged.layers) == layers
    for name in (*layers, "all"):
        assert f"| {name} |" in card
    # A difference that is kept with probability 0.8, times 0.5 / 0.8, has 0.5 / sqrt(0.8) of its norm.
    assert merged.whole.merged / merged.whole.delta == pytest.approx(0.5 / 0.8**0.5, rel=0.02)
    assert [one.kind for one in merged.answers] == list(smoke.KINDS)
    assert len(merged.answers) == 5
    for one in merged.answers:
        assert f"| {one.kind} |" in card


def test_without_answers_the_card_has_none(pair: Pair, tmp_path: Path) -> None:
    merged = merge(recipe(pair, tmp_path / "out"), overwrite=False, answers=False)
    assert not merged.answers
    assert "answers" not in (merged.folder / "README.md").read_text("utf-8")


def test_a_merged_models_recipe_makes_it_again(pair: Pair, tmp_path: Path) -> None:
    out = merge(recipe(pair, tmp_path / "out", method="slerp", t=0.4), overwrite=False, answers=False).folder
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    again = merge_recipe(str(out / "merge.yaml"))
    with pytest.raises(UserError, match="exists already"):
        merge(again, overwrite=False)
    merge(again, overwrite=True, answers=False)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("shard", [run.SHARD, 20_000])
def test_a_folder_that_is_written_anew_is_read_anew(
    shard: int, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mergekit keeps the files that it has opened by their paths."""
    monkeypatch.setattr(run, "SHARD", shard)
    base, folder = pair[0], tmp_path / "tuned"
    for noise in (0.1, 0.3):
        model(folder, noise=noise)
        asked = recipe((base, folder), tmp_path / f"out {noise}", method="task-arithmetic", scaling=0.5)
        out = merge(asked, overwrite=False, answers=False).folder
        before, after = (load_file(one / "model.safetensors") for one in (base, folder))
        for path in out.glob("*.safetensors"):
            for name, found in load_file(path).items():
                torch.testing.assert_close(found, before[name] + 0.5 * (after[name] - before[name]))
    assert not LoaderCache.loaders


def test_a_large_model_is_written_in_several_files(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = merge(recipe(pair, tmp_path / "one"), overwrite=False)
    monkeypatch.setattr(run, "SHARD", 20_000)
    several = merge(recipe(pair, tmp_path / "several"), overwrite=False)
    assert several.layers == one.layers
    assert several.answers == one.answers
    card, parts = (several.folder / "README.md").read_text("utf-8"), sorted(several.folder.glob("*.safetensors"))
    assert len(parts) > 1
    for part in parts:
        assert f"| merged | {part.name} | `{files.sha256(part)}` |" in card


def test_a_template_that_asks_nothing_is_said_before_the_merge(pair: Pair, tmp_path: Path) -> None:
    for name, template in (("none", None), ("silent", "{{ messages }}")):
        tuned = model(tmp_path / name, noise=0.1, template=template)
        with pytest.raises(UserError, match="template"):
            merge(recipe((pair[0], tuned), tmp_path / "out"), overwrite=False)
        assert not (tmp_path / "out").exists()


def test_what_the_stored_numbers_cannot_hold(pair: Pair, tmp_path: Path) -> None:
    large = []
    for source in pair:
        folder = model(tmp_path / source.name, noise=0.3 * (source == pair[1]))
        tensors = load_file(folder / WEIGHTS)
        tensors["model.norm.weight"][3] = 1e6
        save_file(tensors, folder / WEIGHTS, {"format": "pt"})
        large.append(folder)
    with pytest.raises(UserError, match=rf"model\.norm\.weight of {tmp_path / 'out'} .*NaN or infinite"):
        merge(recipe((large[0], large[1]), tmp_path / "out", dtype="float16"), overwrite=False)
    assert not (tmp_path / "out").exists()


def test_the_command_prints_the_formula_and_the_answers(pair: Pair, tmp_path: Path) -> None:
    done = mnlu("merge", written(pair, tmp_path, method="linear", alpha=0.25))
    assert done.returncode == 0, done.stderr
    for words in (
        "merged = 0.75 · base + 0.25 · tuned",
        "Five answers",
        "‖tuned − base‖ is 30.00 % of",
        str(tmp_path / "out"),
    ):
        assert words in done.stdout


def test_the_command_refuses_in_words(pair: Pair, tmp_path: Path) -> None:
    stranger = model(tmp_path / "stranger", seed=9)
    failed(mnlu("merge", written((pair[0], stranger), tmp_path)), "is not the base of", "lm_head.weight")
    (tmp_path / "mine.yaml").write_text("method: slerp\nseed: 3\nbase: a\ntuned: b\nout: c\n")
    failed(mnlu("merge", tmp_path / "mine.yaml"), "'slerp' has no parameter 'seed'", "it has: t")


def test_the_script(pair: Pair, tmp_path: Path) -> None:
    command = [forks.python("heavy"), str(ROOT / "merge" / "dare.py"), str(written(pair, tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "merged = base + 0.5 · mask" in done.stdout
    wrong = subprocess.run([*command[:2], "dear"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert wrong.stderr == "error: Unknown merge recipe 'dear'.\nhint: did you mean dare or linear?\n"


def stored_otherwise(folder: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Store more tensors than are read."""
    path = folder / WEIGHTS
    save_file({**load_file(path), **tensors}, path, metadata={"format": "pt"})


@pytest.mark.parametrize("sides", [(0,), (1,), (0, 1)])
def test_stored_tensors_that_are_never_read_are_no_difference(sides: tuple[int, ...], tmp_path: Path) -> None:
    both = (
        model(tmp_path / "base", tie_word_embeddings=True),
        model(tmp_path / "tuned", noise=0.3, tie_word_embeddings=True),
    )
    way = {"method": "task-arithmetic", "scaling": 0.5}
    plain = merge(recipe(both, tmp_path / "plain", **way), overwrite=False, answers=False).folder
    for side in sides:
        head = load_file(both[side] / WEIGHTS)["model.embed_tokens.weight"].clone()
        buffer = {f"model.layers.{layer}.self_attn.rotary_emb.inv_freq": torch.ones(4) for layer in range(2)}
        stored_otherwise(both[side], {"lm_head.weight": head, **buffer})
    merged = merge(recipe(both, tmp_path / "out", **way), overwrite=False, answers=False).folder
    one, other = (AutoModelForCausalLM.from_pretrained(folder) for folder in (plain, merged))
    ids = torch.tensor([[1, 4, 5, 6]])
    assert torch.equal(one(ids).logits, other(ids).logits)


def test_an_output_matrix_of_its_own_is_a_difference(pair: Pair, tmp_path: Path) -> None:
    tied = model(tmp_path / "tied", tie_word_embeddings=True)
    with pytest.raises(UserError, match=r"lm_head\.weight is in .*, but not in"):
        merge(recipe((tied, pair[1]), tmp_path / "out"), overwrite=False)


def test_pickled_weights_are_named_for_what_they_are(pair: Pair, tmp_path: Path) -> None:
    base = model(tmp_path / "base")
    torch.save(load_file(base / WEIGHTS), base / "pytorch_model.bin")
    (base / WEIGHTS).unlink()
    with pytest.raises(UserError, match=r"has its weights in pytorch_model\.bin") as caught:
        merge(recipe((base, pair[1]), tmp_path / "out"), overwrite=False)
    assert "save_pretrained" in caught.value.hint


def test_t5_of_the_first_kind_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    shape = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 100}
    T5ForConditionalGeneration(T5Config(**shape, feed_forward_proj="relu")).save_pretrained(tmp_path / "t5")
    with pytest.raises(UserError, match="can't be merged: mergekit knows T5 with gated feed-forward layers only"):
        merge(recipe((tmp_path / "t5", tmp_path / "t5"), tmp_path / "out"), overwrite=False)
