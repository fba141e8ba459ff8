"""Event extraction: triggers, span attributes present or not, class attributes that are annotated."""

from typing import Any

import pytest

from mnlu_instruct.sources.declaration import Attribute, EventType
from mnlu_instruct.tasks import events
from mnlu_instruct.types import (
    Argument,
    Choice,
    Document,
    Event,
    Instance,
    Label,
    MarkedSpan,
    Mention,
    Pair,
    Parsed,
    Spans,
)
from tests.tasks.helpers import ask, corpus, document, find, mention

STATUS = Attribute("Status", {"none": "no use", "current": "current", "past": "past"})
CORPUS = corpus(
    events={
        "Tobacco": EventType("Tobacco use", {"Amount": "Amount", "History": "History"}, {"Status": STATUS}),
        "Work": EventType("Employment", {"Type": "Type"}),
    },
    ignored=frozenset({"Race"}),
)
TEXT = "Tobacco: quit, 1 ppd, 2 cigars. Works as a cook."
MENTIONS = (
    find(TEXT, "Tobacco", "T1", "Tobacco"),
    find(TEXT, "quit", "T2", "Status"),
    find(TEXT, "1 ppd", "T3", "Amount"),
    find(TEXT, "2 cigars", "T4", "Amount"),
    find(TEXT, "Works", "T5", "Work"),
    find(TEXT, "cook", "T6", "Type"),
)


def note(*found: Event, mentions: tuple[Mention, ...] = MENTIONS) -> Document:
    return document(TEXT, mentions=mentions, events=found)


def event(name: str, *arguments: Argument, kind: str = "Tobacco", trigger: str = "T1") -> Event:
    return Event(name, kind, trigger, arguments)


def answers(asked: list[Instance], task: str) -> dict[str, object]:
    return {one.id: one.gold.answer for one in asked if one.task == task}


def test_an_event_is_asked_about_with_its_ids_labels_marks_and_gold() -> None:
    status, amount = Argument("Status", "T2", "past"), Argument("Amount", "T3")
    asked, dropped = ask(events, note(event("E1", status, amount)), CORPUS)
    about = {"trigger": "Tobacco use", "span": "Tobacco"}
    common: dict[str, Any] = {"group": "c/1", "text": TEXT}
    assert asked == [
        Instance(
            id="c/train/1#ete",
            task="ete",
            asked={},
            labels=(Label("Tobacco", "Tobacco use"), Label("Work", "Employment")),
            gold=Spans({"Tobacco": (MarkedSpan("Tobacco", ((0, 7),)),), "Work": ()}),
            **common,
        ),
        Instance(
            id="c/train/1/E1#eae/Amount",
            task="eae",
            asked={**about, "attribute": "Amount"},
            labels=(Label("Tobacco/Amount", "Tobacco use - Amount"),),
            gold=Spans({"Tobacco/Amount": (MarkedSpan("1 ppd", ((15, 20),)),)}),
            marks=((0, 7),),
            **common,
        ),
        Instance(
            id="c/train/1/E1#eae/History",
            task="eae",
            asked={**about, "attribute": "History"},
            labels=(Label("Tobacco/History", "Tobacco use - History"),),
            gold=Spans({"Tobacco/History": ()}),
            marks=((0, 7),),
            **common,
        ),
        Instance(
            id="c/train/1/E1#eac/Status",
            task="eac",
            asked={**about, "attribute": "Status"},
            labels=(Label("none", "no use"), Label("current", "current"), Label("past", "past")),
            gold=Choice("past"),
            marks=((0, 7),),
            **common,
        ),
    ]
    assert not dropped


def test_a_document_without_events_is_asked_for_triggers_only() -> None:
    asked, _ = ask(events, note(), CORPUS)
    assert answers(asked, "ete") == {"c/train/1#ete": {"Tobacco": (), "Work": ()}}
    assert len(asked) == 1


def test_events_of_one_type_on_one_trigger_are_one_with_all_their_arguments() -> None:
    asked, _ = ask(
        events,
        note(
            event("E1", Argument("Amount", "T4")),
            event("E2", Argument("Amount", "T3"), Argument("Status", "T2", "past")),
        ),
        CORPUS,
    )
    assert answers(asked, "ete") == {"c/train/1#ete": {"Tobacco": ("Tobacco",), "Work": ()}}
    assert answers(asked, "eae") == {
        "c/train/1/E1#eae/Amount": {"Tobacco/Amount": ("1 ppd", "2 cigars")},
        "c/train/1/E1#eae/History": {"Tobacco/History": ()},
    }
    assert answers(asked, "eac") == {"c/train/1/E1#eac/Status": "past"}


