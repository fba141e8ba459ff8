"""i2b2 2009: one golden document, the faults that are known, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.i2b2_entries import i2b2_entries
from mnlu_instruct.types import Argument, Document, Event, Mention
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents

TEXT = "ASPIRIN   81 MG on Mondays\nwith meals , as needed .\n"
ENTRIES = """\
m="aspirin" 1:0 1:0||do="81 mg" 1:1 1:2||mo="nm"||f="mondays with...as needed" 1:4 2:0,2:3 2:4||du="nm"||\
r="nm"||e="start"||t="present"||c="nm"||ln="list"
m="aspirin" 1:0 1:0||do="nm"||ln="narrative"
"""
READER = i2b2_entries(("ln", "e", "t", "c"), synonyms={"present": "current"})
RULES = ("unlocated",)


def files(entries: str = ENTRIES, name: str = "gold/7_gold.entries") -> list[File]:
    return [file(TEXT, "texts/7"), file(entries, name)]


@pytest.mark.parametrize("name", ["gold/7_gold.entries", "converted.noduplicates.sorted/7.m"])
def test_an_entry_is_an_event_with_arguments_and_classes(name: str) -> None:
    assert read(READER, *files(name=name)) == [
        Document(
            id="7",
            text=TEXT,
            group="7",
            origin="texts/7:1",
            mentions=(
                Mention("m1", "m", ((0, 7),)),
                Mention("do1", "do", ((10, 15),)),
                Mention("f1", "f", ((19, 31), (40, 49))),
                Mention("m2", "m", ((0, 7),)),
            ),
            events=(
                Event(
                    id="E1",
                    type="m",
                    trigger="m1",
                    arguments=(
                        Argument("do", "do1"),
                        Argument("f", "f1"),
                        Argument("e", "m1", "start"),
                        Argument("t", "m1", "current"),
                        Argument("ln", "m1", "list"),
                    ),
                ),
                Event("E2", "m", "m2", (Argument("ln", "m2", "narrative"),)),
            ),
        )
    ]


def test_a_text_without_entries_is_a_document() -> None:
    [document] = read_documents(READER, *files(""))
    assert (document.mentions, document.events) == ((), ())


def test_an_argument_that_is_not_there_is_dropped_and_an_event_with_its_trigger() -> None:
    entries = 'm="aspirin" 1:0 1:0||f="never" 1:3 1:3||r="x" 1:3 1:9\nm="lasix" 1:0 1:0||ln="list"\n'
    [document] = read_documents(READER, *files(entries), rules=RULES)
    assert document.events == (Event("E1", "m", "m1", ()),)
    for line in entries.splitlines():
        with pytest.raises(UserError, match=r"^gold/7_gold\.entries, line 1: "):
            read(READER, *files(line))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ('do="nm"', "expected one medication"),
        ('m="aspirin" 1:0 1:0||m="aspirin" 1:0 1:0', "expected one medication"),
        ('m="aspirin" 1:0 1:0||do="nm"||do="nm"', "each other field once"),
        ('m="nm"||do="nm"', "the medication m=… has no line and token address"),
        ('m="aspirin"||do="nm"', "the medication m=… has no line and token address"),
        ('m="aspirin" 1:0', "expected key="),
    ],
)
def test_a_fault_is_named_with_file_and_line(entries: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^gold/7_gold\.entries, line 2: ") as error:
        read(READER, *files(f"\n{entries}\n"), rules=RULES)
    assert message in error.value.message


@given(st.data(), st.integers(0, 1))
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, which: int) -> None:
    contents, names = [TEXT, ENTRIES], ["7", "7.m"]
    found = [file(content, name) for content, name in zip(contents, names, strict=True)]
    found[which] = file(data.draw(damaged(contents[which], delimiter="||")), names[which])
    assert_reads_or_refuses(READER, *found)


def test_every_truncation_is_read_or_refused() -> None:
    for length in range(len(ENTRIES)):
        assert_reads_or_refuses(READER, *files(ENTRIES[:length]))


@pytest.mark.parametrize(
    "dosage",
    [
        'do="81 mg"  1:1 1:2',
        'do="81 mg"\t1:1 1:2',
        'do="81 mg"1:1 1:2',
        'do="81 mg 1:1 1:2',
        'do="nm"|',
        'do="nm',
        'do="nm" ',
    ],
)
def test_no_field_swallows_the_next(dosage: str) -> None:
    joint = "" if dosage.endswith(("|", " ")) else "||"
    with pytest.raises(UserError, match=r"line 1: expected key="):
        read(READER, *files(f'm="aspirin" 1:0 1:0||{dosage}{joint}mo="nm"||ln="list"\n'))


@pytest.mark.parametrize("words", ["81 mg", "", "NM"])
def test_a_span_without_an_address_is_no_class_of_the_medication(words: str) -> None:
    with pytest.raises(UserError, match=rf'line 1: do="{words}" has no line and token address'):
        read(READER, *files(f'm="aspirin" 1:0 1:0||do="{words}"||ln="list"\n'))
