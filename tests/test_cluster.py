"""A build on a Ray cluster of two machines: the same bytes, also where one of them dies in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mnlu_instruct import folders, workers
from mnlu_instruct.cluster import cluster
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from tests.dataset.test_build import built, same
from tests.support import FIXTURES

ray = pytest.importorskip("ray", reason="Ray is not installed")

OPTIONS = {"corpora": ["demo"], "tasks": ["ner", "dc", "re", "nli", "sts"], "n": 2_000}


@pytest.fixture(scope="module")
def machines() -> Iterator[tuple[object, list[object]]]:
    """A cluster whose head does no work, and two workers of one core each."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    whole = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    two = [whole.add_node(num_cpus=1) for _ in range(2)]
    whole.wait_for_nodes()
    yield whole, two
    whole.shutdown()


def test_a_machine_dies_in_the_middle_and_the_bytes_are_the_same(
    machines: tuple[object, list[object]], tmp_path: Path
) -> None:
    whole, (first, _) = machines
    built(tmp_path / "here", **OPTIONS)
    dead: list[str] = []

    def kill(stage: str, share: float) -> None:
        if stage == "rendering" and 0 < share < 1 and not dead:
            dead.append(stage)
            whole.remove_node(first, allow_graceful=False)  # type: ignore[attr-defined]

    with cluster(whole.address, 1) as pool:  # type: ignore[attr-defined]
        drafted = build.draft(build_recipe(None, OPTIONS), FIXTURES, pool, kill)
        build.write(drafted, tmp_path / "there", pool, kill)
    assert dead
    assert same(tmp_path / "here", tmp_path / "there")


def test_the_error_of_a_task_is_the_users(machines: tuple[object, list[object]], tmp_path: Path) -> None:
    whole, _ = machines
    with cluster(whole.address, 1) as pool, pytest.raises(UserError, match="is writing"):  # type: ignore[attr-defined]
        workers.run([(_held_twice, (tmp_path / "x",))], pool, lambda _: None)


def _held_twice(folder: Path) -> None:
    with folders.locked(folder), folders.locked(folder, "Another process is writing here."):
        pass


def test_work_that_is_lost_for_good_is_said(machines: tuple[object, list[object]]) -> None:
    whole, _ = machines
    with (
        pytest.raises(UserError, match="The Ray cluster lost a task"),
        cluster(whole.address, 1),  # type: ignore[attr-defined]
    ):
        raise ray.exceptions.WorkerCrashedError


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid:6379"])
def test_a_cluster_that_is_not_there_is_named(address: str) -> None:
    with pytest.raises(UserError, match=f"No Ray cluster answers at {address}"), cluster(address, 1):
        pass
