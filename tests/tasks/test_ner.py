"""Named entity recognition: one question a document, types by their readable names, mentions kept whole."""

from mnlu_instruct.tasks import ner
from mnlu_instruct.types import Instance, Label, MarkedSpan, Pair, Parsed, Spans
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
