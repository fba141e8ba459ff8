"""ShARe's standoff: mentions in fragments, reports without annotation, faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.share_pipe import share_pipe
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

READER = share_pipe(reports="ALLREPORTS")
TEXT = "The left atrium || is\ndilated.\n"
LINES = "1-ECHO.txt||Disorder||C01||4||15||22||29\n\n1-ECHO.txt||Disorder||CUI-less||22||29\n"


def files(lines: str | bytes = LINES, text: str | bytes = TEXT) -> tuple[File, File]:
    return file(text, "t.zip/ALLREPORTS/1-ECHO.txt"), file(lines, "g.tar.bz2/Gold/1-ECHO.txt")


def test_every_feature_of_the_format() -> None:
    assert read(READER, *files()) == [
        Document(
            id="1-ECHO",
            text=TEXT,
            group="1-ECHO",
            origin="t.zip/ALLREPORTS/1-ECHO.txt:1",
            mentions=(
                Mention("T1", "Disorder", ((4, 15), (22, 29)), ("C01",)),
                Mention("T3", "Disorder", ((22, 29),)),
            ),
        )
    ]


def test_a_report_without_a_file_of_mentions_is_dropped_and_counted() -> None:
    ledger = Ledger()
    assert read(READER, files()[0], rules=["unannotated"], ledger=ledger) == []
    assert ledger.examples == {Entry("read", "dropped", "unannotated"): ["t.zip/ALLREPORTS/1-ECHO.txt"]}
    with pytest.raises(UserError, match=r"^t\.zip/ALLREPORTS/1-ECHO\.txt: a report without a file of mentions"):
        read(READER, files()[0])


def test_mentions_without_a_report_are_refused() -> None:
    with pytest.raises(UserError, match=r"^g\.tar\.bz2/Gold/1-ECHO\.txt: there is no report 1-ECHO"):
        read(READER, files()[1])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1-ECHO.txt||Disorder||C01", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||4", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||4||15||22", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||4||x", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||4||" + 5_000 * "9", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||-4||15", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||²||15", "expected '1-ECHO.txt||type"),
        ("2-ECHO.txt||Disorder||C01||4||15", "expected '1-ECHO.txt||type"),
        ("1-ECHO.txt||Disorder||C01||4||99", "4–99 is not a valid mention"),
        ("1-ECHO.txt||Disorder||C01||15||4", "15–4 is not a valid mention"),
        ("1-ECHO.txt||Disorder||C01||3||4", "3–4 is not a valid mention"),
    ],
)
def test_a_fault_is_named_with_file_and_line(line: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^g\.tar\.bz2/Gold/1-ECHO\.txt, line 1: ") as error:
        read(READER, *files(line + "\n"))
    assert message in error.value.message


@given(st.lists(spans_of("fever and chills").filter(bool), max_size=4))
def test_any_mentions_are_read_as_they_were_written(mentions: list[list[tuple[int, int]]]) -> None:
    text = "fever_and_chills"
    lines = "".join(
        f"1-ECHO.txt||D||C{number}||" + "||".join(f"{start}||{end}" for start, end in spans) + "\n"
        for number, spans in enumerate(mentions)
    )
    [document] = read_documents(READER, *files(lines, text))
    assert [mention.spans for mention in document.mentions] == [tuple(spans) for spans in mentions]


@given(damaged(LINES, delimiter="||"))
def test_a_damaged_file_is_read_or_refused(lines: bytes) -> None:
    assert_reads_or_refuses(READER, *files(lines))


XML = """<?xml version="1.0" encoding="UTF-8"?>
<annotations textSource="1-ECHO.txt">
<annotation><mention id="E1"/><span start="22" end="29"/><span start="4" end="15"/></annotation>
<annotation><mention id="E2"/><spannedText>of another mention</spannedText></annotation>
<classMention id="E1"><mentionClass id="Disorder">dilated</mentionClass></classMention>
</annotations>
"""


def noted(notes: str, name: str) -> tuple[File, File]:
    return file(TEXT, "t.zip/ALLREPORTS/1-ECHO.txt"), file(notes, name)


def test_mentions_in_knowtators_xml() -> None:
    [document] = read_documents(READER, *noted(XML, "gold/1-ECHO.txt.knowtator.xml"))
    assert document.mentions == (Mention("E1", "Disorder", ((4, 15), (22, 29))),)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('start="22"', 'start="x"', "line 3: expected offsets with start below end, found 'x' and '29'"),
        ('start="22"', 'start="30"', "line 3: expected offsets with start below end"),
        ('end="29"', 'end="99"', "line 3: 4–15, 22–99 is not a valid mention in a text of 31 characters"),
        ('<mention id="E1"/>', "", "line 3: expected an annotation with one <mention>"),
        ("</annotations>", "", "line 7: not well-formed"),
    ],
)
def test_a_fault_in_the_xml_is_named_with_file_and_line(right: str, wrong: str, message: str) -> None:
    with pytest.raises(UserError, match=rf"^gold/1-ECHO\.txt\.knowtator\.xml, {message}"):
        read(READER, *noted(XML.replace(right, wrong, 1), "gold/1-ECHO.txt.knowtator.xml"))


def test_mentions_of_2014() -> None:
    lines = "1-ECHO.txt|22-29,4-15|C01|*no\n\n1-ECHO.txt|22-29|CUI-less\n"
    [document] = read_documents(READER, *noted(lines, "gold/1-ECHO.pipe.txt"))
    assert document.mentions == (
        Mention("T1", "Disease_Disorder", ((4, 15), (22, 29)), ("C01",)),
        Mention("T3", "Disease_Disorder", ((22, 29),)),
    )


@pytest.mark.parametrize("line", ["1-ECHO.txt", "1-ECHO.txt|22", "2-ECHO.txt|22-29", "1-ECHO.txt|22-29;1-2"])
def test_a_fault_of_2014_is_named_with_file_and_line(line: str) -> None:
    with pytest.raises(UserError, match=r"^gold/1-ECHO\.pipe, line 1: expected '1-ECHO\.txt\|start-end"):
        read(READER, *noted(line, "gold/1-ECHO.pipe"))
