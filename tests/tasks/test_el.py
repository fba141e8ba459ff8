"""Entity linking: windows, composite mentions, drops, what is written and read."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mnlu_instruct.sources.declaration import Linking
from mnlu_instruct.tasks import el
from mnlu_instruct.types import Linked, Mention, Parsed
from tests.tasks.helpers import ask, corpus, document, find, mention

CORPUS = corpus(tasks=("el",), linking=Linking(to="MEDIC", prefixes=("MESH:",)), ignored=frozenset({"Drug"}))
TEXT = "Aspirin against mumps, or breast and ovarian cancer."


def test_a_mention_is_a_question_about_its_words_in_the_text() -> None:
    record = document(TEXT, mentions=(find(TEXT, "mumps", "T1", "Disease", concepts=["MESH:D1"]),))
    ((one,), dropped) = ask(el, record, CORPUS)
    assert not dropped
    assert (one.id, one.text, one.asked, one.marks) == ("c/train/1#el/T1", TEXT, {"mention": "mumps"}, ((16, 21),))
    assert one.gold == Linked(("D1",), ("D1",))
    assert el.write("Mumps", one) == "mumps is Mumps"
    assert el.read(" mumps  is Mumps\n", one) == Parsed("Mumps")
    assert el.read("Mumps", one) == el.read("mumps is", one) == el.read("", one) == Parsed(None)
    assert el.mention_of(one) == "c/train/1/T1"


def test_the_parts_of_a_composite_mention_are_asked_for_with_their_words_and_any_of_its_concepts_is_right() -> None:
    parts = (("MESH:D2", "breast cancer"), ("D3+D4", "ovarian  cancer"))
    both = structs.replace(
        find(TEXT, "breast and ovarian cancer", "T2", "Disease", concepts=["MESH:D2", "D3+D4"]), parts=parts
    )
    (asked, _) = ask(el, document(TEXT, mentions=(both,)), CORPUS)
    assert [one.id for one in asked] == ["c/train/1#el/T2/1", "c/train/1#el/T2/2"]
    assert [one.asked["mention"] for one in asked] == ["breast cancer", "ovarian cancer"]
    assert {one.gold.concepts for one in asked if isinstance(one.gold, Linked)} == {("D2", "D3", "D4")}
    assert {el.mention_of(one) for one in asked} == {"c/train/1/T2"}
    (whole, _) = ask(el, document(TEXT, mentions=(structs.replace(both, parts=()),)), CORPUS)
    assert [one.asked["mention"] for one in whole] == ["breast and ovarian cancer"]


def test_mentions_without_a_concept_and_those_longer_than_the_window_are_dropped_and_counted() -> None:
    text = "mumps " + "very " * 400 + "long"
    long = mention("T2", "Disease", (6, len(text)), concepts=["D1"])
    record = document(text, mentions=(mention("T1", "Disease", (0, 5)), long))
    (asked, dropped) = ask(el, record, CORPUS)
    assert asked == []
    assert dropped == {el.NO_CONCEPT: ["c/train/1/T1"], el.TOO_LONG: ["c/train/1/T2"]}


def test_ignored_types_are_not_asked_about() -> None:
    assert ask(el, document(TEXT, mentions=(find(TEXT, "Aspirin", "T1", "Drug", concepts=["D9"]),)), CORPUS) == ([], {})


def test_a_mention_of_a_corpus_without_texts_stands_alone() -> None:
    alone = corpus(tasks=("el",), linking=Linking(to="x", alone=True))
    ((one,), _) = ask(el, document(TEXT, mentions=(find(TEXT, "mumps", "T1", "Disease", concepts=["D1"]),)), alone)
    assert (one.text, one.marks) == ("mumps", ((0, 5),))


@given(st.integers(0, 600), st.integers(0, 600), st.integers(2, 384))
def test_a_window_has_all_words_it_may_have_on_both_sides(before: int, after: int, window: int) -> None:
    text = " ".join(["l"] * before + ["MENTION"] + ["r"] * after)
    start = text.index("MENTION")
    found, ((one, other),) = el.shown(text, ((start, start + 7),), window)
    assert found[one:other] == "MENTION"
    left, right = found.count("l"), found.count("r")
    assert left + right == min(before + after, window)
    assert left >= min(before, window // 2) and right >= min(after, window // 2)


def test_a_discontinuous_mention_keeps_its_fragments() -> None:
    both = Mention("T1", "Disease", ((26, 32), (45, 51)), ("D2",))
    ((one,), _) = ask(el, document(TEXT, mentions=(both,)), CORPUS)
    assert one.asked == {"mention": "breast cancer"}
    assert [one.text[start:end] for start, end in one.marks] == ["breast", "cancer"]
