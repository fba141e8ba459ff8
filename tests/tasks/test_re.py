"""Relation extraction: candidate pairs of mentions in sentences, of concepts in documents."""

from typing import Any

import pytest

from mnlu_instruct.sources.declaration import Candidates, Corpus
from mnlu_instruct.tasks import re
from mnlu_instruct.types import Choices, Document, Instance, Label, Mention, Pair, Parsed, Passage, Relation
from tests.tasks.helpers import ask, corpus, document, find, mention

ENTITIES = {"C": "Chemical", "G": "Gene", "D": "Disease"}
CG, GG = ("Chemical", "Gene"), ("Gene", "Gene")
SENTENCES = {"ACT": "{1} activates {2}", "INH": "{1} inhibits {2}", "none": "{1} is not related to {2}"}

NO_PAIR = "relation of no candidate pair"
SELF = "relation of a concept with itself"
SAME = "two concepts with the same mentions"
ALREADY = "question that other concepts with the same mentions ask"
NO_OPTION = "relation that is no option for its type pair"


def declared(**rule: Any) -> Corpus:
    unless_said: dict[str, Any] = {"source": "", "pairs": (CG,), "labels": SENTENCES, "negative": "none"}
    return corpus(entities=ENTITIES, relations=Candidates(**{**unless_said, **rule}))


def ids(asked: list[Instance]) -> list[str]:
    return [one.id.removeprefix("c/train/1/").removesuffix("#re") for one in asked]


def gold(asked: list[Instance]) -> dict[str, tuple[str, ...]]:
    return {name: one.gold.keys for name, one in zip(ids(asked), asked, strict=True) if isinstance(one.gold, Choices)}


# ---------------------------------------------------------------------------------------------------------------------
# By mention, in sentences

TEXT = "Title of aspirin. Aspirin blocks COX and IL. Then COX falls."
IN_SENTENCES = declared(scope="sentence")
PASSAGES = (Passage("title", 0, 17), Passage("abstract", 18, 60))
MENTIONS = (
    find(TEXT, "COX", "T3", "G"),
    find(TEXT, "IL", "T4", "G"),
    find(TEXT, "aspirin", "T1", "C"),
    find(TEXT, "Aspirin", "T2", "C"),
    find(TEXT, "COX", "T5", "G", nth=1),
)


def abstract(*relations: Relation, mentions: tuple[Mention, ...] = MENTIONS) -> Document:
    return document(TEXT, passages=PASSAGES, mentions=mentions, relations=relations)


def test_a_pair_is_asked_about_with_its_sentence_ids_marks_options_and_gold() -> None:
    asked, dropped = ask(re, abstract(Relation("INH", "T2", "T3")), IN_SENTENCES)
    assert asked[0] == Instance(
        id="c/train/1/T2/T3#re",
        task="re",
        group="c/1",
        text="Aspirin blocks COX and IL.",
        asked={"type_1": "Chemical", "span_1": "Aspirin", "type_2": "Gene", "span_2": "COX"},
        labels=(
            Label("ACT", "Aspirin activates COX"),
            Label("INH", "Aspirin inhibits COX"),
            Label("none", "Aspirin is not related to COX"),
        ),
        gold=Choices(("INH",)),
        marks=((0, 7), (15, 18)),
    )
    assert not dropped


def test_every_pair_of_a_sentence_is_a_candidate_and_unrelated_ones_are_negative() -> None:
    asked, _ = ask(re, abstract(Relation("INH", "T2", "T3")), IN_SENTENCES)
    assert gold(asked) == {"T2/T3": ("INH",), "T2/T4": ("none",)}


def test_relations_across_sentences_are_counted() -> None:
    asked, dropped = ask(re, abstract(Relation("INH", "T2", "T5"), Relation("ACT", "T1", "T2")), IN_SENTENCES)
    assert gold(asked) == {"T2/T3": ("none",), "T2/T4": ("none",)}
    assert dropped == {NO_PAIR: ["c/train/1/T2/T5", "c/train/1/T1/T2"]}


