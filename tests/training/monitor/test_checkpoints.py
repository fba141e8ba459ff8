"""Which checkpoint is whole, which is of this training, which may go."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.monitor import checkpoints
from mnlu_instruct.training.monitor.checkpoints import SHEET, Sheet

TRAINING = {"processes": 2, "data": "abc", "trainer.learning_rate": 1e-3}
FILES = (
    "model.safetensors", "trainer_state.json", "rng_state_0.pth", "rng_state_1.pth", "latest",
    "global_step5/zero_pp_rank_0_mp_rank_00_model_states.pt",
    "global_step5/bf16_zero_pp_rank_1_mp_rank_00_optim_states.pt",
)  # fmt: skip


def made(output: Path, step: int, sealed: bool = True) -> Path:
    """A checkpoint of ZeRO-3, in files of a few bytes."""
    folder = output / f"checkpoint-{step}"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    if sealed:
        checkpoints.seal(folder, [path for path in folder.rglob("*") if path.is_file()], step, TRAINING)
    return folder


def test_the_newest_whole_checkpoint_is_gone_on_from(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert checkpoints.to_resume(tmp_path, TRAINING) is None
    for step in (5, 100, 20):
        made(tmp_path, step)
    assert checkpoints.to_resume(tmp_path, TRAINING) == str(tmp_path / "checkpoint-100")
    assert isinstance(found := checkpoints.sheet(tmp_path / "checkpoint-20"), Sheet)
    assert found.step == 20 and set(found.files) == set(FILES) and found.training == TRAINING


@pytest.mark.parametrize("name", [*FILES, SHEET])
@pytest.mark.parametrize("fault", ["missing", "cut"])
def test_a_checkpoint_that_is_not_whole_is_passed_over_and_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, fault: str
) -> None:
    whole, cut = made(tmp_path, 5), made(tmp_path, 10)
    if fault == "missing":
        (cut / name).unlink()
    else:
        (cut / name).write_bytes((cut / name).read_bytes()[:-1] if name != SHEET else b'{"step": 10, "fil')
    assert checkpoints.to_resume(tmp_path, TRAINING) == str(whole)
    said = " ".join(capfd.readouterr().err.split())
    assert "checkpoint-10, which is incomplete" in said and name in said
    assert checkpoints.last_whole(tmp_path) == whole


def test_a_folder_that_latest_points_to_is_needed(tmp_path: Path) -> None:
    shutil.rmtree(made(tmp_path, 10) / "global_step5")
    assert checkpoints.to_resume(tmp_path, TRAINING) is None


def test_another_training_is_refused_in_words(tmp_path: Path) -> None:
    made(tmp_path, 10)
    with pytest.raises(UserError, match=r"processes was 2, is 4; trainer\.learning_rate was 0\.001, is not given"):
        checkpoints.to_resume(tmp_path, {"processes": 4, "data": "abc"})


@settings(max_examples=60, deadline=None)
@given(
    steps=st.dictionaries(st.integers(1, 300), st.booleans(), max_size=7),
    limit=st.none() | st.integers(0, 4),
    best=st.integers(1, 300),
)
def test_pruning_keeps_the_newest_whole_ones_and_those_to_keep(
    tmp_path_factory: pytest.TempPathFactory, steps: dict[int, bool], limit: int | None, best: int
) -> None:
    output = tmp_path_factory.mktemp("out")
    for step, sealed in steps.items():
        made(output, step, sealed)
    whole = sorted((step for step, sealed in steps.items() if sealed), reverse=True)
    checkpoints.prune(output, limit, {f"checkpoint-{best}"})
    left = {int(path.name.partition("-")[2]) for path in output.iterdir()}
    if not limit:
        assert left == set(steps)
    else:
        assert set(whole[: limit - (best in steps)]) <= left
        assert left <= set(whole[:limit]) | {best}
        assert (best in left) == (best in steps)
    shutil.rmtree(output)


def test_a_model_is_finished_only_while_its_files_are_whole(tmp_path: Path) -> None:
    for name in ("model.safetensors", "config.json", "train.log"):
        (tmp_path / name).write_text("x", "utf-8")
    checkpoints.finish(tmp_path, 30, TRAINING)
    (tmp_path / "train.log").write_text("longer", "utf-8")
    assert (found := checkpoints.finished(tmp_path, TRAINING)) and found.step == 30
    with pytest.raises(UserError, match="of another training"):
        checkpoints.finished(tmp_path, {})
    (tmp_path / "model.safetensors").unlink()
    assert checkpoints.finished(tmp_path, TRAINING) is None
    assert not (tmp_path / SHEET).exists()
