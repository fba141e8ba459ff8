"""End-to-end relation extraction: one question a text, over the names of its mentions or concepts."""

from typing import Any

from mnlu_instruct.sources.declaration import Corpus, Extraction, Writing
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import Document, Label, Mention, Passage, Related, Relation, Relations
from tests.tasks.helpers import ask, corpus, document, find

CLAUSES = {"ACT": "{1} activates {2}", "INH": "{1} inhibits {2}"}
TEXT = "Aspirin inhibits COX. Then aspirin,\nor COX inhibitors, activate IL."


def declared(**rule: Any) -> Corpus:
    unless_said: dict[str, Any] = {"what": "links", "clauses": CLAUSES, "none": "no link is stated"}
    return corpus(entities={"C": "Chemical", "G": "Gene"}, extraction=Extraction(**{**unless_said, **rule}))


MENTIONS = (
    find(TEXT, "IL", "T4", "G", concepts=["G2"]),
    find(TEXT, "Aspirin", "T1", "C", concepts=["C1"]),
    find(TEXT, "COX", "T2", "G", concepts=["G1"]),
    find(TEXT, "aspirin", "T3", "C", concepts=["C1"]),
)


def linked(*relations: Relation, mentions: tuple[Mention, ...] = MENTIONS, **more: Any) -> Document:
    return document(TEXT, mentions=mentions, relations=relations, **more)


def gold(record: Document, corpus: Corpus) -> tuple[Related, ...]:
    ((asked,), _) = ask(ere, record, corpus)
    assert isinstance(asked.gold, Relations)
    return asked.gold.relations


def test_one_question_about_the_whole_text() -> None:
    ((one,), dropped) = ask(ere, linked(Relation("INH", "T1", "T2")), declared())
    assert (one.id, one.task, one.text, one.asked) == ("c/train/1#ere", "ere", TEXT, {"relations": "links"})
    assert one.labels == (*(Label(*pair) for pair in CLAUSES.items()), Label("none", "no link is stated"))
    assert one.gold == Relations((Related("INH", (("Aspirin",), ("COX",))),))
    assert ere.write(one.gold.answer, one) == "Aspirin inhibits COX."
    assert dropped == {}


def test_a_text_without_relations_is_asked_about() -> None:
    ((one,), _) = ask(ere, linked(), declared())
    assert ere.write(one.gold.answer, one) == "no link is stated."


def test_passages_are_joined_by_a_blank() -> None:
    ((one,), _) = ask(
        ere, linked(passages=(Passage("s", 0, 21), Passage("s", 22, 35), Passage("s", 36, 67))), declared()
    )
    assert one.text == TEXT.replace("\n", " ")


def test_relations_are_in_text_order_and_the_same_one_is_stated_once() -> None:
    found = gold(
        linked(
            Relation("ACT", "T3", "T4"),
            Relation("INH", "T1", "T4"),
            Relation("INH", "T1", "T2"),
            Relation("ACT", "T1", "T2"),
            Relation("INH", "T1", "T2"),
        ),
        declared(),
    )
    said = [one.stated for one in found]
    assert said == [
        ("ACT", "Aspirin", "COX"),
        ("INH", "Aspirin", "COX"),
        ("INH", "Aspirin", "IL"),
        ("ACT", "aspirin", "IL"),
    ]


def test_unordered_ends_are_in_text_order() -> None:
    found = gold(linked(Relation("ACT", "T2", "T1"), Relation("ACT", "T1", "T2")), declared(unordered=True))
    assert [one.stated for one in found] == [("ACT", "Aspirin", "COX")]


def test_a_set_has_each_name_once_but_two_names_at_least() -> None:
    cox = find(TEXT, "COX", "T5", "G", nth=1)
    record = linked(Relation("ACT", "T2", "T5"), Relation("INH", "T5", "T1", ("T2",)), mentions=(*MENTIONS, cox))
    found = gold(record, declared(unordered=True))
    assert [one.stated for one in found] == [("INH", "Aspirin", "COX"), ("ACT", "COX", "COX")]


def test_a_concept_has_the_names_of_all_its_mentions() -> None:
    (one,) = gold(linked(Relation("ACT", "C1", "G2")), declared(by="concept"))
    assert one == Related("ACT", (("Aspirin", "aspirin"), ("IL",)), ("C1", "G2"))


def test_the_first_name_is_of_one_concept_alone_else_a_part() -> None:
    text = "Renal and hepatic failure, or liver failure"
    both = find(text, "Renal and hepatic failure", "T1", "C", concepts=["D1", "D2"])
    both = Mention(both.id, both.type, both.spans, both.concepts, (("D1", "Renal failure"), ("D2", "hepatic failure")))
    liver = find(text, "liver failure", "T2", "C", concepts=["D2"])
    record = document(text, mentions=(both, liver), relations=(Relation("ACT", "D1", "D2"),))
    (one,) = gold(record, declared(by="concept"))
    assert one.ends == (
        ("Renal failure", "Renal and hepatic failure"),
        ("liver failure", "hepatic failure", "Renal and hepatic failure"),
    )


def test_relations_of_other_types_are_not_asked_for_and_those_of_no_mention_are_counted() -> None:
    ((one,), dropped) = ask(ere, linked(Relation("X", "T1", "T2"), Relation("ACT", "T1", "T9")), declared())
    assert one.gold.answer == ()
    assert dropped == {"relation whose end is no mention": ["c/train/1/T1/T9"]}


COMPOSITE = (
    *MENTIONS,
    Mention("T5", "G", ((35, 49),), ("G1", "G2"), (("G1", "COX inh."), ("G2", "IL inh."))),
)


def test_gold_between_concepts_knows_the_names_of_all_concepts_but_composite_ones() -> None:
    record = linked(Relation("INH", "C1", "G1"), mentions=COMPOSITE)
    ((one,), _) = ask(ere, record, declared(by="concept"))
    assert isinstance(one.gold, Relations)
    assert one.gold.names == {
        "Aspirin": "C1", "aspirin": "C1", "COX": "G1", "COX inh.": "G1", "IL": "G2", "IL inh.": "G2"
    }  # fmt: skip
    ((one,), _) = ask(ere, linked(Relation("INH", "T1", "T2")), declared())
    assert isinstance(one.gold, Relations)
    assert one.gold.names == {}


def test_all_names_of_a_concept_can_be_written() -> None:
    record = linked(Relation("INH", "C1", "G1"), mentions=COMPOSITE)
    all_names = declared(by="concept", writing=Writing(named="all"))
    assert gold(record, all_names) == (Related("INH", (("Aspirin | aspirin",), ("COX | COX inh.",)), ("C1", "G1")),)
    lower = declared(by="concept", writing=Writing(named="all", lower=True))
    assert gold(record, lower)[0].ends[0] == ("aspirin",)