def test_a_sentence_never_crosses_a_passage() -> None:
    text = "aspirin and COX"
    found = (find(text, "aspirin", "T1", "C"), find(text, "COX", "T2", "G"))
    apart = (Passage("title", 0, 7), Passage("abstract", 8, 15))
    assert ids(ask(re, document(text, mentions=found), IN_SENTENCES)[0]) == ["T1/T2"]
    assert ids(ask(re, document(text, mentions=found, passages=apart), IN_SENTENCES)[0]) == []


def test_a_mention_across_sentences_is_in_neither() -> None:
    across = mention("T9", "G", (33, 36), (50, 53))
    asked, dropped = ask(re, abstract(Relation("INH", "T2", "T9"), mentions=(*MENTIONS, across)), IN_SENTENCES)
    assert ids(asked) == ["T2/T3", "T2/T4"]
    assert dropped == {NO_PAIR: ["c/train/1/T2/T9"]}


@pytest.mark.parametrize(("last_wins", "keys"), [(False, ("ACT", "INH")), (True, ("ACT",))])
def test_of_several_relations_all_hold_or_the_last_counts(last_wins: bool, keys: tuple[str, ...]) -> None:
    related = (Relation("INH", "T2", "T3"), Relation("ACT", "T3", "T2"))
    asked, _ = ask(re, abstract(*related), declared(scope="sentence", last_wins=last_wins))
    assert gold(asked)["T2/T3"] == keys


def test_pairs_are_asked_in_the_declared_order_of_types_and_those_of_one_type_in_text_order() -> None:
    text = "COX needs IL and aspirin"
    found = (find(text, "aspirin", "T1", "C"), find(text, "IL", "T2", "G"), find(text, "COX", "T3", "G"))
    asked, _ = ask(re, document(text, mentions=found), declared(pairs=(CG, GG)))
    assert ids(asked) == ["T3/T2", "T1/T3", "T1/T2"]
    assert asked[1].asked == {"type_1": "Chemical", "span_1": "aspirin", "type_2": "Gene", "span_2": "COX"}
    assert asked[1].marks == ((0, 3), (17, 24))


def test_mentions_that_begin_together_are_asked_the_longer_first() -> None:
    text = "IL receptor"
    found = (mention("T1", "G", (0, 2)), mention("T2", "G", (0, 11)))
    assert ids(ask(re, document(text, mentions=found), declared(pairs=(GG,)))[0]) == ["T2/T1"]


def test_types_of_no_pair_and_ignored_types_are_not_asked_about() -> None:
    found = (mention("T1", "C", (0, 1)), mention("T2", "D", (2, 3)), mention("T3", "X", (4, 5)))
    asked, dropped = ask(re, document("a b c", mentions=found, relations=(Relation("INH", "T1", "T3"),)), declared())
    assert asked == []
    assert dropped == {NO_PAIR: ["c/train/1/T1/T3"]}


def test_two_mentions_of_one_place_are_a_pair_as_the_benchmarks_count_it() -> None:
    found = (mention("T1", "C", (0, 3)), mention("T2", "G", (0, 3)))
    asked, dropped = ask(re, document("abc", mentions=found), declared())
    assert [instance.id for instance in asked] == ["c/train/1/T1/T2#re"]
    assert dropped == {}


def test_discontinuous_mentions_are_named_and_marked_by_their_fragments() -> None:
    found = (mention("T1", "C", (0, 1), (4, 5)), mention("T2", "G", (2, 3)))
    [asked], _ = ask(re, document("a b c", mentions=found), declared())
    assert asked.asked["span_1"] == "a c"
    assert asked.marks == ((0, 1), (2, 3), (4, 5))


def test_words_of_mentions_are_never_taken_for_places_in_the_sentence() -> None:
    found = (mention("T1", "C", (0, 3)), mention("T2", "G", (4, 9)))
    [asked], _ = ask(re, document("{2} {x}\n\tb", mentions=found), declared())
    assert asked.labels[0].name == "{2} activates {x}"


# ---------------------------------------------------------------------------------------------------------------------
# By mention, in passages

LINES = "aspirin and COX\nIL . Then TNF\n\nNF falls"
IN_LINES = (Passage("line", 0, 15), Passage("line", 16, 29), Passage("line", 31, 39))
NAMED = {"T1": ("aspirin", "C"), "T2": ("COX", "G"), "T3": ("IL", "G"), "T4": ("TNF", "G"), "T5": ("NF falls", "G")}
OF_LINES = tuple(find(LINES, words, name, kind) for name, (words, kind) in NAMED.items())


