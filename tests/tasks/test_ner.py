"""Named entity recognition: one question a document, types by their readable names, mentions kept whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.tasks import ner
from mnlu_instruct.types import Instance, Label, MarkedSpan, Pair, Parsed, Spans, normalise
from tests.tasks.helpers import ask, corpus, document, find, mention

CORPUS = corpus(entities={"D": "Disease", "C": "Chemical"}, ignored=frozenset({"X"}))


def test_a_document_is_one_question_for_all_types_of_the_corpus() -> None:
    text = "fever after aspirin"
    asked, dropped = ask(ner, document(text, mentions=(find(text, "fever", "T1", "D"),)), CORPUS)
    assert asked == [
        Instance(
            id="c/train/1#ner",
            task="ner",
            group="c/1",
            text=text,
            asked={},
            labels=(Label("D", "Disease"), Label("C", "Chemical")),
            gold=Spans({"D": (MarkedSpan("fever", ((0, 5),)),), "C": ()}),
        )
    ]
    assert not dropped


def test_a_document_without_mentions_is_asked_about_too() -> None:
    [asked], _ = ask(ner, document("nothing"), CORPUS)
    assert asked.gold.answer == {"D": (), "C": ()}


def test_nested_adjacent_identical_and_discontinuous_mentions_are_kept_whole_in_text_order() -> None:
    text = "left breast cancer ovarian cancer"
    found = (
        mention("T1", "D", (19, 26)),
        mention("T2", "D", (5, 11), (27, 33)),
        mention("T3", "D", (12, 18)),
        mention("T4", "D", (5, 18)),
        mention("T5", "D", (5, 18)),
        mention("T6", "D", (0, 18)),
        mention("T7", "D", (27, 33)),
    )
    [asked], _ = ask(ner, document(text, mentions=found), CORPUS)
    assert asked.gold.answer == {
        "D": ("left breast cancer", "breast cancer", "breast cancer", "cancer", "ovarian", "cancer"),
        "C": (),
    }
    assert isinstance(asked.gold, Spans)
    assert [span.spans for span in asked.gold.spans["D"][1:3]] == [((5, 11), (27, 33)), ((5, 18),)]


def test_types_that_share_a_readable_name_are_one() -> None:
    text = "gene of family"
    kinds = corpus(entities={"GENE-Y": "Gene", "C": "Chemical", "GENE-N": "Gene"})
    found = (find(text, "family", "T1", "GENE-N"), find(text, "gene", "T2", "GENE-Y"))
    [asked], _ = ask(ner, document(text, mentions=found), kinds)
    assert asked.labels == (Label("Gene", "Gene"), Label("C", "Chemical"))
    assert asked.gold.answer == {"Gene": ("gene", "family"), "C": ()}


def test_types_that_the_corpus_ignores_are_not_asked_about() -> None:
    [asked], _ = ask(ner, document("fever", mentions=(mention("T1", "X", (0, 5)),)), CORPUS)
    assert asked.gold.answer == {"D": (), "C": ()}


def test_a_record_that_is_no_document_is_not_asked_about() -> None:
    assert ask(ner, Pair("1", "a", "b", "g", "o"), CORPUS) == ([], {})


def test_completions_are_written_and_read() -> None:
    [asked], _ = ask(ner, document("fever"), CORPUS)
    assert ner.write({"D": ("a", "b"), "C": ()}, asked) == "Disease: a ... b\nChemical: None"
    assert ner.read("Disease: a ... b\nChemical: None", asked) == Parsed({"D": ("a", "b"), "C": ()})


def flat(text: str, **mentions: list[tuple[int, int]]) -> tuple[dict[str, list[tuple[int, int]]], int]:
    """What is left of mentions by type, and how many are counted as covered."""
    gold = Spans(
        {key: tuple(MarkedSpan(normalise(text[a:b]), ((a, b),)) for a, b in spans) for key, spans in mentions.items()}
    )
    labels = tuple(Label(key, key) for key in mentions)
    ledger = Ledger()
    found = ner.flatten(Instance("c/train/1#ner", "ner", "c/1", text, {}, labels, gold), ledger)
    assert isinstance(found.gold, Spans)
    return {key: [span.spans[0] for span in spans] for key, spans in found.gold.spans.items()}, ledger.counts.total()


def test_flattening_merges_neighbours_of_one_type_and_keeps_the_longer_of_nested_mentions() -> None:
    text = "breast cancer, lung\ncancer of the lung gene"
    assert flat(text, D=[(0, 6), (7, 13)]) == ({"D": [(0, 13)]}, 0)
    assert flat(text, D=[(0, 13), (15, 26)]) == ({"D": [(0, 13), (15, 26)]}, 0)
    assert flat(text, D=[(0, 6)], C=[(7, 13)]) == ({"D": [(0, 6)], "C": [(7, 13)]}, 0)
    assert flat(text, D=[(15, 38)], C=[(34, 38)]) == ({"D": [(15, 38)], "C": []}, 1)
    assert flat(text, D=[(15, 38), (15, 26)]) == ({"D": [(15, 38)]}, 0)
    assert flat(text, D=[(15, 38)], C=[(34, 43)]) == ({"D": [(15, 38)], "C": [(39, 43)]}, 1)


def test_flattening_makes_mentions_of_the_fragments_of_a_discontinuous_one() -> None:
    text = "breast and ovarian cancer"
    gold = Spans({"D": (MarkedSpan("breast cancer", ((0, 6), (19, 25))), MarkedSpan("ovarian cancer", ((11, 25),)))})
    found = ner.flatten(Instance("1#ner", "ner", "1", text, {}, (Label("D", "D"),), gold), Ledger())
    assert found.gold.answer == {"D": ("breast", "ovarian cancer")}


SPAN = st.tuples(st.integers(0, 30), st.integers(1, 12)).map(lambda one: (one[0], one[0] + one[1]))


@given(
    st.text("ab \n", min_size=42, max_size=42),
    st.fixed_dictionaries({key: st.lists(SPAN, max_size=5, unique=True) for key in "XYZ"}),
)
def test_flat_mentions_never_overlap_and_stay_flat(text: str, mentions: dict[str, list[tuple[int, int]]]) -> None:
    found, _ = flat(text, **mentions)
    places = sorted((start, end, key) for key, spans in found.items() for start, end in spans)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end, _ in places)
    assert all(
        end <= start and (one != other or text[end:start].strip())
        for (_, end, one), (start, _, other) in pairwise(places)
    )
    covered = {place for spans in mentions.values() for span in spans for place in range(*span)}
    left = {place for start, end, _ in places for place in range(start, end)}
    assert {place for place in covered ^ left if not text[place].isspace()} == set()
    assert flat(text, **found) == (found, 0)
