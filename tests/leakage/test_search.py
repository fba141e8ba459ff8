"""Searches of corpora, of built data sets, and of the units of a build."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnlu_instruct import corpora
from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.rows import SCHEMA
from mnlu_instruct.dataset.search_built import search_built
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage.documents import held_out
from mnlu_instruct.leakage.overlap import overlap
from mnlu_instruct.leakage.report import Cell, Example
from mnlu_instruct.leakage.search import leaked, search_corpora
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.workers import process_pool
from tests.leakage import helpers
from tests.leakage.helpers import numbered
from tests.support import failed, mnlu

TESTED = {"1": numbered(0, 29), "2": numbered(100, 30), "3": numbered(200, 30)}
TRAINING = {"1": numbered(0, 29), "7": numbered(100, 13), "8": numbered(110, 20), "9": numbered(900, 30)}
UNIT = Unit("drugprot", "train")


def quiet(stage: str, share: float) -> None:
    """No bar."""


@pytest.fixture
def suite(tmp_path: Path) -> str:
    """A suite of ChemProt's test set, beside a DrugProt that shares two of its three documents; of another, the id."""
    return helpers.corpora(tmp_path, TRAINING, TESTED, listed="1\n7\n3\n\n")


def built(folder: Path, rows: list[dict[str, object]]) -> Path:
    """A built data set of some rows."""
    folder.mkdir(exist_ok=True)
    (folder / manifest.NAME).write_text(
        json.dumps({"format": manifest.FORMAT, "corpora": [{"name": "drugprot", "articles": "PubMed"}]}), "utf-8"
    )
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "train-00000-of-00001.parquet")
    return folder


def row(group: str, text: str, task: str = "ner", completion: str = "Gene: None") -> dict[str, object]:
    message = {"role": "assistant", "content": completion}
    return {"corpus": group.partition("/")[0], "group": group, "text": text, "task": task, "completion": [message]}


def test_the_table_counts_documents_of_the_test_set_by_kind(suite: str, tmp_path: Path) -> None:
    found = search_corpora(["drugprot"], (suite,), tmp_path, None, quiet)
    (cell, everything) = found.cells
    assert cell == Cell(
        train="drugprot",
        test="tested",
        documents=3,
        shared=3,
        by_id=2,
        by_text=1,
        by_words=2,
        half=2,
        covered=pytest.approx(60 / 92),
        train_documents=4,
        examples=(
            Example("drugprot/1", "chemprot/1", ("id", "text", "words"), 1.0),
            Example("drugprot/8", "chemprot/2", ("words",), 20 / 31),
            Example("drugprot/7", "chemprot/2", ("words",), 13 / 31),
        ),
    )
    assert everything.train == "any"
    assert everything.shared == 3
    assert (found.searched, found.listed, found.tests) == ({"drugprot": 4}, {"drugprot": 1}, {"tested": 3})


def test_corpora_without_files_are_named(suite: str, tmp_path: Path) -> None:
    found = search_corpora(None, (suite, "blurb"), tmp_path, None, quiet)
    assert set(found.searched) == {"drugprot"}
    assert found.missing["biored"] == "Train.PubTator is missing"
    assert found.missing["bc2gm"].startswith("test.tsv is not in")
    assert "chemprot" not in found.tests  # the same files were read as `tested`


def test_worker_processes_find_the_same(suite: str, tmp_path: Path) -> None:
    with process_pool(2) as pool:
        assert search_corpora(None, (suite,), tmp_path, pool, quiet) == search_corpora(
            None, (suite,), tmp_path, None, quiet
        )


def test_a_built_data_set_is_searched_as_it_stands(suite: str, tmp_path: Path) -> None:
    rows = [
        row("drugprot/9", numbered(900, 30)),
        row("mine/a", json.dumps(["nothing", f"so {numbered(100, 13)}"]), "sts"),
        row("mine/a", json.dumps(["nothing", f"so {numbered(100, 13)}"]), "sts"),
        row("mine/b", "a long text", "summ", numbered(115, 13)),
        row("mine/c", "a text", "ner", numbered(200, 13)),
        row("drugprot/3", "a sentence"),
    ]
    found = search_built(built(tmp_path / "out", rows), (suite,), tmp_path, None, quiet)
    assert {cell.train: (cell.shared, cell.by_id, cell.by_words) for cell in found.cells} == {
        "drugprot": (1, 1, 0),
        "mine": (1, 0, 1),
        "any": (2, 1, 1),
    }
    assert found.searched == {"drugprot": 2, "mine": 3}
    (mine,) = [cell for cell in found.cells if cell.train == "mine"]
    assert mine.covered == pytest.approx(26 / 92)


