"""BioC JSON: the same records as the same collection in XML, PubTator 3's key, damage."""

import json
from typing import Any

import pytest
from hypothesis import given
from lxml import etree

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.bioc import bioc
from mnlu_instruct.readers.bioc_json import bioc_json
from mnlu_instruct.types import Document, Record
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read
from tests.readers.test_bioc import GOLDEN, SENTENCES


def as_json(xml: str) -> dict[str, Any]:
    """A collection of BioC XML as the bioc package writes it in JSON."""
    root = etree.fromstring(xml.encode())
    return {"documents": [_article(one) for one in root.iterfind("document")]}


def _article(one: Any) -> dict[str, Any]:
    passages = [
        _part(part) | {"sentences": [_part(inner) for inner in part.iterfind("sentence")]}
        for part in one.iterfind("passage")
    ]
    return {"id": one.findtext("id"), "infons": {}, "passages": passages, "annotations": [], "relations": _links(one)}


def _part(one: Any) -> dict[str, Any]:
    marks = [
        {
            "id": mark.get("id"),
            "infons": _infons(mark),
            "text": mark.findtext("text"),
            "locations": [
                {name: int(place.get(name)) for name in ("offset", "length")} for place in mark.iterfind("location")
            ],
        }
        for mark in one.iterfind("annotation")
    ]
    text = one.findtext("text")
    return {
        "offset": int(one.findtext("offset")),
        "text": text,
        "infons": _infons(one),
        "annotations": marks,
        "relations": _links(one),
    }


def _links(one: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": found.get("id"),
            "infons": _infons(found),
            "nodes": [dict(node.attrib) for node in found.iterfind("node")],
        }
        for found in one.iterfind("relation")
    ]


def _infons(one: Any) -> dict[str, str]:
    return {child.get("key"): child.text for child in one.iterfind("infon")}


def same(records: list[Record]) -> list[tuple[object, ...]]:
    """All of documents but where they come from."""
    assert all(isinstance(one, Document) for one in records)
    return [(one.id, one.text, one.passages, one.mentions, one.relations) for one in records]  # type: ignore[union-attr]


@pytest.mark.parametrize("xml", [GOLDEN, SENTENCES])
@pytest.mark.parametrize("key", ["documents", "PubTator3", ""])
def test_both_encodings_give_the_same_records(xml: str, key: str) -> None:
    found = as_json(xml)["documents"]
    content = json.dumps({key: found, "source": "x"} if key else found)
    assert same(read(bioc_json(), file(content))) == same(read(bioc(), file(xml)))


def test_a_single_document_and_numbers_as_ids_are_read() -> None:
    [article] = as_json(SENTENCES)["documents"]
    [document] = read(bioc_json(), file(json.dumps(article | {"id": 9})))
    assert document.id == "9"
    assert document.origin == "corpus.txt:9"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "not a JSON object"),
        ("3", "expected a BioC collection"),
        ('{"documents": 3}', "expected a BioC collection"),
        ('{"documents": [{"passages": []}]}', "document 1: Object missing required field `id`"),
        (
            '[{"id": 1, "passages": [{"text": "x"}]}]',
            "document 1: Object missing required field `offset` - at `$.passages[0]`",
        ),
        (
            '[{"id": 1, "passages": [{"offset": 0, "text": "x", "annotations": [{"infons": {"type": "D"}, "text": "x", '
            '"locations": [{"offset": -1, "length": 1}]}]}]}]',
            "document 1: a location with a negative number",
        ),
        ('[{"id": 1, "passages": [{"offset": 1000000000000000, "text": "x"}]}]', "no document is that long"),
        ('[{"id": 1, "passages": [{"offset": -5, "text": "x"}]}]', "a passage at -5, expected 0 or more"),
        (
            '[{"id": 1, "passages": [{"offset": 0, "annotations": [{"infons": {"type": ["D"]}, "locations": []}]}]}]',
            "the infon 'type' of annotation #1 is ['D'], expected words",
        ),
    ],
)
def test_a_fault_is_named(content: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^bad\.json: ") as error:
        read(bioc_json(), file(content, "bad.json"))
    assert message in error.value.message


def test_bytes_that_are_no_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(UserError, match="line 2: this is not UTF-8 text"):
        read(bioc_json(), file('{"documents":\n[{"id": "é"}]}'.encode("latin-1")))


@given(damaged(json.dumps(as_json(SENTENCES)), delimiter=",").map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(bioc_json(), content)
