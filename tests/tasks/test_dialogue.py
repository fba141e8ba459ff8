"""Dialogue: each turn of one speaker is asked for, after all that was said before it."""

from mnlu_instruct.tasks import dialogue
from mnlu_instruct.types import Dialogue, Parsed, Text, Turn
from tests.tasks.helpers import ask, corpus, document

CORPUS = corpus(tasks=("dialogue",), speaker="Doctor")
TURNS = (
    Turn("Doctor", "Hello."),
    Turn("Patient", "I cough\n at  night."),
    Turn("Doctor", " Since\nwhen? "),
    Turn("Patient", "May."),
)


def record(description: str, *turns: Turn) -> Dialogue:
    return Dialogue("c/test/9", description, turns, "c/9", "f:1")


def test_a_turn_of_the_speaker_is_a_question_about_what_was_said_before() -> None:
    asked, dropped = ask(dialogue, record("A\ncough. ", *TURNS, Turn("Doctor", "I see.")), CORPUS)
    before = "Description: A cough."
    first, second, third = asked
    assert [one.id for one in asked] == [f"c/test/9#dialogue/{number}" for number in (0, 2, 4)]
    assert first.text == f"{before}\n"
    assert second.text == f"{before}\nDoctor: Hello.\nPatient: I cough at night."
    assert third.text == f"{second.text}\nDoctor: Since when?\nPatient: May."
    assert second.gold == Text("Since\nwhen?")
    assert {(one.task, one.group, *one.asked.items()) for one in asked} == {("dialogue", "c/9", ("speaker", "doctor"))}
    assert dialogue.write("Since\nwhen?", second) == "Since\nwhen?"
    assert dialogue.read(" Since\nwhen?\n", second) == Parsed("Since\nwhen?")
    assert not dropped


def test_a_first_turn_without_a_description_answers_nothing() -> None:
    asked, _ = ask(dialogue, record(" ", *TURNS), CORPUS)
    assert [(one.id, one.text) for one in asked] == [
        ("c/test/9#dialogue/2", "Doctor: Hello.\nPatient: I cough at night.")
    ]


def test_a_record_that_is_no_dialogue_is_not_asked_about() -> None:
    assert ask(dialogue, document("a"), CORPUS) == ([], {})