def in_lines(*relations: Relation) -> Document:
    return document(LINES, passages=IN_LINES, mentions=OF_LINES, relations=relations)


def test_a_pair_in_one_passage_is_shown_with_its_passage() -> None:
    asked, dropped = ask(re, in_lines(Relation("INH", "T1", "T3")), declared(scope="passage", pairs=(CG, GG)))
    assert [(name, one.text) for name, one in zip(ids(asked), asked, strict=True)] == [
        ("T1/T2", "aspirin and COX"),
        ("T3/T4", "IL . Then TNF"),
    ]
    assert dropped == {NO_PAIR: ["c/train/1/T1/T3"]}


def test_passages_in_a_row_may_count_as_one_and_a_pair_is_asked_once() -> None:
    asked, dropped = ask(re, in_lines(Relation("INH", "T1", "T3")), declared(scope="passage", reach=2, pairs=(CG, GG)))
    assert [(name, one.text.count("\n")) for name, one in zip(ids(asked), asked, strict=True)] == [
        ("T1/T2", 1),
        ("T1/T3", 1),
        ("T1/T4", 1),
        ("T2/T3", 1),
        ("T2/T4", 1),
        ("T3/T4", 1),
        ("T3/T5", 2),
        ("T4/T5", 2),
    ]
    assert gold(asked)["T1/T3"] == ("INH",)
    assert dropped == {}


@pytest.mark.parametrize("reach", [3, 9])
def test_a_reach_over_all_passages_is_the_document(reach: int) -> None:
    asked, _ = ask(re, in_lines(), declared(scope="passage", reach=reach, pairs=(CG, GG)))
    assert len(asked) == 10
    assert {one.text for one in asked} == {LINES}


def test_related_pairs_beyond_the_scope_may_be_asked_in_the_document() -> None:
    related = (Relation("INH", "T1", "T2"), Relation("ACT", "T5", "T1"))
    asked, dropped = ask(re, in_lines(*related), declared(scope="passage", beyond=True))
    assert gold(asked) == {"T1/T2": ("INH",), "T1/T5": ("ACT",)}
    assert [one.text for one in asked] == ["aspirin and COX", LINES]
    assert asked[1].marks == ((0, 7), (31, 39))
    assert dropped == {}


# ---------------------------------------------------------------------------------------------------------------------
# By concept, in documents

BY_CONCEPT = declared(by="concept", pairs=(CG, GG))
STORY = "aspirin hits COX. ASA and the drug hit COX too."


def concepts(*relations: Relation, more: tuple[Mention, ...] = ()) -> Document:
    found = (
        find(STORY, "COX", "T5", "G", nth=1, concepts=["g"]),
        find(STORY, "ASA", "T3", "C", concepts=["c"]),
        find(STORY, "aspirin", "T1", "C", concepts=["c"]),
        find(STORY, "COX", "T2", "G", concepts=["g"]),
    )
    return document(STORY, mentions=(*found, *more), relations=relations)


def test_a_concept_is_named_by_its_first_mention_and_all_its_mentions_are_marked() -> None:
    [asked], dropped = ask(re, concepts(Relation("INH", "g", "c")), BY_CONCEPT)
    assert asked.id == "c/train/1/c/g#re"
    assert asked.text == STORY
    assert asked.asked == {"type_1": "Chemical", "span_1": "aspirin", "type_2": "Gene", "span_2": "COX"}
    assert asked.marks == ((0, 7), (13, 16), (18, 21), (39, 42))
    assert asked.gold == Choices(("INH",))
    assert not dropped


def test_a_mention_with_several_ids_belongs_to_each() -> None:
    drug = find(STORY, "drug", "T4", "C", concepts=["c", "d"])
    asked, _ = ask(re, concepts(Relation("ACT", "d", "g"), more=(drug,)), BY_CONCEPT)
    assert gold(asked) == {"c/g": ("none",), "d/g": ("ACT",)}
    assert [one.asked["span_1"] for one in asked] == ["aspirin", "drug"]
    assert asked[0].marks == ((0, 7), (13, 16), (18, 21), (30, 34), (39, 42))


