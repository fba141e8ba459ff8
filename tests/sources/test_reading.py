"""Records of a declared corpus: one document an id, and at least one in the files of a split."""

from dataclasses import replace
from pathlib import Path

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers.bioc import bioc
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Record

CORPUS = replace(
    corpora.get("biored"),
    name="x",
    read=bioc(),
    splits={"train": ("a.xml", "b.xml")},
    published={},
    edition_of="",
)
PASSAGE = "<passage><offset>0</offset><text>{}</text></passage>"


def test_empty_files_are_an_empty_split(tmp_path: Path) -> None:
    corpus = replace(corpora.get("gnormplus"), name="x", folder="x", published={})
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "GNormPlus_Train.PubTator").write_text("", "utf-8")
    assert list(reading.records(corpus, "train", tmp_path, Ledger())) == []


def records(folder: Path, *documents: str) -> list[Record]:
    (folder / "x").mkdir()
    for name, content in zip(("a", "b"), documents, strict=True):
        (folder / "x" / f"{name}.xml").write_text(f"<collection>{content}</collection>", "utf-8")
    return list(reading.records(CORPUS, "train", folder, Ledger()))


def document(name: str, text: str) -> str:
    return f"<document><id>{name}</id>{PASSAGE.format(text)}</document>"


def test_two_documents_with_one_id_are_refused_on_one_line_too(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a\.xml:1: document 1 was already at a\.xml:1"):
        records(tmp_path, document("1", "fever") + document("1", "cough"), document("2", "x"))


def test_files_without_any_document_are_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"x: there is no document in a\.xml and the other files") as caught:
        records(tmp_path, "", "")
    assert "format" in caught.value.hint


def test_a_label_is_quoted_in_one_line(tmp_path: Path) -> None:
    marked = (
        '<annotation><infon key="type">a\nb</infon>'
        + '<location offset="0" length="5"/><text>fever</text></annotation>'
    )
    odd = document("1", "fever").replace("</passage>", f"{marked}</passage>")
    with pytest.raises(UserError, match=r"mention type 'a\\nb' is not declared"):
        records(tmp_path, odd, document("2", "x"))


def test_one_file_without_a_document_may_be(tmp_path: Path) -> None:
    assert len(records(tmp_path, "", document("1", "fever"))) == 1