def test_events_are_one_where_their_triggers_are_two_mentions_of_one_place() -> None:
    twice = (*MENTIONS, mention("T7", "Tobacco", (0, 7)))
    asked, _ = ask(events, note(event("E1"), event("E2", trigger="T7"), mentions=twice), CORPUS)
    assert {one.id for one in asked if one.task == "eae"} == {"c/train/1/E1#eae/Amount", "c/train/1/E1#eae/History"}


def test_events_of_two_types_on_one_trigger_stay_two() -> None:
    asked, _ = ask(events, note(event("E1"), event("E2", kind="Work")), CORPUS)
    assert list(answers(asked, "eae")) == [
        "c/train/1/E1#eae/Amount",
        "c/train/1/E1#eae/History",
        "c/train/1/E2#eae/Type",
    ]


def test_events_are_asked_about_in_text_order() -> None:
    asked, _ = ask(events, note(event("E1", kind="Work", trigger="T5"), event("E2")), CORPUS)
    assert [one.id.removeprefix("c/train/1/").partition("#")[0] for one in asked[1:]] == ["E2", "E2", "E1"]


def test_a_class_attribute_without_annotation_is_not_asked_about() -> None:
    asked, dropped = ask(events, note(event("E1")), CORPUS)
    assert answers(asked, "eac") == {}
    assert not dropped


@pytest.mark.parametrize("values", [("past", "current"), (None,), ("past", None)])
def test_class_values_that_conflict_or_lack_are_dropped_and_counted(values: tuple[str | None, ...]) -> None:
    found = (event(f"E{number}", Argument("Status", "T2", value)) for number, value in enumerate(values, 1))
    asked, dropped = ask(events, note(*found), CORPUS)
    assert answers(asked, "eac") == {}
    assert dropped == {"no class value, or several": ["c/train/1/E1#eac/Status"]}


def test_one_class_value_stated_twice_is_one() -> None:
    found = (event(name, Argument("Status", "T2", "past")) for name in ("E1", "E2"))
    asked, dropped = ask(events, note(*found), CORPUS)
    assert answers(asked, "eac") == {"c/train/1/E1#eac/Status": "past"}
    assert not dropped


def test_a_class_value_that_is_not_declared_is_dropped_and_counted() -> None:
    asked, dropped = ask(events, note(event("E1", Argument("Status", "T2", "vaping"))), CORPUS)
    assert answers(asked, "eac") == {}
    assert dropped == {"class value 'vaping' is not declared": ["c/train/1/E1#eac/Status"]}


def test_events_that_the_corpus_ignores_are_not_asked_about() -> None:
    asked, dropped = ask(events, note(event("E1", kind="Race")), CORPUS)
    assert [one.task for one in asked] == ["ete"]
    assert not dropped


def test_a_record_that_is_no_document_is_not_asked_about() -> None:
    assert ask(events, Pair("1", "a", "b", "g", "o"), CORPUS) == ([], {})


@pytest.fixture
def question() -> Instance:
    asked, _ = ask(events, note(event("E1", Argument("Status", "T2", "past"))), CORPUS)
    return asked[-1]


def test_a_class_is_written_behind_its_trigger_and_attribute(question: Instance) -> None:
    assert events.write("past", question) == "Tobacco use - Status: (C) past"


@pytest.mark.parametrize(
    "text",
    ["Tobacco use - Status: (C) past", "Tobacco use - Status:(C)", " Tobacco use - Status: past\n", "(C) past", "past"],
)
def test_a_class_is_read_with_its_attribute_or_without(question: Instance, text: str) -> None:
    assert events.read(text, question) == Parsed("past")


@pytest.mark.parametrize(
    "text",
    ["", "None", "Tobacco use - Status: None", "Alcohol use - Status: (C) past", "Tobacco use - Status: (A) past"],
)
def test_anything_else_is_no_class(question: Instance, text: str) -> None:
    assert events.read(text, question) == Parsed(None)


def test_arguments_are_written_and_read_as_span_lines() -> None:
    asked, _ = ask(events, note(event("E1", Argument("Amount", "T3"), Argument("Amount", "T4"))), CORPUS)
    amount, history = asked[1:3]
    assert events.write(amount.gold.answer, amount) == "Tobacco use - Amount: 1 ppd ... 2 cigars"
    assert events.write(history.gold.answer, history) == "Tobacco use - History: None"
    assert events.read("Tobacco use - Amount: 1 ppd", amount) == Parsed({"Tobacco/Amount": ("1 ppd",)})
    assert events.read("Tobacco use - History: x", amount).unasked == (("Tobacco use - History", "x"),)
