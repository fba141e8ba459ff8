"""The DDI corpus' XML: sentences as passages, inclusive offsets, fragments, pairs; lists; damage, hostile XML."""

from itertools import pairwise
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.ddi_xml import ddi_xml
from mnlu_instruct.types import Document, Mention, Passage, Relation, surface
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

READER = ddi_xml(untyped="int")

GOLDEN = """<?xml version="1.0" encoding="UTF-8"?>
<document id="D.d1">
    <sentence id="D.d1.s0" text="Tea &amp; &quot;gin&quot; mix.&#xd;&#xa;">
        <entity id="D.d1.s0.e0" charOffset="0-2"
            type="drug" text="Tea"/>
        <entity id="D.d1.s0.e1" charOffset="7-9" type="brand" text="gin"/>
        <pair id="D.d1.s0.p0" e1="D.d1.s0.e0" e2="D.d1.s0.e1" ddi="true" type="effect"/>
    </sentence>
    <!-- between -->
    <sentence id="D.d1.s1" text="Short- and long-acting teas.">
        <entity id="D.d1.s1.e0" charOffset="11-26" type="group" text="long-acting teas"/>
        <entity id="D.d1.s1.e1" charOffset="23-26;0-5" type="group" text="Short-teas"/>
        <pair id="D.d1.s1.p0" e1="D.d1.s1.e0" e2="D.d1.s1.e1" ddi="false"/>
    </sentence>
    <sentence id="D.d1.s2" text=""/>
</document>
"""


def sentence(inside: str, text: str = "Tea and gin") -> File:
    return file(f'<document id="d">\n<sentence id="d.s0" text="{text}">\n{inside}</sentence></document>', "bad.xml")


def entity(offset: str = "0-2", words: str = "Tea", name: str = "d.s0.e0") -> str:
    return f'<entity id="{name}" charOffset="{offset}" type="drug" text="{words}"/>'


PAIR = entity() + entity("8-10", "gin", "d.s0.e1") + '\n<pair id="p" e1="d.s0.e0" e2="d.s0.e1" {}/>'


def test_every_feature_of_the_format() -> None:
    text = 'Tea & "gin" mix.\r\n\nShort- and long-acting teas.\n\n'
    assert read(READER, file(GOLDEN)) == [
        Document(
            id="D.d1",
            text=text,
            group="D.d1",
            origin="corpus.txt:2",
            passages=(
                Passage("sentence", 0, 18),
                Passage("sentence", 19, 47),
                Passage("sentence", 48, 48),
            ),
            mentions=(
                Mention("s0.e0", "drug", ((0, 3),)),
                Mention("s0.e1", "brand", ((7, 10),)),
                Mention("s1.e1", "group", ((19, 25), (42, 46))),
                Mention("s1.e0", "group", ((30, 46),)),
            ),
            relations=(Relation("effect", "s0.e0", "s0.e1"),),
        )
    ]


def test_an_interaction_without_type_gets_the_least_specific_one_and_is_counted() -> None:
    ledger = Ledger()
    [document] = read(READER, sentence(PAIR.format('ddi="true"')), rules=["untyped-relation"], ledger=ledger)
    assert isinstance(document, Document)
    assert document.relations == (Relation("int", "s0.e0", "s0.e1"),)
    assert ledger.examples == {Entry("read", "mended", "untyped-relation"): ["bad.xml:4"]}


def test_shifted_fragments_are_put_right_by_the_rule() -> None:
    content = sentence(entity("0-2;7-9", "ea gin"))
    [document] = read_documents(READER, content, rules=["shift≤3"])
    assert document.mentions[0].spans == ((1, 4), (8, 11))
    with pytest.raises(UserError, match=r"^bad\.xml, line 3: fragments 0–3, 7–10"):
        read(READER, content)


