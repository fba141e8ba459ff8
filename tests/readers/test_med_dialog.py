"""MedDialog: records of lines, their quirks, damage."""

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.med_dialog import med_dialog
from mnlu_instruct.types import Dialogue, Turn
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read

ONE = """\
id=7
https://example.org/article?id=7

Description
Q. A cough
since May?

Dialogue
Patient:
Hello,
see https://example.org/article?id=8 please.
Description
Doctor:
 Drink enough.

"""
OTHER = "id=8\n\nDialogue\nPatient:\nHello.\nDoctor:\nYes.\nDoctor:\nGoodbye.\n"


def test_every_feature_of_the_format() -> None:
    turns = (
        Turn("Patient", "Hello,\nsee https://example.org/article?id=8 please.\nDescription"),
        Turn("Doctor", "Drink enough."),
    )
    assert read(med_dialog(), file(f"\n{ONE}", "d.txt")) == [
        Dialogue("7", "Q. A cough\nsince May?", turns, "7", "d.txt:2")
    ]
    assert read(med_dialog(), file(ONE.replace("\n", "\r\n"), "d.txt")) == read(med_dialog(), file(ONE, "d.txt"))


def test_of_several_files_ids_begin_with_their_names() -> None:
    found = read(med_dialog(), file(ONE, "d_1.txt"), file(ONE, "d_2.txt"))
    assert [one.id for one in found] == ["d_1-7", "d_2-7"]


def test_a_dialogue_in_which_a_speaker_speaks_twice_in_a_row() -> None:
    ledger = Ledger()
    kept = read(med_dialog(), file(ONE + OTHER, "d.txt"), rules=["speaker-twice"], ledger=ledger)
    assert [one.id for one in kept] == ["7"]
    assert ledger.examples == {Entry("read", "dropped", "speaker-twice"): ["d.txt:16"]}
    with pytest.raises(UserError, match=r"d\.txt, line 16: in dialogue 8 a speaker has two turns in a row\."):
        read(med_dialog(), file(ONE + OTHER, "d.txt"))


def test_an_id_that_occurs_twice() -> None:
    found = read(med_dialog(), file(ONE + ONE, "d.txt"), rules=["repeated-id"])
    assert [one.id for one in found] == ["7", "7-line-16"]
    with pytest.raises(UserError, match=r"d\.txt, line 16: dialogue 7 was already on line 1\."):
        read(med_dialog(), file(ONE + ONE, "d.txt"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Patient:\nHello.\n", r"line 1: expected a line 'id=N'"),
        ("id=1\n\nDescription\nA cough.\n", r"line 1: dialogue 1 has no line 'Patient:' or 'Doctor:'\."),
    ],
)
def test_what_is_no_dialogue(content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(med_dialog(), file(content))


@given(damaged(ONE))
def test_damage_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(med_dialog(), file(content))
