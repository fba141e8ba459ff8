"""Rows to train on and rows held out: no document on both sides, whatever the order of rows; a shuffle by ids."""

import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from datasets import Dataset, load_dataset
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.training import data as rows

Questions = list[tuple[str, str]]
QUESTIONS = st.lists(st.tuples(st.sampled_from(["ner", "re", "nli"]), st.integers(0, 40).map(str)), min_size=1)
"""Kinds of questions, each with its document."""


def made(questions: Questions) -> Dataset:
    columns = {"id": [f"{group}#{number}" for number, (_, group) in enumerate(questions)]}
    return Dataset.from_dict(columns | {"task": [one for one, _ in questions], "group": [one for _, one in questions]})


@given(QUESTIONS, st.integers(0, 6), st.integers(0, 3), st.randoms(use_true_random=False))
def test_what_is_held_out(questions: Questions, count: int, seed: int, random: object) -> None:
    whole = made(questions)
    kinds = Counter(whole["task"])
    try:
        trained, held = rows.split_held_out(whole, count, seed)
    except UserError as error:
        assert "no row to train on is left of" in error.message
        assert any(kind in error.message for kind in kinds)
        return
    assert not set(trained["group"]) & set(held["group"])
    assert Counter(held["task"]) == dict.fromkeys(kinds, count) if count else not len(held)
    assert set(trained["task"]) == set(kinds)
    assert trained["id"][:] == [name for name in whole["id"] if name in set(trained["id"])]

    order = np.random.default_rng(seed).permutation(len(whole))
    again, asked = rows.split_held_out(whole.select(order), count, seed)
    assert asked["id"][:] == held["id"][:]
    assert set(again["id"]) == set(trained["id"])


def test_another_data_set_at_the_same_place_and_time_is_read(tmp_path: Path) -> None:
    """As out of an archive or an image layer; `datasets` finds what it has read by paths and times."""
    folder = tmp_path / "set"
    for tasks in ("nli", "sts"):
        shutil.rmtree(folder, ignore_errors=True)
        recipe = build_recipe(None, {"corpora": ("demo",), "tasks": (tasks,), "n": 8, "short": "accept"})
        build.write(build.draft(recipe, tmp_path, None, lambda *_: None), folder, None, lambda *_: None)
        for path in folder.iterdir():
            os.utime(path, (1_700_000_000, 1_700_000_000))
        assert set(rows.load(folder)["task"]) == {tasks}


@given(QUESTIONS, st.integers(1, 4), st.integers(0, 3))
def test_no_more_documents_leave_than_kinds_need(questions: Questions, count: int, seed: int) -> None:
    """Each document that leaves holds one of the first `count` questions of a kind, in the order of documents."""
    whole = made(questions)
    try:
        trained, _ = rows.split_held_out(whole, count, seed)
    except UserError:
        return
    out = set(whole["group"]) - set(trained["group"])
    per_kind = {kind: {group for one, group in questions if one == kind} for kind in set(whole["task"])}
    needed = 0
    for kind, groups in per_kind.items():
        sizes = sorted(Counter(group for one, group in questions if one == kind and group in out).values())
        assert sum(sizes) >= count
        needed += min(len(groups), count)
    assert len(out) <= needed


def test_seeds_hold_out_other_documents() -> None:
    whole = made([("ner", str(number)) for number in range(50)])
    held = {tuple(sorted(rows.split_held_out(whole, 5, seed)[1]["group"])) for seed in range(4)}
    assert len(held) == 4


def test_a_kind_that_would_lose_all_is_named() -> None:
    whole = made([("ner", str(number)) for number in range(9)] + [("re", "a"), ("re", "a")])
    with pytest.raises(UserError, match="1 rows of each kind held out, no row to train on is left of: re"):
        rows.split_held_out(whole, 1, 0)


def test_the_words_for_what_was_left_out(data: Path) -> None:
    trained, held = rows.rows_of(data, 2, 0)
    whole, kinds = len(rows.load(data)), len(set(held["task"]))
    assert rows.held_out_summary(data, trained, held) == (
        f"Held out: {whole - len(trained)} questions, of which each evaluation asks {2 * kinds}, of {kinds} kinds. "
        f"The training uses the other {len(trained)} questions, none of them about the same documents."
    )


def test_a_validation_split_is_what_is_held_out(tmp_path: Path) -> None:
    options = {"corpora": ("demo",), "tasks": ("nli", "sts"), "n": 80, "short": "accept", "validation": 0.3}
    build.write(build.draft(build_recipe(None, options), tmp_path, None, lambda *_: None), tmp_path / "x", None, print)
    trained, held = rows.rows_of(tmp_path / "x", 3, 0)
    offered = load_dataset(str(tmp_path / "x"), split="validation", cache_dir=str(tmp_path / "cache"))
    assert len(trained) + len(offered) == 80
    assert trained["id"][:] == rows.load(tmp_path / "x")["id"][:]
    assert Counter(held["task"]) == {"nli": 3, "sts": 3}
    assert set(held["id"]) < set(offered["id"])
    assert not set(held["group"]) & set(trained["group"])
    everything, _ = rows.rows_of(tmp_path / "x", 1_000, 0)
    assert len(everything) == len(trained)
    assert rows.rows_of(tmp_path / "x", 3, 1)[1]["id"][:] != held["id"][:]


def test_a_shuffle_mixes_the_corpora_and_depends_on_ids_alone(data: Path) -> None:
    whole = rows.load(data)
    shuffled = rows.shuffled(whole, 3)
    assert sorted(shuffled["id"]) == sorted(whole["id"])
    assert shuffled["id"][:] == rows.shuffled(whole.select(range(len(whole) - 1, -1, -1)), 3)["id"][:]
    assert shuffled["id"][:] != rows.shuffled(whole, 4)["id"][:]
    assert len(set(shuffled["task"][:20])) > 1
