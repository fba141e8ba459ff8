"""The XML of i2b2 and n2c2: one golden file of each layout, the round trip of any mentions and links, damage."""

from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.i2b2_xml import Links, i2b2_xml
from mnlu_instruct.types import Document, Judgement, Mention, Passage, Relation, Span
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

LINKS = Links({"BEFORE": "BEFORE", "ENDED_BY": "BEFORE", "AFTER": "AFTER"}, {"BEFORE": "AFTER", "AFTER": "BEFORE"})
INLINE = i2b2_xml(record="RECORD", inline="PHI", type_key="TYPE")
STANDOFF = i2b2_xml(type_key="type", links=LINKS)
STATUS_TEXTS = i2b2_xml(record="RECORD", inline="PHI", type_key="TYPE")
STATUS = i2b2_xml(record="RECORD", classes=("SMOKING", "STATUS"))
CRITERIA = i2b2_xml(classes=("TAGS/*", "met"))

NOTE = """\
<?xml version="1.0" encoding="UTF-8" ?>
<Annotation>
<TEXT><![CDATA[
Seen < 1 May ,
pain &
fever after .
]]></TEXT>
<TAGS>
<EVENT id="E1" start="16" end="28" text="pain & fever" polarity="POS" type="PROBLEM" />
<EVENT id="E0" start="1" end="5" text="Seen" type="OCCURRENCE" />
<EVENT id="E9" start="16" end="20" text="pain" type="PROBLEM" />
<TIMEX3 id="T0" start="8" end="13" text="1 May" type="DATE" val="" />
<TLINK id="TL0" fromID="E1" fromText="" toID="E0" toText="" type="AFTER" />
<TLINK id="TL1" fromID="E0" toID="T0" type="ENDED_BY" />
<TLINK id="TL2" fromID="E9" toID="E1" type="AFTER" />
</TAGS>
</Annotation>
""".replace('"pain & fever"', '"pain &amp; fever"')

RECORDS = """\
<ROOT>
<RECORD ID="1">
<TEXT>
Dr. <PHI TYPE="DOCTOR"> O&apos;Hay
Roe </PHI> &lt; <PHI TYPE="DATE">May</PHI></TEXT>
</RECORD>
<RECORD ID="2"><SMOKING STATUS="PAST SMOKER"></SMOKING><TEXT>Quit .</TEXT></RECORD>
</ROOT>
"""


def note(tags: str, text: str = "Seen .") -> File:
    return file(f"<r>\n<TEXT>{text}</TEXT>\n<TAGS>\n{tags}\n</TAGS></r>", "9.xml")


def event(start: object = 0, end: object = 4, words: str = "Seen", name: str = "E0") -> str:
    return f'<EVENT id="{name}" start="{start}" end="{end}" text={quoteattr(words)} type="X"/>'


def link(head: str, tail: str, kind: str = "BEFORE") -> str:
    return f'<TLINK id="L" fromID="{head}" toID="{tail}" type="{kind}"/>'


def test_standoff_mentions_come_in_text_order_and_links_run_with_the_text() -> None:
    assert read(STANDOFF, file(NOTE, "set/7.xml")) == [
        Document(
            id="7",
            text="\nSeen < 1 May ,\npain &\nfever after .\n",
            group="7",
            origin="set/7.xml:2",
            passages=(Passage("line", 1, 15), Passage("line", 16, 22), Passage("line", 23, 36)),
            mentions=(
                Mention("E0", "OCCURRENCE", ((1, 5),)),
                Mention("T0", "DATE", ((8, 13),)),
                Mention("E1", "PROBLEM", ((16, 28),)),
                Mention("E9", "PROBLEM", ((16, 20),)),
            ),
            relations=(
                Relation("BEFORE", "E0", "E1"),
                Relation("BEFORE", "E0", "T0"),
                Relation("BEFORE", "E1", "E9"),
            ),
        )
    ]


def test_inline_mentions_are_counted_in_the_text_without_tags() -> None:
    first, second = read_documents(INLINE, file(RECORDS, "train.zip/train.xml"))
    assert first.text == "\nDr.  O'Hay\nRoe  < May"
    assert first.mentions == (Mention("P1", "DOCTOR", ((6, 15),)), Mention("P2", "DATE", ((19, 22),)))
    assert (first.id, first.group, first.origin) == ("1", "1", "train.zip/train.xml:2")
    assert second.mentions == ()