def test_a_list_chooses_files_in_their_own_order() -> None:
    files = [file(f'<document id="{name}"/>', f"a.zip/Train/X/{name}.xml") for name in ("a b", "c_ddi", "e")]
    found = read(READER, file("train/X/e.xml\n\ntrain/Y/a b.xml", "train.tsv"), *files)
    assert [document.id for document in found] == ["a b", "e"]
    with pytest.raises(UserError, match=r"^train\.tsv, line 2: no file of document 'x'"):
        read(READER, file("e.xml\nx.xml\n", "train.tsv"), *files)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (file("<document/>", "bad.xml"), 1, "without the attribute 'id'"),
        (file("<articles/>", "bad.xml"), 1, "expected a <document>"),
        (file('<document id="d"><sentence/></document>', "bad.xml"), 1, "without the attribute 'text'"),
        (sentence(entity("0-9", "Tea")), 3, "slice to"),
        (sentence(entity(words="Gin")), 3, "slice to 'Tea', expected 'Gin'"),
        (sentence(entity("0")), 3, "charOffset is '0'"),
        (sentence(entity("0-2;")), 3, "charOffset is '0-2;'"),
        (sentence(entity("0-x")), 3, "charOffset"),
        (sentence(entity("-1-2")), 3, "charOffset"),
        (sentence(entity("0-²")), 3, "charOffset"),
        (sentence(entity("0-" + 5_000 * "9")), 3, "charOffset"),
        (sentence(entity("0-2;8-99", "Tea gin")), 3, "fragments"),
        (sentence(PAIR.format("")), 4, "without the attribute 'ddi'"),
        (sentence(PAIR.format('ddi="maybe"')), 4, "'maybe', expected 'true' or 'false'"),
        (sentence(PAIR.format('ddi="true"')), 4, "without a type"),
        (sentence(PAIR.format('ddi="true" type=""')), 4, "without a type"),
        (sentence(entity() + '<pair e1="d.s0.e0" e2="d.s1.e0" ddi="false"/>'), 3, "'d.s1.e0' is not an entity"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: File, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^bad\.xml, line {line}: ") as error:
        read(READER, content)
    assert message in error.value.message


def test_entities_are_refused() -> None:
    levels = pairwise("abcdefghij")
    bomb = '<!ENTITY a "laughs">' + "".join(f'<!ENTITY {high} "{f"&{low};" * 10}">' for low, high in levels)
    for inside in ('<sentence id="s" text="&j;"/>', "&j;"):
        with pytest.raises(UserError):
            read(READER, file(f'<!DOCTYPE document [{bomb}]><document id="d">{inside}</document>'))


def test_sentences_can_be_records_in_the_group_of_their_document() -> None:
    ledger = Ledger()
    found = read(ddi_xml("int", by="sentence"), file(GOLDEN), rules=["no-text"], ledger=ledger)
    first, second = (one for one in found if isinstance(one, Document))
    assert [(one.id, one.group, one.text) for one in (first, second)] == [
        ("D.d1.s0", "D.d1", 'Tea & "gin" mix.\r\n\n'),
        ("D.d1.s1", "D.d1", "Short- and long-acting teas.\n"),
    ]
    assert [mention.id for mention in first.mentions] == ["e0", "e1"]
    assert first.relations == (Relation("effect", "e0", "e1"),)
    assert surface(second.text, second.mentions[0].spans) == "Short- teas"
    assert [entry.reason for entry in ledger.counts] == ["no-text"]
    with pytest.raises(UserError, match="a sentence without text"):
        read(ddi_xml("int", by="sentence"), file(GOLDEN))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[tuple[str, ...]]]:
    """A document, and the words of its mentions by sentence."""
    lines, expected = ['<document id="d">'], []
    for number, text in enumerate(draw(st.lists(st.text(PRINTABLE, min_size=1), max_size=3))):
        lines.append(f'<sentence id="d.s{number}" text={quoteattr(text)}>')
        found = []
        for index, place in enumerate(draw(spans_of(text))):
            words = text[slice(*place)]
            offset = f"{place[0]}-{place[1] - 1}"
            lines.append(
                f'<entity id="d.s{number}.e{index}" charOffset="{offset}" type="drug" text={quoteattr(words)}/>'
            )
            found.append(surface(text, (place,)))
        lines.append("</sentence>")
        expected.append(tuple(sorted(found)))
    return "\n".join([*lines, "</document>"]), expected


@given(documents())
def test_any_document_is_read_as_it_was_written(written: tuple[str, list[tuple[str, ...]]]) -> None:
    content, expected = written
    [document] = read_documents(READER, file(content))
    for number, words in enumerate(expected):
        mentions = [mention for mention in document.mentions if mention.id.startswith(f"s{number}.")]
        assert tuple(sorted(surface(document.text, mention.spans) for mention in mentions)) == words


@given(damaged(GOLDEN, delimiter=" ").map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(READER, content)


def test_every_truncation_is_refused() -> None:
    content = GOLDEN.rstrip().encode()
    for length in range(len(content)):
        with pytest.raises(UserError):
            read(READER, file(content[:length]))