def test_leaked_documents_come_with_the_surest_reason(suite: str, tmp_path: Path) -> None:
    leaks = leaked([UNIT], suite, tmp_path, None, quiet)
    assert leaks.groups == {
        UNIT: {
            "drugprot/1": "is an article of test set tested",
            "drugprot/7": "has words of test set tested",
            "drugprot/8": "has words of test set tested",
        }
    }
    assert [(cell.train, cell.test, cell.shared) for cell in leaks.cells] == [
        ("drugprot", "tested", 2),
        ("any", "tested", 2),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.data())
def test_no_part_of_a_document_that_is_left_shares_anything(tmp_path: Path, data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(0, 20), min_size=1, max_size=3))
    tested = {str(50 + place): numbered(100 * place, length) for place, length in enumerate(lengths)}
    whole = st.sampled_from([f"T{key} {text}".split() for key, text in tested.items()])
    slices = st.tuples(whole, *[st.integers(0, 21)] * 2).map(lambda drawn: drawn[0][drawn[1] : drawn[2]])
    documents = data.draw(st.lists(st.lists(slices, max_size=3), max_size=4))
    training = [[word for part in parts for word in part] for parts in documents]
    held_out.cache_clear()
    suite = helpers.corpora(
        tmp_path,
        {str(place): " ".join(text) for place, text in enumerate(training)},
        tested,
    )
    out = leaked([UNIT], suite, tmp_path, None, quiet).groups[UNIT]
    left = {f"drugprot/{place}": text for place, text in enumerate(training) if f"drugprot/{place}" not in out}
    if left:
        group = data.draw(st.sampled_from(sorted(left)))
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(left[group]))] * 2)))
        tests = held_out((suite,), tmp_path)
        part = " ".join(left[group][start:end])
        assert overlap("drugprot", tests, [(group, part)], corpora.get("drugprot")).links == ()


def test_the_command_prints_the_table(suite: str, tmp_path: Path) -> None:
    done = mnlu("leakage", "--corpora", "drugprot", "--suite", suite, data=tmp_path, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["tested", "drugprot", "3", "3", "100.0", "2", "1", "2", "2"] in lines
    assert ["tested", "1", "drugprot/1", "id,", "text,", "words", "100.0"] in lines
    assert "drugprot: 1 documents were compared by id only; their texts are missing." in done.stdout
    as_json = json.loads(mnlu("leakage", "--suite", suite, "--json", data=tmp_path).stdout)
    assert as_json["cells"][0]["examples"][0]["train"] == "drugprot/1"


def test_bad_input(suite: str, tmp_path: Path) -> None:
    failed(mnlu("leakage", "--train", tmp_path, "--corpora", "x", data=tmp_path), "--train", "--corpora")
    failed(mnlu("leakage", "--train", tmp_path, "--suite", suite, data=tmp_path), "holds no built data set")
    failed(mnlu("leakage", "--corpora", "drugprott", "--suite", suite, data=tmp_path), "drugprot")
    failed(mnlu("leakage", "--corpora", "biored", "--suite", suite, data=tmp_path), "biored is not ready")
    failed(mnlu("leakage", "--suite", "blue", data=tmp_path / "none"), "No ")
    with pytest.raises(UserError, match="No test set of blurb has its files"):
        held_out(("blurb",), tmp_path / "none")
    broken = built(tmp_path / "out", [row("mine/a", "text")])
    (broken / "train-00000-of-00001.parquet").write_bytes(b"PAR1 not")
    failed(mnlu("leakage", "--train", broken, "--suite", suite, data=tmp_path), "can't be read")
    for shard in broken.glob("*.parquet"):
        shard.unlink()
    failed(mnlu("leakage", "--train", broken, "--suite", suite, data=tmp_path), "no shard")
