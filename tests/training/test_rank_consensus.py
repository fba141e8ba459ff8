"""What processes decide together, two of them for real."""

import os
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing

from mnlu_instruct.errors import UserError
from mnlu_instruct.training import rank_consensus


def together(rank: int, folder: str) -> None:
    """What two processes agree on; an assertion that fails ends the test."""
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    device = torch.device("cpu")
    assert rank_consensus.greatest((rank, -rank, 0.5), device) == [1, 0, 0.5]
    assert rank_consensus.every({"rank": rank}) == [{"rank": 0}, {"rank": 1}]
    assert rank_consensus.decided(lambda: f"from {rank}") == "from 0"

    def refuse() -> None:
        assert rank == 0, "the first alone decides"
        raise UserError("No.", "never.")

    with pytest.raises(UserError, match="No") as caught:
        rank_consensus.decided(refuse)
    assert caught.value.hint == "never."
    dist.barrier()
    os._exit(0)


def test_processes_decide_alike(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(together, (str(tmp_path),), nprocs=2)


def test_a_process_alone_decides_for_itself() -> None:
    assert rank_consensus.greatest((1, 2), torch.device("cpu")) == [1, 2]
    assert rank_consensus.every(3) == [3]
    assert rank_consensus.decided(lambda: 4) == 4
