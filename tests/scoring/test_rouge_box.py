"""In-BoXBART's metric: its figures on BC5CDR, what it rewards, and that answers in both forms are scored alike."""

from collections.abc import Callable, Sequence

import pytest

from mnlu_instruct import corpora, tasks
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.scoring import rouge_box
from mnlu_instruct.scoring.said import UnscorableError
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Choices, Instance, Label, MarkedSpan, Spans, Text
from tests.support import REAL, instances, needs_real_corpora

TEXT = "Calorin raised gout; gout and calorin acid fell."
NAMES = {"Chemical": ("Calorin", "calorin acid"), "Disease": ("gout", "gout")}


def entities(text: str = TEXT, names: dict[str, tuple[str, ...]] | None = None) -> Instance:
    spans: dict[str, tuple[MarkedSpan, ...]] = {}
    for key, found in (NAMES if names is None else names).items():
        places: list[MarkedSpan] = []
        for name in found:
            start = text.index(name, places[-1].spans[0][1] if places else 0)
            places.append(MarkedSpan(name, ((start, start + len(name)),)))
        spans[key] = tuple(places)
    labels = tuple(Label(key, key.lower()) for key in spans)
    return Instance("bc5cdr-iob/test/1#ner", "ner", "1", text, {}, labels, Spans(spans))


def scored(instance: Instance, output: str) -> dict[str, float]:
    return of([instance], lambda _: output)


def of(asked: Sequence[Instance], say: Callable[[Instance], str]) -> dict[str, float]:
    outputs = [say(one) for one in asked]
    answers = [Answered(one, tasks.TASKS[one.task].read(said, one)) for one, said in zip(asked, outputs, strict=True)]
    measured = rouge_box.measure(answers, outputs)
    sums = measured.rows.sum(0)
    return {name: float(metric(sums)) for name, metric in measured.metrics.items()}


def gold(instance: Instance) -> str:
    return tasks.TASKS[instance.task].write(instance.gold.answer, instance)


def test_gold_is_stated_in_the_order_of_the_text_with_the_corpus_own_labels() -> None:
    assert (
        rouge_box.stated_gold(entities())
        == "Calorin <Chemical>, gout <Disease>, gout <Disease>, calorin acid <Chemical>"
    )


def test_any_part_of_the_gold_wins() -> None:
    first = scored(entities(), "gout <Disease>")
    assert first == {"rougeL": 1, "exact_match": 1, "f1_words": 1}
    whole = scored(entities(), gold(entities()))
    assert whole["exact_match"] == 0
    assert whole["rougeL"] == pytest.approx(2 * (3 / 9) / (3 / 9 + 1))  # "calorin acid chemical", of nine words
    assert whole["rougeL"] == whole["f1_words"]


def test_answers_in_our_form_and_in_that_of_box_are_scored_alike() -> None:
    ours = "chemical: calorin acid\ndisease: None"
    assert scored(entities(), ours) == scored(entities(), "calorin acid <Chemical>")
    assert scored(entities(), "calorin: acid <Chemical>")["exact_match"] == 1  # a colon doesn't make it our form


def test_signs_articles_case_and_endings_of_words_are_not_seen() -> None:
    asked = entities("Seizures came.", {"Disease": ("Seizures",)})
    assert scored(asked, "the SEIZURES - <disease>!") == {
        "rougeL": pytest.approx(4 / 5),
        "exact_match": 1,
        "f1_words": 1,
    }
    assert scored(asked, "seizure <Disease>") == {"rougeL": 1, "exact_match": 0, "f1_words": 0.5}


def test_questions_that_find_nothing_are_passed_over() -> None:
    nothing = entities("It rained.", {"Disease": ()})
    assert of([entities(), nothing], lambda one: "gout <Disease>") == scored(entities(), "gout <Disease>")
    assert scored(nothing, "Disease: None") == {"rougeL": 0, "exact_match": 0, "f1_words": 0}


def test_classes_and_texts() -> None:
    labels = (Label("CPR:3", "a activates b"), Label("CPR:4", "a inhibits b"))
    pair = Instance("chemprot/test/1#re", "re", "1", "a slows b", {}, labels, Choices(("CPR:4",)))
    assert scored(pair, "(B) a inhibits b") == scored(pair, "CPR:4") == {"rougeL": 1, "exact_match": 1, "f1_words": 1}
    assert scored(pair, "(A) a activates b")["exact_match"] == 0
    long = Instance("pubmedqa-long/train/1#summ", "summ", "1", "t", {"summary": "s"}, (), Text("Yes, it does help."))
    assert scored(long, "Yes")["exact_match"] == 1  # texts are taken apart at commas, too


def test_relations_of_texts_have_no_score() -> None:
    asked = Instance("dce/test/1#ere", "ere", "1", "t", {"relations": "r"}, (), Text(""))
    with pytest.raises(UnscorableError, match="BoX has no questions"):
        rouge_box.measure([Answered(asked, tasks.ere.read("", asked))], [""])


@needs_real_corpora
def test_the_gold_answers_of_bc5cdr_score_70_and_the_first_entity_alone_almost_100() -> None:
    asked = list(instances(corpora.get("bc5cdr-iob"), "test", REAL, Ledger()))
    assert sum(bool(rouge_box.stated_gold(one)) for one in asked) == 3_974

    def percent(say: Callable[[Instance], str]) -> dict[str, float]:
        return {name: round(100 * value, 1) for name, value in of(asked, say).items()}

    right = percent(gold)
    assert (right["rougeL"], right["exact_match"]) == (70.5, 28.0)
    assert right == percent(rouge_box.stated_gold)
    assert percent(first)["rougeL"] == 99.9


def first(instance: Instance) -> str:
    """The first entity of a text alone."""
    assert isinstance(instance.gold, Spans)
    found = [(one.spans, f"{one.text} <{key}>") for key, spans in instance.gold.spans.items() for one in spans]
    return min(found)[1] if found else ""
