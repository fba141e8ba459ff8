"""Advice: the first change that fits by the same estimate, and the order in which changes are thought of."""

import pytest
from msgspec.structs import replace

from mnlu_instruct.training.estimate.advice import changes, fit, over
from mnlu_instruct.training.estimate.memory import GB, Setting, estimate
from mnlu_instruct.training.estimate.shapes import config_of
from mnlu_instruct.training.recipe import Lora, ModelRecipe

BASE = ModelRecipe(base="BioMistral/BioMistral-7B-DARE")
FULL = Setting(BASE, "ddp", 4, 16, 2048, checkpointing=False, half=True)


@pytest.mark.parametrize("size", [24, 80])
def test_advice_is_the_first_change_that_fits(size: int) -> None:
    config = config_of(BASE)
    assert estimate(config, FULL).total > size * GB
    tried = [(words, estimate(config, changed).total) for words, changed in changes(FULL, adaptable=True)]
    first = next(words for words, total in tried if total <= size * GB)
    assert first[0] == "ZeRO-3"  # as far as one can go without another batch
    found = fit(config, FULL, size, 4)
    assert (found.fits, found.advice) == (False, ", ".join(first))
    assert found.memory == dict(tried)[first] <= size * GB


def test_what_fits_needs_no_advice() -> None:
    config = config_of(BASE)
    spread = replace(FULL, strategy="zero3", checkpointing=True)
    found = fit(config, spread, 141, 4)
    assert (found.fits, found.advice, found.memory) == (True, None, estimate(config, spread).total)
    assert found.fewest is not None and found.fewest <= 4
    assert fit(config, spread, 1, 4).advice is None


def test_the_order_of_advice() -> None:
    words = [", ".join(said) for said, _ in changes(FULL, adaptable=True)]
    kinds = ["ZeRO-1", "ZeRO-2", "ZeRO-3", "batch 8", "batch 1 ", "gradient checkpointing", "LoRA", "QLoRA", "offload"]
    places = [next(place for place, said in enumerate(words) if kind in said) for kind in kinds]
    assert places == sorted(places)
    changed = [one for _, one in changes(FULL, adaptable=True)]
    assert {one.batch * one.accumulation for one in changed} == {16}  # what a step sees stays
    odd = [one for _, one in changes(replace(FULL, batch=15, accumulation=2), adaptable=True)]
    assert {one.batch * one.accumulation for one in odd} == {30} and {one.batch for one in odd} == {15, 5, 1}
    assert not any(one.model.lora for _, one in changes(FULL, adaptable=False))
    quantised = FULL.model.model_copy(update={"lora": Lora(rank=7, quantised=True)})
    adapters = {one.model.lora for _, one in changes(Setting(quantised, "one", 1, 2, 64, True, True), adaptable=True)}
    assert adapters == {Lora(rank=7, quantised=True)}


def test_another_number_of_gpus() -> None:
    assert over(FULL, 1).strategy == "one" and over(over(FULL, 1), 8).strategy == "ddp"
