"""The store: what is kept is what would be formulated, is found again, and is made again where it isn't right."""

import os
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import corpora, tasks, workers
from mnlu_instruct.dataset import code_fingerprint, sampling_keys, store
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from tests.support import FIXTURES, instances

UNITS = [("biored", "train"), ("n2c2-2022-sdoh", "train"), ("snli", "train"), ("sts-b", "train"), ("demo-dc", "train")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own."""
    monkeypatch.setenv("MNLU_CACHE", str(tmp_path / "store"))
    return tmp_path / "store"


def kept(held: store.StoredSplit) -> list[object]:
    return list(store.instances(held.path, np.arange(held.rows)))


@pytest.mark.parametrize(("name", "split"), UNITS)
def test_what_is_kept_is_what_is_formulated(place: Path, name: str, split: str) -> None:
    corpus, ledger = corpora.get(name), Ledger()
    held = store.load_or_make(name, split, FIXTURES)
    assert kept(held) == list(instances(corpus, split, FIXTURES, ledger))
    assert held.ledger(list(tasks.FAMILIES)).counts == ledger.counts
    assert held.ledger(list(tasks.FAMILIES)).examples == ledger.examples
    found = list(instances(corpus, split, FIXTURES, Ledger()))
    assert store.numbers(held, "key").tolist() == [sampling_keys.key(one.id) for one in found]
    assert store.numbers(held, "characters").tolist() == [len(one.text) for one in found]
    groups = store.words(held, "group")
    assert [groups.words[code] for code in groups.codes] == [one.group for one in found]
    assert store.words(held, "task").among({"re"}).tolist() == [one.task == "re" for one in found]


def test_drops_of_tasks_that_were_not_asked_for_are_left_out(place: Path) -> None:
    held = store.load_or_make("biored", "train", FIXTURES)
    families = {loss.family for loss in held.losses}
    assert "re" in families
    assert {loss.family for loss in held.losses if held.ledger(["ner"]).counts[loss.entry]} <= {"", "ner"}


@given(rows=st.lists(st.integers(0, 7_999), max_size=40).map(sorted))
def test_any_rows_come_in_their_order(rows: list[int]) -> None:
    held = store.load_or_make("demo-dc", "train", FIXTURES)
    assert held.rows == 8_000 > store.BATCH
    found = list(store.instances(held.path, np.array(rows, np.int64)))
    everything = ALL.setdefault(held.path, kept(held))
    assert found == [everything[row] for row in rows]


ALL: dict[Path, list[object]] = {}


def stamp(held: store.StoredSplit) -> int:
    return held.path.stat().st_mtime_ns


def test_a_second_time_nothing_is_made(place: Path) -> None:
    first = store.load_or_make("biored", "train", FIXTURES)
    before = stamp(first)
    assert store.load_or_make("biored", "train", FIXTURES) == first
    assert stamp(first) == before


def test_other_files_are_another_thing_and_the_old_one_goes_when_it_is_not_used(place: Path, tmp_path: Path) -> None:
    copytree(FIXTURES / "snli", tmp_path / "data" / "snli")
    first = store.load_or_make("snli", "train", tmp_path / "data")
    (raw,) = (tmp_path / "data").rglob("snli_1.0_train.jsonl")
    lines = raw.read_text("utf-8").splitlines(keepends=True)
    raw.write_text("".join(lines[1:]), "utf-8")
    second = store.load_or_make("snli", "train", tmp_path / "data")
    assert second.rows == first.rows - 1
    assert first.path.exists(), "another build may be at work with it"
    long_ago = first.path.stat().st_mtime - 2 * store.DAY
    os.utime(first.path.with_suffix(".json"), (long_ago, long_ago))
    raw.write_text("".join(lines[2:]), "utf-8")
    third = store.load_or_make("snli", "train", tmp_path / "data")
    assert {path.stem for path in first.path.parent.iterdir()} == {second.path.stem, third.path.stem}


def test_other_code_is_another_thing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.load_or_make("snli", "train", FIXTURES)
    monkeypatch.setattr(code_fingerprint, "code", lambda *_: "another")
    assert store.load_or_make("snli", "train", FIXTURES).path != first.path


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
@pytest.mark.parametrize("harm", [cut, flip, Path.unlink])
def test_what_is_damaged_is_made_again(place: Path, harm: Callable[[Path], None], suffix: str) -> None:
    first = store.load_or_make("sts-b", "train", FIXTURES)
    before = kept(first)
    harm(first.path.with_suffix(suffix))
    again = store.load_or_make("sts-b", "train", FIXTURES)
    assert kept(again) == before
    assert again == first


def test_what_a_killed_process_left_goes(place: Path) -> None:
    held = store.load_or_make("sts-b", "train", FIXTURES)
    held.path.with_suffix(".json").unlink()
    (held.path.parent / "half.part").write_bytes(b"PAR1")
    store.load_or_make("sts-b", "train", FIXTURES)
    assert not list(held.path.parent.glob("*.part"))


def test_two_processes_at_once_do_each_other_no_harm(place: Path) -> None:
    with workers.process_pool(2) as pool:
        first, second = workers.run([(store.load_or_make, ("demo-ner", "train", FIXTURES))] * 2, pool, lambda _: None)
    assert first == second == store.load_or_make("demo-ner", "train", FIXTURES)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("MNLU_CACHE", str(tmp_path / "file" / "store"))
    with pytest.raises(UserError, match=r"The store can't be written, .*file.*: Not a directory\.") as raised:
        store.load_or_make("sts-b", "train", FIXTURES)
    assert "MNLU_CACHE" in raised.value.hint


def test_without_a_name_for_it_the_store_lies_beside_the_corpora(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNLU_CACHE")
    assert store.folder(tmp_path) == tmp_path / ".store"


def test_code_is_told_apart_by_all_that_it_imports(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("from mnlu_instruct.corpora.gad import gad\n", "utf-8")
    one = code_fingerprint.code(mine)
    assert one == code_fingerprint.code(mine)
    reached = set(code_fingerprint.reached(mine))
    assert {"gad.py", "anonymised.py", "declaration.py", "repairs.py"} <= {path.name for path in reached}
    assert "pubtator.py" not in {path.name for path in reached}
    mine.write_text("from mnlu_instruct.corpora.gad import gad  # another word\n", "utf-8")
    assert code_fingerprint.code(mine) != one


def test_ranks_are_a_shuffle_that_the_seed_decides() -> None:
    keys = np.array([sampling_keys.key(str(number)) for number in range(2_000)], np.uint64)
    one, two = sampling_keys.ranks(keys, 1), sampling_keys.ranks(keys, 2)
    assert len(np.unique(one)) == len(keys)
    assert abs(np.corrcoef(one.astype(float), two.astype(float))[0, 1]) < 0.1
    assert abs(np.corrcoef(one.astype(float), keys.astype(float))[0, 1]) < 0.1
    assert np.histogram(one.astype(float), 10, (0, 2.0**64))[0].min() > 150