def test_a_mention_without_id_is_no_concept() -> None:
    asked, _ = ask(re, concepts(more=(find(STORY, "drug", "T4", "C"),)), BY_CONCEPT)
    assert ids(asked) == ["c/g"]


def test_two_concepts_with_the_same_mentions_cannot_be_told_apart() -> None:
    both = find(STORY, "drug", "T4", "G", concepts=["x", "y"])
    asked, dropped = ask(re, concepts(Relation("ACT", "x", "y"), more=(both,)), BY_CONCEPT)
    assert "x/y" not in ids(asked)
    assert dropped == {SAME: ["c/train/1/x/y#re"], ALREADY: ["c/train/1/c/y#re", "c/train/1/g/y#re"]}


def test_a_relation_of_a_concept_with_itself_is_dropped_and_counted() -> None:
    asked, dropped = ask(re, concepts(Relation("INH", "c", "c")), BY_CONCEPT)
    assert gold(asked) == {"c/g": ("none",)}
    assert dropped == {SELF: ["c/train/1/c"]}


def test_a_relation_of_a_concept_that_is_never_mentioned_is_dropped_and_counted() -> None:
    asked, dropped = ask(re, concepts(Relation("INH", "c", "elsewhere")), BY_CONCEPT)
    assert gold(asked) == {"c/g": ("none",)}
    assert dropped == {NO_PAIR: ["c/train/1/c/elsewhere"]}


def test_an_option_may_be_worded_by_type_pair_and_is_absent_where_it_is_not() -> None:
    labels = {
        "ACT": {CG: "{1} raises {2}", GG: "{1} rises with {2}"},
        "INH": {GG: "{1} lowers {2}"},
        "none": "{1} | {2}",
    }
    rule = declared(by="concept", pairs=(CG,), labels=labels)
    [asked], _ = ask(re, concepts(Relation("ACT", "c", "g")), rule)
    assert asked.labels == (Label("ACT", "aspirin raises COX"), Label("none", "aspirin | COX"))
    no_questions, dropped = ask(re, concepts(Relation("INH", "c", "g")), rule)
    assert not no_questions
    assert dropped == {NO_OPTION: ["c/train/1/c/g#re"]}


def composite(*relations: Relation, genes: int = 1) -> Document:
    """ "A and B cut C": two chemicals in one mention, and a gene that has several ids."""
    found = (
        find("A and B cut C", "A and B", "T1", "C", concepts=["a", "b"]),
        find("A and B cut C", "C", "T2", "G", concepts=["g", "h"][:genes]),
    )
    return document("A and B cut C", mentions=found, relations=relations)


def test_concepts_of_one_mention_that_are_related_alike_are_asked_about_once() -> None:
    asked, dropped = ask(re, composite(Relation("INH", "a", "g"), Relation("INH", "b", "g")), declared(by="concept"))
    assert gold(asked) == {"a/g": ("INH",)}
    assert dropped == {ALREADY: ["c/train/1/b/g#re"]}


def test_concepts_of_one_mention_that_are_related_in_different_ways_are_not_asked_about() -> None:
    asked, dropped = ask(re, composite(Relation("INH", "b", "g")), declared(by="concept"))
    assert not asked
    assert dropped == {SAME: ["c/train/1/a/g#re", "c/train/1/b/g#re"]}


def test_of_several_concepts_at_either_end_no_question_is_asked_twice() -> None:
    every = [Relation("ACT", chemical, gene) for chemical in "ab" for gene in "gh"]
    asked, dropped = ask(re, composite(*every, genes=2), declared(by="concept"))
    assert gold(asked) == {"a/g": ("ACT",)}
    assert len(dropped[ALREADY]) == 3


# ---------------------------------------------------------------------------------------------------------------------
# Directed labels

ACT = frozenset({"ACT"})
FORWARD, BACKWARD = ("ACT",), ("ACT (backward)",)
PASSIVE = "BRCA1 is activated by ATM."
GENES = (find(PASSIVE, "BRCA1", "T1", "G", concepts=["672"]), find(PASSIVE, "ATM", "T2", "G", concepts=["472"]))