def test_a_class_of_a_record_is_read_in_lower_case() -> None:
    found = (
        RECORDS.replace("\n<TEXT>", '<SMOKING STATUS="UNKNOWN"/><TEXT>').replace("<PHI", "<!--").replace("/PHI>", "-->")
    )
    records = read_documents(STATUS, file(found))
    assert [one.judgements for one in records] == [
        (Judgement("SMOKING", ("unknown",)),),
        (Judgement("SMOKING", ("past smoker",)),),
    ]


def test_each_tag_of_a_note_is_a_question() -> None:
    [document] = read_documents(CRITERIA, note('<MI-6MOS met="not met" /><ENGLISH met="met" />'))
    assert document.judgements == (Judgement("MI-6MOS", ("not met",)), Judgement("ENGLISH", ("met",)))


def test_the_notes_of_one_patient_are_one_group() -> None:
    [document] = read_documents(i2b2_xml(type_key="type"), file(NOTE, "set/320-03.xml"))
    assert (document.id, document.group, document.passages, document.relations) == ("320-03", "320", (), ())


def test_what_the_rules_of_a_corpus_drop_is_counted() -> None:
    ledger = Ledger()
    tags = event() + event(0, 4, "gone", "E1") + link("E0", "E1") + link("E0", "E9") + link("E0", "E0", "")
    rules = ("unlocated", "dangling-end", "no-relation-type")
    [document] = read(STANDOFF, note(tags), rules=rules, ledger=ledger)
    assert isinstance(document, Document)
    assert [mention.id for mention in document.mentions] == ["E0"]
    assert document.relations == ()
    assert ledger.counts == {
        Entry("read", "dropped", "unlocated"): 1,
        Entry("read", "dropped", "dangling-end"): 2,
        Entry("read", "dropped", "no-relation-type"): 1,
    }


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (file("<r>\n<TAGS/></r>", "9.xml"), 1, "a <r> without <TEXT>"),
        (file("<r>\n<TEXT>x</TEXT></r>", "9.xml"), 1, "a <r> without <TAGS>"),
        (note("", "a<b/>c"), 2, "markup or an entity inside <TEXT>"),
        (note(event(words="went")), 4, "slice to 'Seen', expected 'went'"),
        (note(event(start="²")), 4, "offsets '²' and '4', expected numbers"),
        (note(event(start="-1")), 4, "offsets '-1' and '4', expected numbers"),
        (note(event(end=99)), 4, "offsets 0–99"),
        (note('<EVENT id="E0" start="0" text="Seen" type="X"/>'), 4, "without the attribute 'end'"),
        (note('<EVENT start="0" end="4" text="Seen" type="X"/>'), 4, "without the attribute 'id'"),
        (note('<EVENT id="E0" start="0" end="4" type="X"/>'), 4, "without the attribute 'text'"),
        (note('<EVENT id="E0" start="0" end="4" text="Seen"/>'), 4, "without the attribute 'type'"),
        (note(event() + "\n" + link("E0", "E0", "DURING")), 5, "a link of type 'DURING'"),
        (note(event() + "\n" + link("E0", "E0", "")), 5, "a link of type ''"),
        (note(event() + "\n" + link("E0", "E7")), 5, "'E7' is not a mention"),
        (note('<TLINK fromID="E0" toID="E0"/>'), 4, "without the attribute 'type'"),
    ],
)
def test_a_fault_of_standoff_is_named_with_file_and_line(content: File, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^9\.xml, line {line}: ") as error:
        read(STANDOFF, content)
    assert message in error.value.message


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("<ROOT>\n</ROOT>", 1, "a <ROOT> without <RECORD>"),
        ("<ROOT>\n<RECORD><TEXT>x</TEXT></RECORD></ROOT>", 2, "without the attribute 'ID'"),
        ('<ROOT>\n<RECORD ID="1"/></ROOT>', 2, "without <TEXT>"),
        ('<ROOT>\n<RECORD ID="1"><TEXT>a<b>c</b></TEXT></RECORD></ROOT>', 2, "expected <PHI>"),
        ('<ROOT>\n<RECORD ID="1"><TEXT><PHI>c</PHI></TEXT></RECORD></ROOT>', 2, "without the attribute 'TYPE'"),
        ('<ROOT>\n<RECORD ID="1"><TEXT><PHI TYPE="A"> </PHI></TEXT></RECORD></ROOT>', 2, "a <PHI> without words"),
        ('<ROOT>\n<RECORD ID="1"><TEXT><PHI TYPE="A">a<i/></PHI></TEXT></RECORD></ROOT>', 2, "inside <PHI>"),
    ],
)
def test_a_fault_of_records_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^a\.xml, line {line}: ") as error:
        read(INLINE, file(content, "a.xml"))
    assert message in error.value.message


