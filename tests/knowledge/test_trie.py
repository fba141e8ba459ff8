"""The trie: every name and nothing else is reachable, whatever names are to each other; files; faults."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.knowledge import trie
from mnlu_instruct.knowledge.trie import Trie

END = 0
SEQUENCES = st.lists(st.lists(st.integers(1, 3), max_size=5), max_size=25)
"""Few tokens, so that names begin alike, are prefixes of each other, and are alike."""


def build(tokens: list[list[int]], size: int = 100) -> Trie:
    return trie.build(
        [str(number) for number in range(len(tokens))], lambda names: [tokens[int(one)] for one in names], END, size
    )


@given(SEQUENCES.filter(any), st.sampled_from([100, 100_000]))
def test_every_name_and_nothing_else_is_reachable(tokens: list[list[int]], size: int) -> None:
    found = build(tokens, size)
    wanted: dict[tuple[int, ...], list[int]] = {}
    for number, one in enumerate(tokens):
        if one:
            wanted.setdefault(tuple(one), []).append(number)
    assert {sequence: sorted(names) for sequence, names in found.spelt().items()} == wanted
    stated = found.manifest
    assert (stated.names, stated.empty) == (sum(map(bool, tokens)), sum(not one for one in tokens))
    assert stated.alike == stated.names - len(wanted)


@given(SEQUENCES.filter(any))
def test_children_of_many_nodes_are_those_of_each(tokens: list[list[int]]) -> None:
    found = build(tokens)
    nodes = np.arange(found.manifest.nodes)
    children, parents = found.children(nodes)
    assert sorted(children.tolist()) == list(range(1, found.manifest.nodes))
    for node in nodes.tolist():
        alone, _ = found.children(np.array([node]))
        assert children[parents == node].tolist() == alone.tolist()
        assert found.token[alone].tolist() == sorted(set(found.token[alone].tolist()))


def test_a_folder_holds_the_same_trie_and_the_same_names_give_the_same_bytes(tmp_path: Path) -> None:
    made = build([[1, 2], [1], [1, 2], [3]])
    for name in ("one", "other"):
        trie.save(made, tmp_path / name)
    assert trie.opened(tmp_path / "one").spelt() == made.spelt() == {(1, 2): (0, 2), (1,): (1,), (3,): (3,)}
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()
    assert build([[1, 2], [1], [1, 2], [3]]).manifest == made.manifest
    assert build([[1, 2], [1], [1, 1], [3]]).manifest.content != made.manifest.content


def test_names_with_too_many_tokens_are_left_out_and_counted() -> None:
    found = build([[1] * (trie.LONGEST + 1), [1] * trie.LONGEST])
    assert list(found.spelt()) == [(1,) * trie.LONGEST]
    assert found.manifest.long == 1


def test_a_trie_without_names_is_an_error() -> None:
    with pytest.raises(UserError, match="No name has a token"):
        build([[], []])


def test_a_name_with_the_end_in_it_is_an_error() -> None:
    with pytest.raises(UserError, match="The name '1' has the end-of-text in it"):
        build([[1], [2, END]])


def test_a_folder_that_holds_no_trie_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no whole trie"):
        trie.opened(tmp_path)


def test_a_name_takes_fewer_than_forty_bytes() -> None:
    generator = np.random.default_rng(0)
    heads = generator.integers(1, 3_000, (2_000, 3)).tolist()
    tokens = [
        [*heads[int(head)], *tail]
        for head, tail in zip(
            generator.integers(0, 2_000, 20_000), generator.integers(1, 3_000, (20_000, 3)).tolist(), strict=True
        )
    ]
    found = build(tokens, 50_000)
    assert sum(getattr(found, name).nbytes for name in trie.ARRAYS) < 40 * len(tokens)
