"""The order of rows is the data loader's, and looking changes nothing."""

import pytest
import torch
from accelerate.data_loader import prepare_data_loader
from torch.utils.data import DataLoader

from mnlu_instruct.training.row_order import Order
from mnlu_instruct.training.trainer import LikeLengths


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("grouped", [False, True])
def test_the_order_is_that_of_the_data_loader(processes: int, grouped: bool) -> None:
    rows = list(range(50))

    def loader(process: int) -> DataLoader:
        sampler = LikeLengths([7 * row % 31 for row in rows], 4, seed=3) if grouped else None
        plain = DataLoader(rows, batch_size=4, sampler=sampler, shuffle=not grouped, collate_fn=list)
        torch.manual_seed(5)
        return prepare_data_loader(
            plain, num_processes=processes, process_index=process, put_on_device=False, use_seedable_sampler=True
        )

    order = Order(loader(0), processes, accumulation=2)
    for process in range(processes):
        one = loader(process)
        for epoch in range(3):
            one.set_epoch(epoch)
            batches = list(one)
            assert order.steps == -(-len(batches) // 2)
            for place in range(order.steps):
                expected = [row for batch in batches[2 * place : 2 * place + 2] for row in batch]
                assert order.rows(epoch * order.steps + place + 1)[process] == expected


def test_looking_doesnt_change_the_order() -> None:
    loader = prepare_data_loader(
        DataLoader(list(range(40)), batch_size=4, shuffle=True, collate_fn=list), put_on_device=False,
        use_seedable_sampler=True,
    )  # fmt: skip
    state = torch.get_rng_state()
    loader.set_epoch(0)
    first = list(loader)
    torch.set_rng_state(state)
    loader.set_epoch(0)
    begun = iter(loader)
    start = [next(begun), next(begun)]
    assert Order(loader, 1, 1).rows(3)[0] == first[2] and Order(loader, 1, 1).rows(12)
    assert [*start, *begun] == first
