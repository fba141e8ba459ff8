"""Requested tasks, and the law of all of them: what is written is read back, or dropped and counted."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.sources.declaration import Attribute, Candidates, Classes, Corpus, EventType, Extraction, Linking
from mnlu_instruct.tasks import FAMILIES, TASKS, instances, kinds, members, parse
from mnlu_instruct.types import (
    Argument,
    Document,
    Event,
    Judgement,
    Pair,
    Question,
    Record,
    Relation,
    Relations,
    Spans,
    Summary,
    normalise,
)
from tests.tasks.helpers import TEXTS, corpus, document, mention, mentions_of

UNREADABLE = Entry("write", "dropped", "answer can't be read back")


def test_the_tasks_have_their_fixed_order() -> None:
    assert list(FAMILIES) == ["ner", "ee", "dc", "re", "qa", "nli", "sts", "summ", "ere", "dialogue", "el"]
    assert list(TASKS) == ["ner", "ete", "eae", "eac", "dc", "re", "qa", "nli", "sts", "summ", "ere", "dialogue", "el"]


@pytest.mark.parametrize(
    ("names", "parsed"),
    [
        ([], ()),
        (["summ", "ner"], ("ner", "summ")),
        (["sts", "nli", "qa", "re", "dc", "ee", "ner"], ("ner", "ee", "dc", "re", "qa", "nli", "sts")),
        (["eac", "dc", "ete"], ("ete", "eac", "dc")),
    ],
)
def test_requested_tasks_come_in_the_fixed_order(names: list[str], parsed: tuple[str, ...]) -> None:
    assert parse(names) == parse(iter(names)) == parsed


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        (["dc", "ner", "dc"], "Task 'dc' is named twice.", "once"),
        (["ee", "ete"], "Task 'ete' is a part of 'ee'.", "either 'ee' or its parts"),
        (["eac", "ee"], "Task 'eac' is a part of 'ee'.", "either 'ee' or its parts"),
        (["NER"], "Unknown task 'NER'.", "did you mean ner"),
        (["sum"], "Unknown task 'sum'.", "did you mean summ"),
        (["golf"], "Unknown task 'golf'.", "known: "),
        ([""], "Unknown task ''.", "known: "),
    ],
)
def test_requests_that_make_no_sense_are_refused(names: list[str], message: str, hint: str) -> None:
    with pytest.raises(UserError) as error:
        parse(names)
    assert error.value.message == message
    assert hint in error.value.hint


def test_event_extraction_means_three_kinds_of_questions() -> None:
    assert members("ee") == ("ete", "eae", "eac")
    assert members("eae") == ("eae",)
    assert kinds(["ner", "ee"]) == {"ner", "ete", "eae", "eac"}


EVENTS = {"D": EventType("Disease", {"C": "Chemical"}, {"S": Attribute("Status", {"a": "active", "p": "past"})})}
EVERYTHING = corpus(
    tasks=tuple(FAMILIES),
    entities={"D": "Disease", "C": "Chemical"},
    relations=Candidates(
        source="",
        pairs=(("Chemical", "Disease"), ("Disease", "Disease")),
        labels={"R1": "{1} treats {2}", "R2": {("Chemical", "Disease"): "{1} causes {2}"}, "none": "{1}, {2}: none"},
        negative="none",
    ),
    extraction=Extraction(what="links", clauses={"R1": '"{1}" treats "{2}"', "R2": '"{1}" causes "{2}"'}, none="None"),
    events=EVENTS,
    questions={"q": Classes("the topic", {"x": "heart", "y": "None"})},
    options={"yes": "yes", "no": "no"},
    scale={0: "Different", 1: "Alike"},
    summary="the note",
    linking=Linking(to="a list"),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document about which every task on documents asks."""
    text = draw(TEXTS)
    found = draw(mentions_of(text, ["D", "C"]))
    names = st.sampled_from([mention.id for mention in found] or [""])
    values = st.sampled_from(["a", "p", "undeclared", None])
    arguments = st.lists(st.builds(Argument, st.sampled_from(["C", "S"]), names, values), max_size=3).map(tuple)
    relations = st.builds(Relation, st.sampled_from(["R1", "R2"]), names, names)
    events = st.builds(Event, st.sampled_from(["E1", "E2"]), st.just("D"), names, arguments)
    return document(
        text,
        mentions=tuple(found),
        relations=tuple(draw(st.lists(relations, max_size=4))) if found else (),
        events=tuple(draw(st.lists(events, max_size=3))) if found else (),
        judgements=tuple(draw(st.lists(st.builds(Judgement, st.just("q"), st.sets(st.sampled_from("xy")).map(tuple))))),
    )


