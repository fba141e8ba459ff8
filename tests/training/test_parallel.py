"""The same training, however it is spread: the losses of one process at the same global batch.

All are in float32, and differ by the order in which numbers are added. The bound is 2e-5, of losses between 4 and 40:
seen were 1e-6 (decoder, LoRA), 2e-6 (offloaded) and 4e-6 (T5, whose first losses are near 40).
"""

from pathlib import Path

import pytest

from tests.training.conftest import based, launch, trained

TOLERANCE = 2e-5
HALF = ("--per_device_train_batch_size", "4")
QUARTER = ("--per_device_train_batch_size", "2", "--gradient_accumulation_steps", "2")
LAYOUTS = {
    "ddp": (2, ("--ddp_backend", "gloo", *HALF)),
    "zero1": (2, ("--deepspeed", "zero1", *HALF)),
    "zero2": (2, ("--deepspeed", "zero2", *HALF)),
    "zero2 accumulated": (2, ("--deepspeed", "zero2", *QUARTER)),
    "zero3": (2, ("--deepspeed", "zero3", *HALF)),
    "zero3 checkpointed": (2, ("--deepspeed", "zero3", "--gradient_checkpointing", "true", *HALF)),
    "zero3 offloaded": (2, ("--deepspeed", "zero3-offload", *HALF)),
    "accumulated": (1, ("--gradient_accumulation_steps", "2", *HALF)),
    "checkpointed": (1, ("--gradient_checkpointing", "true")),
}
Alone = tuple[Path, list[float]]


def lone(text: str, folder: Path) -> Alone:
    """A recipe trained in one process: its path, and its losses."""
    (folder / "recipe.yaml").write_text(text, "utf-8")
    return folder / "recipe.yaml", trained(folder / "recipe.yaml", folder / "out")


def same(alone: Alone, layout: str, out: Path) -> None:
    """That a layout has the losses of one process."""
    processes, over = LAYOUTS[layout]
    recipe, losses = alone
    assert len(losses) == 10
    assert trained(recipe, out, *over, processes=processes) == pytest.approx(losses, abs=TOLERANCE)


@pytest.fixture(scope="module")
def decoder(tiny: Alone) -> Alone:
    return tiny[0].parent / "recipe.yaml", tiny[1]


@pytest.fixture(scope="module")
def adapter(decoder: Alone, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """An adapter of a model that has learned little yet: without dropout, whose draws differ by process."""
    folder = tmp_path_factory.mktemp("adapter")
    return lone(based(decoder[0].parent / "out", data, folder / "out", "lora: {rank: 4, dropout: 0}"), folder)


@pytest.fixture(scope="module")
def encoder_decoder(t5: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    folder = tmp_path_factory.mktemp("encoder-decoder")
    return lone(based(t5, data, folder / "out"), folder)


@pytest.mark.parametrize("layout", ["ddp", "zero2", "zero3", "accumulated", "checkpointed"])
def test_decoders(decoder: Alone, tmp_path: Path, layout: str) -> None:
    same(decoder, layout, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["zero1", "zero2 accumulated", "zero3 checkpointed", "zero3 offloaded"])
def test_decoders_in_rarer_layouts(decoder: Alone, tmp_path: Path, layout: str) -> None:
    """For the last, DeepSpeed compiles its optimizer first: two minutes of both cores."""
    same(decoder, layout, tmp_path / "out")


@pytest.mark.parametrize("layout", ["ddp", "zero3 checkpointed"])
def test_adapters(adapter: Alone, tmp_path: Path, layout: str) -> None:
    same(adapter, layout, tmp_path / "out")


@pytest.mark.parametrize("layout", ["ddp", "accumulated", pytest.param("zero3", marks=pytest.mark.slow)])
def test_encoder_decoders(encoder_decoder: Alone, tmp_path: Path, layout: str) -> None:
    """T5's own loss was twice as large on two processes, and on two batches a step."""
    same(encoder_decoder, layout, tmp_path / "out")


def test_fsdp_on_a_cpu_is_refused_as_accelerate_would_do_something_else(decoder: Alone, tmp_path: Path) -> None:
    done = launch(decoder[0], "--output_dir", tmp_path / "out", "--fsdp", "full_shard", *LAYOUTS["ddp"][1], processes=2)
    assert done.returncode != 0
    assert "accelerate has no FSDP on a CPU" in done.stderr, done.stderr[-2000:]
    assert not (tmp_path / "out").exists()
