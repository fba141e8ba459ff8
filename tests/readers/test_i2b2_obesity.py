"""i2b2 2008: notes and judgements in files of their own, later judgements over earlier ones, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.i2b2_obesity import i2b2_obesity
from mnlu_instruct.types import Document, Judgement
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents

NOTES = """\
<root><docs>
<doc id="1"><text>
Gout &amp; wheezing .
</text></doc>
<doc id="2"><text>Well .</text></doc></docs></root>
"""
GOUT = """\
<diseaseset>
<diseases source="textual"><disease name="Gout"><doc id="1" judgment="{}"/></disease></diseases></diseaseset>
"""


def files(*judgements: str, notes: str = NOTES) -> list[File]:
    return [file(notes, "notes.xml"), *(file(one, f"labels{n}.xml") for n, one in enumerate(judgements, 1))]


def test_a_note_has_its_judgements_and_later_files_count() -> None:
    asthma = GOUT.format("N").replace("textual", "intuitive").replace("Gout", "Asthma")
    assert read(i2b2_obesity(), *files(GOUT.format("U"), asthma, GOUT.format("Y"))) == [
        Document(
            id="1",
            text="\nGout & wheezing .\n",
            group="1",
            origin="notes.xml:2",
            judgements=(Judgement("textual/Gout", ("Y",)), Judgement("intuitive/Asthma", ("N",))),
        ),
        Document("2", "Well .", "2", "notes.xml:5"),
    ]


def test_notes_may_lie_in_several_files_in_any_order() -> None:
    others = NOTES.replace('"1"', '"3"').replace('"2"', '"4"')
    found = read_documents(i2b2_obesity(), file(GOUT.format("Q")), file(NOTES), file(others))
    assert [document.id for document in found] == ["1", "2", "3", "4"]
    assert found[0].judgements == (Judgement("textual/Gout", ("Q",)),)


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (
            files(GOUT.format("Y").replace("1", "7")),
            "labels1.xml, line 2",
            "document 7 is judged, but no file has its text",
        ),
        (files("<root>\n</root>"), "labels1.xml, line 1", "a <root> without <diseases>"),
        (files(GOUT.replace("judgment", "x")), "labels1.xml, line 2", "without the attribute 'judgment'"),
        (files(GOUT.replace("source", "x")), "labels1.xml, line 2", "without the attribute 'source'"),
        (files(GOUT.replace("name", "x")), "labels1.xml, line 2", "without the attribute 'name'"),
        (files(notes=NOTES.replace("text>", "b>")), "notes.xml, line 2", "a <doc> without <text>"),
        (files(notes=NOTES.replace("Gout", "<b/>")), "notes.xml, line 3", "markup or an entity inside <text>"),
        (files(notes=NOTES.replace('id="2"', "")), "notes.xml, line 5", "without the attribute 'id'"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: list[File], place: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(i2b2_obesity(), *content)
    assert error.value.message.startswith(f"{place}: ")
    assert message in error.value.message


@given(st.data(), st.integers(0, 1))
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, which: int) -> None:
    contents = [NOTES, GOUT.format("Y")]
    found: list[File] = [file(content, f"{n}.xml") for n, content in enumerate(contents)]
    found[which] = file(data.draw(damaged(contents[which], delimiter='"')), "damaged.xml")
    assert_reads_or_refuses(i2b2_obesity(), *found)