@pytest.mark.parametrize(("by", "atm", "brca1"), [("mention", "T2", "T1"), ("concept", "472", "672")])
def test_a_directed_label_is_an_option_in_each_direction_and_keeps_head_and_tail(by: str, atm: str, brca1: str) -> None:
    rule = declared(by=by, pairs=(GG,), directed=ACT)
    [asked], _ = ask(re, document(PASSIVE, mentions=GENES, relations=(Relation("ACT", atm, brca1),)), rule)
    assert [label.name for label in asked.labels] == [
        "BRCA1 activates ATM",
        "ATM activates BRCA1",
        "BRCA1 inhibits ATM",
        "BRCA1 is not related to ATM",
    ]
    assert asked.gold == Choices(BACKWARD)
    assert re.write(frozenset(BACKWARD), asked) == "(B) ATM activates BRCA1"
    [turned], _ = ask(re, document(PASSIVE, mentions=GENES, relations=(Relation("ACT", brca1, atm),)), rule)
    assert turned.gold == Choices(FORWARD)


def test_both_directions_may_hold_and_an_undirected_label_has_none() -> None:
    rule = declared(pairs=(GG,), directed=ACT)
    related = (Relation("ACT", "T2", "T1"), Relation("INH", "T2", "T1"), Relation("ACT", "T1", "T2"))
    [asked], _ = ask(re, document(PASSIVE, mentions=GENES, relations=related), rule)
    assert asked.gold == Choices(("ACT", "ACT (backward)", "INH"))


TWO_TYPES = "COX needs aspirin"
OF_TWO_TYPES = (find(TWO_TYPES, "COX", "T1", "G"), find(TWO_TYPES, "aspirin", "T2", "C"))


def test_a_label_that_leads_from_one_type_to_another_is_one_option() -> None:
    rule = declared(directed=ACT)
    [asked], _ = ask(re, document(TWO_TYPES, mentions=OF_TWO_TYPES, relations=(Relation("ACT", "T2", "T1"),)), rule)
    assert [label.key for label in asked.labels] == ["ACT", "INH", "none"]
    assert asked.gold == Choices(FORWARD)
    none, dropped = ask(re, document(TWO_TYPES, mentions=OF_TWO_TYPES, relations=(Relation("ACT", "T1", "T2"),)), rule)
    assert not none
    assert dropped == {NO_OPTION: ["c/train/1/T2/T1#re"]}


@pytest.mark.parametrize(
    ("pairs", "words"),
    [((CG, CG[::-1]), "{1} activates {2}"), ((CG,), {CG: "{1} activates {2}", CG[::-1]: "{1} wakes {2}"})],
)
def test_a_label_leads_both_ways_between_types_that_are_declared_so(pairs: Any, words: Any) -> None:
    rule = declared(pairs=pairs, labels={**SENTENCES, "ACT": words}, directed=ACT)
    [asked], _ = ask(re, document(TWO_TYPES, mentions=OF_TWO_TYPES, relations=(Relation("ACT", "T1", "T2"),)), rule)
    stated = dict(zip([label.key for label in asked.labels], [label.name for label in asked.labels], strict=True))
    [key] = asked.gold.keys if isinstance(asked.gold, Choices) else ()
    assert stated[key].startswith("COX ")
    assert stated[key].endswith(" aspirin")


# ---------------------------------------------------------------------------------------------------------------------
# Completions


def test_the_options_that_hold_are_written_one_a_line_and_read() -> None:
    [asked], _ = ask(re, concepts(Relation("INH", "c", "g"), Relation("ACT", "c", "g")), BY_CONCEPT)
    completion = "(A) aspirin activates COX\n(B) aspirin inhibits COX"
    assert re.write(frozenset({"INH", "ACT"}), asked) == completion
    assert re.read(completion, asked) == Parsed(frozenset({"INH", "ACT"}))
    assert re.read("(C)", asked) == Parsed(frozenset({"none"}))


@pytest.mark.parametrize("text", ["", "None", "(A) COX activates aspirin", "(A) aspirin inhibits COX"])
def test_anything_else_is_unreadable(text: str) -> None:
    [asked], _ = ask(re, concepts(), BY_CONCEPT)
    assert re.read(text, asked) == Parsed(None)


def test_a_record_or_corpus_without_candidates_is_not_asked_about() -> None:
    assert ask(re, Pair("1", "a", "b", "g", "o"), BY_CONCEPT) == ask(re, concepts(), corpus()) == ([], {})