def test_a_note_without_its_class_is_refused() -> None:
    with pytest.raises(UserError, match="without SMOKING, which states its class"):
        read(STATUS, file('<ROOT><RECORD ID="1"><TEXT>x</TEXT></RECORD></ROOT>'))
    with pytest.raises(UserError, match="without the attribute 'met'"):
        read(CRITERIA, note("<ENGLISH/>"))


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text with line ends, and its mentions; as attributes lose line ends, white space has one form there."""
    text = draw(st.text(PRINTABLE | st.sampled_from("\n <&>"), max_size=30))
    return text, draw(spans_of(text)) if text else []


@given(annotated())
def test_any_standoff_mentions_are_read_as_they_were_written(written: tuple[str, list[Span]]) -> None:
    text, places = written
    tags = "".join(event(start, end, text[start:end], f"E{n}") for n, (start, end) in enumerate(places))
    [document] = read_documents(STANDOFF, note(tags, escape(text)))
    assert document.text == text
    assert {mention.id: mention.spans for mention in document.mentions} == {
        f"E{number}": (place,) for number, place in enumerate(places)
    }


@given(st.lists(st.tuples(st.text(PRINTABLE), st.text(PRINTABLE).filter(str.strip)), max_size=4))
def test_any_inline_mentions_are_read_as_they_were_written(parts: list[tuple[str, str]]) -> None:
    body = "".join(f'{escape(before)}<PHI TYPE="A">{escape(words)}</PHI>' for before, words in parts)
    content = file(f'<ROOT><RECORD ID="1"><TEXT>{body}</TEXT></RECORD></ROOT>')
    [document] = read_documents(INLINE, content)
    assert document.text == "".join(before + words for before, words in parts)
    found = [document.text[slice(*mention.spans[0])] for mention in document.mentions]
    assert found == [words.strip() for _, words in parts]


@given(annotated(), st.data())
def test_a_link_means_the_same_from_either_end(written: tuple[str, list[Span]], data: st.DataObject) -> None:
    text, places = written
    if not places:
        return
    tags = "".join(event(start, end, text[start:end], f"E{n}") for n, (start, end) in enumerate(places))
    head, tail = (data.draw(st.integers(0, len(places) - 1)) for _ in range(2))
    if head == tail:
        return
    one, other = (
        read_documents(STANDOFF, note(tags + links, escape(text)))[0].relations
        for links in (link(f"E{head}", f"E{tail}", "BEFORE"), link(f"E{tail}", f"E{head}", "AFTER"))
    )
    assert one == other


@given(damaged(NOTE, delimiter='"').map(lambda content: file(content, "1.xml")))
def test_a_damaged_note_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(STANDOFF, content)
    assert_reads_or_refuses(CRITERIA, content)


@given(damaged(RECORDS, delimiter="<").map(file))
def test_damaged_records_are_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(INLINE, content)
    assert_reads_or_refuses(STATUS, content)


def test_every_truncation_is_refused() -> None:
    for reader, content in ((STANDOFF, NOTE.encode()), (INLINE, RECORDS.encode())):
        for length in range(len(content.rstrip())):
            with pytest.raises(UserError):
                read(reader, file(content[:length], "1.xml"))


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ('<EVENT id="E1" end="4" text="Seen" type="X" />', "without the attribute 'start'"),
        ('<EVENT id="E1" spans="0~4" text="Seen" type="X" />', "without the attribute 'start'"),
        ('<TLINK id="L1" fromId="E0" toID="E0" type="AFTER" />', "without the attribute 'start'"),
        (event(name="E0"), "a second mention 'E0'"),
    ],
)
def test_a_tag_that_is_neither_a_mention_nor_a_link_is_refused(tag: str, message: str) -> None:
    content = note(f"{event()}\n{tag}")
    with pytest.raises(UserError, match=message):
        read(STANDOFF, content)


def test_a_bare_ampersand_is_mended_in_the_encoding_that_the_file_declares() -> None:
    written = RECORDS.replace("<TEXT>Quit .", "<TEXT>Café & Quit .")
    content = f'<?xml version="1.0" encoding="ISO-8859-1"?>\n{written}'.encode("latin-1")
    records = read(STATUS_TEXTS, file(content), rules=["bare-ampersand"])
    assert [record.text for record in records if isinstance(record, Document)][-1] == "Café & Quit ."