RECORDS = (
    documents()
    | st.builds(Pair, st.just("p"), TEXTS, TEXTS, st.just("g"), st.just("o"), label=st.sampled_from(["yes", "no"]))
    | st.builds(Pair, st.just("p"), TEXTS, TEXTS, st.just("g"), st.just("o"), score=st.floats(0, 2))
    | st.builds(Question, st.just("q"), TEXTS, TEXTS, st.sampled_from(["yes", "no"]), st.just("g"), st.just("o"))
    | st.builds(Summary, st.just("s"), TEXTS, TEXTS, st.just("g"), st.just("o"))
)


def unspeakable(gold: Spans) -> bool:
    """What the grammar of span lines cannot say: three dots, nothing, and `None` by itself."""
    stated = [[span.text for span in spans] for spans in gold.spans.values()]
    return any(spans == ["None"] or any("..." in span or not span for span in spans) for spans in stated)


@given(RECORDS)
def test_what_is_written_is_read_back_or_dropped_and_counted(record: Record) -> None:
    ledger = Ledger()
    kept = list(instances(record, EVERYTHING, TASKS, ledger))
    asked = [one for task in FAMILIES.values() for one in task.ask(record, EVERYTHING, Ledger())]
    assert len(kept) + ledger.counts[UNREADABLE] == len(asked)
    for one in kept:
        task = TASKS[one.task]
        assert task.read(task.write(one.gold.answer, one), one).answer == one.gold.answer
    for one in asked:
        if isinstance(one.gold, Spans):
            assert (one in kept) != unspeakable(one.gold)
        elif isinstance(one.gold, Relations):
            assert (one in kept) == all(name for related in one.gold.relations for name in related.stated)
        elif not isinstance(record, Pair | Summary):
            assert one in kept


@given(documents())
def test_gold_spans_and_marks_lie_in_the_text_of_their_question(record: Document) -> None:
    for task in FAMILIES.values():
        for one in task.ask(record, EVERYTHING, Ledger()):
            assert all(0 <= start < end <= len(one.text) for start, end in one.marks)
            for spans in one.gold.spans.values() if isinstance(one.gold, Spans) else ():
                for span in spans:
                    fragments = [one.text[start:end] for start, end in span.spans]
                    assert span.text == normalise(" ".join(fragments))


@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_mentions_in_the_file_changes_nothing(record: Document, random: Random) -> None:
    mentions = list(record.mentions)
    random.shuffle(mentions)
    shuffled = structs.replace(record, mentions=tuple(mentions))
    for task in FAMILIES.values():
        assert list(task.ask(shuffled, EVERYTHING, Ledger())) == list(task.ask(record, EVERYTHING, Ledger()))


NARROW: list[tuple[str, Corpus, set[str]]] = [
    ("ner", EVERYTHING, {"ner"}),
    ("ete", EVERYTHING, {"ete"}),
    ("eae", EVERYTHING, {"eae"}),
    ("eac", EVERYTHING, {"eac"}),
    ("re", EVERYTHING, {"re"}),
    ("ere", EVERYTHING, {"ere"}),
    ("ner", corpus(entities={"D": "Disease"}), set()),
    ("eac", corpus(tasks=("eac",), events=EVENTS), {"eac"}),
    ("ete", corpus(tasks=("eac",), events=EVENTS), set()),
]


@pytest.mark.parametrize(("wanted", "declared", "expected"), NARROW)
def test_only_the_kinds_wanted_and_served_are_asked(wanted: str, declared: Corpus, expected: set[str]) -> None:
    record = document(
        "flu past",
        mentions=(mention("T1", "D", (0, 3)), mention("T2", "C", (4, 8))),
        events=(Event("E1", "D", "T1", (Argument("S", "T2", "p"),)),),
    )
    assert Counter(one.task for one in instances(record, declared, [wanted], Ledger())).keys() == expected


def test_what_an_unwanted_task_would_drop_is_not_counted() -> None:
    ledger = Ledger()
    itself = document("flu", mentions=(mention("T1", "D", (0, 3)),), relations=(Relation("R1", "T1", "T1"),))
    assert [one.task for one in instances(itself, EVERYTHING, ["ner"], ledger)] == ["ner"]
    assert not ledger.counts
    assert not list(instances(itself, EVERYTHING, ["re"], ledger))
    assert len(ledger.counts) == 1
