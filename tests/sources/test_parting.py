"""Splits that no files make."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.parting import in_order, shuffled
from mnlu_instruct.types import Record, Summary
from tests.support import FIXTURES

RECORDS = st.integers(0, 60).map(lambda count: [Summary(str(one), "t", "s", str(one), "f:1") for one in range(count)])


def numbers(records: Sequence[Record]) -> list[int]:
    return [int(one.id) for one in records]


@given(RECORDS, st.integers(1, 40))
def test_in_order(records: list[Record], count: int) -> None:
    found = in_order("train", count, "test")(records)
    assert [*found] == ["train", "test"]
    assert numbers(found["train"]) + numbers(found["test"]) == list(range(len(records)))
    assert len(found["train"]) == min(count, len(records))


@given(RECORDS)
def test_shuffled_parts_hold_each_record_once(records: list[Record]) -> None:
    found = shuffled(11111, {"train": 0.8, "dev": 0.1}, "test")(records)
    assert sorted(chain.from_iterable(map(numbers, found.values()))) == list(range(len(records)))
    assert len(found["train"]) == len(records) * 8 // 10
    assert len(found["dev"]) == len(records) // 10


def test_the_shuffle_is_that_of_python_with_the_seed() -> None:
    """`random.seed(11111); random.shuffle(list(range(10)))` in a shell."""
    records: list[Record] = [Summary(str(one), "t", "s", str(one), "f:1") for one in range(10)]
    found = shuffled(11111, {"train": 0.5}, "test")(records)
    assert numbers(found["train"]) + numbers(found["test"]) == [1, 4, 6, 8, 3, 7, 2, 9, 0, 5]


def test_a_split_that_the_parts_lack_is_named() -> None:
    corpus = replace(corpora.get("meqsum"), parted=in_order("train", 500, "held"))
    with pytest.raises(UserError, match="The `parted` of corpus meqsum has no split 'test', only train, held"):
        list(reading.records(corpus, "test", FIXTURES, Ledger()))
