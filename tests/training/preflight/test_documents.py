"""Documents as arrays: the same come back however TRL has packed them; those of an encoder–decoder model as pairs."""

import numpy as np
import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from trl.data_utils import pack_dataset

from mnlu_instruct.training.preflight import documents
from mnlu_instruct.training.preflight.documents import IGNORED, Documents

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=80)


def rows(lengths: list[int], seed: int) -> Dataset:
    """Documents of random tokens, of which the last ones are trained."""
    draw = np.random.default_rng(seed)
    ids = [draw.integers(0, 99, length).tolist() for length in lengths]
    labels = [[IGNORED] * (len(one) // 2) + one[len(one) // 2 :] for one in ids]
    return Dataset.from_dict({"input_ids": ids, "labels": labels})


def each(parts: list[Documents]) -> list[tuple[list[int], list[int]]]:
    """Tokens and labels of every document."""
    found = [part.one(place) for part in parts for place in range(len(part.lengths))]
    return [(one.ids.tolist(), one.labels.tolist()) for one in found]


@settings(deadline=None)
@given(LENGTHS, st.integers(0, 9), st.sampled_from(["none", "documents", "stream"]))
def test_documents_come_back(lengths: list[int], seed: int, packing: str) -> None:
    given = rows(lengths, seed)
    strategy = {"documents": "bfd", "stream": "wrapped"}
    prepared = given if packing == "none" else pack_dataset(given, 30, strategy[packing])
    parts = list(documents.prepared(prepared, packing, np.array(lengths)))
    expected = list(zip(given["input_ids"], given["labels"], strict=True))
    found = each(parts)
    assert (sorted(found) == sorted(expected)) if packing == "documents" else (found == expected)
    assert sum(int(part.rows.sum()) for part in parts) == sum(lengths)
    for part in parts:
        assert part.trained.tolist() == [int(-(-length // 2)) for length in part.lengths]


def test_a_stream_is_read_across_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "BATCH", 2)
    lengths = [7, 30, 1, 1, 25, 30, 2, 2, 9]
    given = rows(lengths, 0)
    parts = list(documents.prepared(pack_dataset(given, 10, "wrapped"), "stream", np.array(lengths)))
    assert len(parts) == 6
    assert each(parts) == list(zip(given["input_ids"], given["labels"], strict=True))


def test_what_a_stream_lacks_or_has_besides_shows() -> None:
    given = rows([5, 5, 5], 0)
    packed = pack_dataset(given, 5, "wrapped")
    for lengths, expected in (([5, 5], [5, 5, 5]), ([5, 5, 5, 5], [5, 5, 5]), ([5, 9], [5, 9, 1])):
        parts = documents.prepared(packed, "stream", np.array(lengths))
        assert np.concatenate([part.lengths for part in parts]).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1), st.integers(0, 9))
def test_pairs(lengths: list[tuple[int, int]], seed: int) -> None:
    draw = np.random.default_rng(seed)
    read, write = ([draw.integers(0, 99, one[side]).tolist() for one in lengths] for side in range(2))
    parts = list(documents.pairs(Dataset.from_dict({"input_ids": read, "labels": write})))
    assert each(parts) == [(a + b, [IGNORED] * len(a) + b) for a, b in zip(read, write, strict=True)]


def test_the_first_token_is_never_learnt() -> None:
    (part,) = documents.given(Dataset.from_dict({"input_ids": [[1, 5, 2]], "completion_mask": [[0, 0, 1]]}), True)
    assert part.one(0).learnt == [False, True, True]
    (part,) = documents.given(Dataset.from_dict({"input_ids": [[1, 5, 2]], "completion_mask": [[0, 0, 1]]}), False)
    assert part.one(0).learnt == [False, False, True]
