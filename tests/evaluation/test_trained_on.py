"""Marks of questions about texts that a model was trained on: the sheet, how it travels, and when nothing is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import json

from mnlu_instruct import corpora
from mnlu_instruct.catalogue import suites
from mnlu_instruct.dataset import build, manifest
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.dataset.texts import source_texts
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import questions, scorecard, trained_on
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, record
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.evaluation.trained_on import NAME, Sheet
from mnlu_instruct.leakage.documents import index_of
from mnlu_instruct.merging import merge
from mnlu_instruct.merging.recipe import MergeRecipe
from tests.merging.conftest import Pair, pair  # noqa: F401 (a fixture)
from tests.support import mnlu


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Demo questions about named entities, relations and pairs of texts."""
    out = tmp_path_factory.mktemp("data") / "set"
    options = {"corpora": ["demo"], "tasks": ["ner", "re", "nli"], "n": 60}
    build.write(build.draft(build_recipe(None, options), Path(), None, lambda *_: None), out, None, lambda *_: None)
    return out


@pytest.fixture(scope="module")
def sheet(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    """The sheet of a model trained on them."""
    folder = tmp_path_factory.mktemp("model")
    trained_on.write(data, None, folder)
    found = trained_on.of_model(str(folder))
    assert found is not None
    return found


INDEXES = {corpus.name: index_of(corpus) for corpus in corpora.registry().values()}


def rows(data: Path) -> list[Question]:
    from mnlu_instruct.dataset.shards import batches  # noqa: PLC0415

    return [row for batch in batches(data, ["id", *trained_on.COLUMNS]) for row in batch.to_pylist()]


def sheet_of(folder: Path, *numbers: int) -> Path:
    np.save(folder / NAME, np.array(sorted(numbers), np.uint64))
    return folder


def asked(limit: int = 3) -> list[Question]:
    found = questions.of_suite(suites.load("demo"), Path(), Settings(limit=limit))
    return [question for one in found.values() for question in one.questions]


def test_all_that_was_trained_on_is_seen_and_nothing_else(data: Path, sheet: Sheet) -> None:
    trained = rows(data)
    assert all(trained_on.marks(trained, sheet, INDEXES))
    texts = {text for row in trained for text in source_texts(row["task"], row["text"])}
    found = asked(50)
    others = [one for one in found if texts.isdisjoint(source_texts(one["task"], one["text"]))]
    assert len(others) > 100
    assert not any(trained_on.marks(others, sheet, INDEXES))
    assert sheet.dtype == np.uint64 and (np.diff(sheet.astype(object)) > 0).all()


def test_texts_are_compared_as_words_and_those_of_a_pair_by_themselves(data: Path, sheet: Sheet) -> None:
    alone = next(row for row in rows(data) if row["task"] == "ner")
    pairs = [row for row in rows(data) if row["task"] == "nli"]
    first = json.decode(pairs[0]["text"])[0]
    new = {**pairs[0], "group": "x", "text": json.encode([f"  {first.upper()} !", "Something else."]).decode()}
    neither = {**new, "text": json.encode(["Nothing of that.", "Something else."]).decode()}
    louder = {**alone, "group": "x", "text": alone["text"].upper().replace(" ", "\n ")}
    half = {**alone, "group": "x", "text": alone["text"][: len(alone["text"]) // 2]}
    assert trained_on.marks([new, neither, louder, half], sheet, INDEXES) == [True, False, True, False]


def test_an_article_is_known_by_its_id_whatever_its_text(tmp_path: Path) -> None:
    def one(corpus: str, group: str, text: str) -> Question:
        return {"corpus": corpus, "group": f"{corpus}/{group}", "task": "re", "text": text}

    numbers = trained_on._hashes(INDEXES["drugprot"], "drugprot/10076535", "re", "As in training.")
    sheet = np.array(sorted(numbers), np.uint64)
    found = [
        one("chemprot", "10076535", "A sentence of it."),
        one("chemprot", "10076536", "A sentence of another."),
        one("bc2gm", "10076535", "No article's id."),
        one("mine", "10076535", "Of no corpus here."),
    ]
    assert trained_on.marks(found, sheet, INDEXES) == [True, False, False, False]


def test_a_base_hands_its_sheet_on(data: Path, sheet: Sheet, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    trained_on.write(data, str(sheet_of(tmp_path / "base", 7)), tmp_path)
    found = trained_on.of_model(str(tmp_path))
    assert found is not None and set(found.tolist()) == {7, *sheet.tolist()}


def test_a_merge_carries_on_both_sheets(pair: Pair, tmp_path: Path) -> None:  # noqa: F811
    def merged(name: str) -> Path:
        return merge(MergeRecipe(base=str(pair[0]), tuned=pair[1], out=tmp_path / name), False, answers=False).folder

    try:
        assert not (merged("unknown") / NAME).exists()
        sheet_of(pair[0], 1, 5)
        assert not (merged("still unknown") / NAME).exists()
        sheet_of(pair[1], 5, 9)
        assert np.load(merged("known") / NAME).tolist() == [1, 5, 9]
    finally:
        for folder in pair:
            (folder / NAME).unlink(missing_ok=True)


def test_without_a_sheet_the_data_set_is_read_if_it_is_the_one(data: Path, sheet: Sheet, tmp_path: Path) -> None:
    assert trained_on.of_model(str(tmp_path)) is None
    assert trained_on.of_model("someone/model") is None
    stated = {"folder": str(data), "content_hash": manifest.read(data)["content_hash"]}
    cases: list[tuple[Any, bool]] = [
        ({"data": stated}, True),
        ({"data": {**stated, "content_hash": "0"}}, False),
        ({"data": {**stated, "folder": str(tmp_path)}}, False),
        ({"data": None}, False),
        ([], False),
    ]
    for told, known in cases:
        (tmp_path / "training.json").write_bytes(json.encode(told))
        found = trained_on.of_model(str(tmp_path))
        assert (found is not None) == known, told
    (tmp_path / "training.json").write_bytes(json.encode({"data": stated}))
    again = trained_on.of_model(str(tmp_path))
    assert again is not None and again.tolist() == sheet.tolist()


@pytest.mark.parametrize("content", [b"", b"oops", "floats", "table"])
def test_a_broken_sheet(content: bytes | str, tmp_path: Path) -> None:
    if isinstance(content, bytes):
        (tmp_path / NAME).write_bytes(content)
    else:
        np.save(tmp_path / NAME, np.zeros(3) if content == "floats" else np.zeros((2, 2), np.uint64))
    with pytest.raises(UserError, match=r"seen\.npy"):
        trained_on.of_model(str(tmp_path))


def test_the_share_stands_beside_the_score(tmp_path: Path) -> None:
    found = asked(4)
    sheet = np.array(sorted(number for one in found[:2] for number in trained_on._hashes(**_key(one))), np.uint64)
    (tmp_path / "model").mkdir()
    np.save(tmp_path / "model" / NAME, sheet)
    said = [{**question, "prediction": question["target"]} for question in found]
    card = record(trained_on.marked(said, str(tmp_path / "model"), INDEXES), {"system": "x"}, tmp_path / "run")
    lines = [json.decode(line) for line in (tmp_path / "run" / PREDICTIONS).read_bytes().splitlines()]
    assert [line["seen"] for line in lines[:4]] == [True, True, False, False]
    assert card.datasets["demo-ner"].seen == 0.5
    assert card.datasets["demo-qa"].seen == 0.0
    printed = mnlu("score", tmp_path / "run", COLUMNS="80").stdout
    assert "trained on, %" in printed and "50.0" in printed and "…" not in printed

    unknown = record(trained_on.marked(said, "someone/model", INDEXES), {"system": "x"}, tmp_path / "other")
    assert {score.seen for score in unknown.datasets.values()} == {None}
    assert "trained on" not in mnlu("score", tmp_path / "other").stdout
    both = scorecard.score([tmp_path / "run" / PREDICTIONS], {})
    assert both.datasets == card.datasets


def _key(question: Question) -> dict[str, Any]:
    return {"index": INDEXES[question["corpus"]], **{name: question[name] for name in ("group", "task", "text")}}
