"""The memory of a training: ZeRO's own figures, laws that any estimate must obey, and what is offloaded."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from transformers import PretrainedConfig

from mnlu_instruct.training.estimate.memory import GB, QUANTISED, Memory, Setting, Strategy, estimate
from mnlu_instruct.training.estimate.shapes import config_of
from mnlu_instruct.training.recipe import Lora, ModelRecipe
from tests.support import ROOT

BASE = ModelRecipe(base="BioMistral/BioMistral-7B-DARE", attention="flash_attention_2")
PARAMETERS = 7_241_732_096
SETTING = Setting(BASE, "zero3", 4, 16, 2048, checkpointing=True, half=True)
STAGES: tuple[Strategy, ...] = ("zero1", "zero2", "zero3")


@pytest.fixture(scope="module")
def mistral() -> PretrainedConfig:
    return config_of(BASE)


def kept(memory: Memory) -> int:
    return memory.weights + memory.gradients + memory.optimizer


@pytest.mark.parametrize(
    ("strategy", "shares"),
    [("zero1", (2, 2, 12 / 8)), ("zero2", (2, 2 / 8, 12 / 8)), ("zero3", (2 / 8, 2 / 8, 12 / 8))],
)
def test_zeros_figures(mistral: PretrainedConfig, strategy: Strategy, shares: tuple[float, ...]) -> None:
    found = estimate(mistral, replace(SETTING, strategy=strategy, processes=8))
    sizes = (found.weights, found.gradients, found.optimizer)
    assert [size / PARAMETERS for size in sizes] == pytest.approx(shares, rel=1e-6)


def test_without_zero_all_is_in_the_models_number_type(mistral: PretrainedConfig) -> None:
    one = estimate(mistral, replace(SETTING, strategy="one", processes=1))
    assert (one.weights, one.gradients, one.optimizer) == (2 * PARAMETERS, 2 * PARAMETERS, 4 * PARAMETERS)
    whole = replace(SETTING, model=BASE.model_copy(update={"dtype": "float32"}), strategy="one", processes=1)
    one = estimate(mistral, whole)
    assert (one.weights, one.gradients, one.optimizer) == (4 * PARAMETERS, 4 * PARAMETERS, 8 * PARAMETERS)
    several = estimate(mistral, replace(SETTING, strategy="ddp"))
    assert several.gathered == several.gradients == 2 * PARAMETERS
    spread = estimate(mistral, replace(SETTING, strategy="fsdp"))
    assert kept(spread) == 3 * -(-4 * PARAMETERS // 4) + -(-4 * PARAMETERS // 4)


def test_an_adapter_leaves_the_weights_alone(mistral: PretrainedConfig) -> None:
    setting = replace(SETTING, strategy="one", processes=1)
    adapter = 41_943_040  # two factors of rank 16 for each of 7 linear layers in 32 layers
    lora = estimate(mistral, replace(setting, model=BASE.model_copy(update={"lora": Lora()})))
    assert lora.weights == 2 * PARAMETERS + 4 * adapter
    assert (lora.gradients, lora.optimizer) == (4 * adapter, 8 * adapter)
    quantised = estimate(mistral, replace(setting, model=BASE.model_copy(update={"lora": Lora(quantised=True)})))
    linear = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336)
    assert quantised.weights == pytest.approx(QUANTISED * linear + 2 * (PARAMETERS - linear) + 2 * adapter, rel=1e-6)
    assert pytest.approx(4.127 / 8, rel=1e-4) == QUANTISED  # bits a parameter in the paper
    assert quantised.total < lora.total < estimate(mistral, setting).total


def test_what_is_offloaded_is_on_the_host(mistral: PretrainedConfig) -> None:
    here = estimate(mistral, SETTING)
    states = estimate(mistral, replace(SETTING, offloaded=frozenset({"optimizer"})))
    assert (states.optimizer, states.step, states.weights) == (0, 0, here.weights)
    assert states.host >= here.optimizer
    both = estimate(mistral, replace(SETTING, offloaded=frozenset({"optimizer", "weights"})))
    assert kept(both) == 0 and both.host == states.host + here.weights
    assert both.total < states.total < here.total


@given(st.sampled_from([*STAGES, "ddp", "fsdp"]), st.integers(2, 64), st.integers(1, 64), st.booleans())
def test_laws(strategy: Strategy, processes: int, batch: int, checkpointing: bool) -> None:
    config = config_of(BASE)
    setting = replace(SETTING, strategy=strategy, processes=processes, batch=batch, checkpointing=checkpointing)
    here = estimate(config, setting)

    def other(**values: Any) -> Memory:
        return estimate(config, replace(setting, **values))

    assert 0 < kept(here) < here.total
    assert other(batch=batch + 1).total >= here.total
    assert other(length=4096).total >= here.total
    assert other(processes=processes + 1).total <= here.total
    assert other(checkpointing=True).total <= here.total
    assert other(accumulation=7) == here
    if strategy in STAGES[:-1]:
        assert kept(other(strategy=STAGES[STAGES.index(strategy) + 1])) < kept(here)


def test_every_stage_takes_less_of_a_large_model(mistral: PretrainedConfig) -> None:
    totals = [estimate(mistral, replace(SETTING, strategy=strategy)).total for strategy in ("ddp", *STAGES)]
    assert totals == sorted(totals, reverse=True)


def test_a_cpu_reserves_nothing_and_its_head_takes_more(mistral: PretrainedConfig) -> None:
    gpu = replace(SETTING, strategy="one", processes=1, checkpointing=False, batch=1)
    here, there = estimate(mistral, gpu), estimate(mistral, replace(gpu, cpu=True))
    assert (here.reserve, there.reserve) == (1.5 * GB, 0)
    assert there.activations > here.activations


def test_the_figure_of_the_guide(mistral: PretrainedConfig) -> None:
    """What docs/training.md says of four GPUs; other versions of transformers may move it a little."""
    guide = (ROOT / "docs" / "training.md").read_text("utf-8")
    (said,) = re.findall(r"^\| `biomistral` \|.* ZeRO-3 \| ([\d.]+) \|$", guide, re.M)
    assert estimate(mistral, SETTING).total / GB == pytest.approx(float(said), rel=0.05)
