"""Questions that are too long: windows, heads, drops; what is lost is counted, what stays can be read back."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import corpora, tasks
from mnlu_instruct.dataset import length_budget
from mnlu_instruct.dataset.recipe import Budget
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sentences import sentences
from mnlu_instruct.types import Choice, Choices, Instance, Label, MarkedSpan, Spans, TaskName, Text, normalise, surface
from tests.support import FIXTURES, instances, some, splits

DISEASE = Label("D", "Disease")


def measure(instance: Instance) -> int:
    """A token is four characters of text or completion, and the words around the text are ten."""
    completion = tasks.TASKS[instance.task].write(instance.gold.answer, instance)
    return 10 + (len(instance.text) + len(completion)) // 4


def fitted(
    instance: Instance, limit: int, measured: Callable[[Instance], int] = measure, **rules: Any
) -> tuple[list[Instance], dict[str, int]]:
    """What becomes of a question, and what is counted as lost."""
    ledger = Ledger()
    found = list(length_budget.fit(instance, measured(instance), limit, Budget(**rules), measured, ledger))
    assert all(tokens == measured(one) <= limit for one, tokens in found)
    return [one for one, _ in found], {entry.reason: count for entry, count in ledger.rows("dropped")}


def question(task: TaskName, text: str, gold: Any, labels: tuple[Label, ...] = (DISEASE,), **more: Any) -> Instance:
    return Instance(f"c/train/1#{task}", task, "c/1", text, more.pop("asked", {}), labels, gold, **more)


def mentions(text: str, *words: str) -> Spans:
    places = [(text.index(word), text.index(word) + len(word)) for word in words]
    return Spans({"D": tuple(MarkedSpan(normalise(text[a:b]), ((a, b),)) for a, b in places)})


TEXT = "He had fever in May. Pain came in June. No cough was seen. The rash of July went. It was gout."


def test_what_fits_stays_as_it_is() -> None:
    asked = question("ner", TEXT, mentions(TEXT, "fever"))
    assert fitted(asked, measure(asked)) == ([asked], {})


def test_entities_are_asked_for_in_windows_of_whole_sentences() -> None:
    asked = question("ner", TEXT, mentions(TEXT, "fever", "cough", "rash", "gout"))
    found, lost = fitted(asked, 26)
    assert [one.text for one in found] == [
        "He had fever in May. Pain came in June.",
        "No cough was seen. The rash of July went.",
        "It was gout.",
    ]
    assert [one.id for one in found] == ["c/train/1#ner@0-39", "c/train/1#ner@40-81", "c/train/1#ner@82-94"]
    assert [one.gold.answer for one in found] == [{"D": ("fever",)}, {"D": ("cough", "rash")}, {"D": ("gout",)}]
    assert not lost


def test_a_mention_across_windows_and_a_sentence_that_is_too_long_are_counted() -> None:
    text = TEXT.replace("July went", "July, which was worst of all, went")
    asked = question("ner", text, mentions(text, "fever", "June. No cough", "gout"))
    found, lost = fitted(asked, 20)
    assert [one.text for one in found] == [
        "He had fever in May.",
        "Pain came in June.",
        "No cough was seen.",
        "It was gout.",
    ]
    assert lost == {"mention not whole in any window": 1, "sentence longer than 20 tokens": 1}


def test_an_attribute_is_asked_for_around_its_trigger() -> None:
    trigger = TEXT.index("cough")
    asked = question("eae", TEXT, mentions(TEXT, "June", "July", "May"), marks=((trigger, trigger + 5),))
    found, lost = fitted(asked, 35)
    (one,) = found
    assert one.text == "Pain came in June. No cough was seen. The rash of July went."
    assert [one.text[start:end] for start, end in one.marks] == ["cough"]
    assert one.gold.answer == {"D": ("June", "July")}
    assert one.id == "c/train/1#eae@21-81"
    assert lost == {"argument outside its trigger's window": 1}


def test_a_class_of_a_trigger_stays_whatever_the_window() -> None:
    asked = question(
        "eac", TEXT, Choice("D"), asked={"trigger": "T", "attribute": "a", "span": "gout"}, marks=((88, 92),)
    )
    assert fitted(asked, 28)[0][0].gold == Choice("D")


@pytest.mark.parametrize(
    ("task", "gold"), [("dc", Choices(("D",))), ("qa", Choice("D")), ("summ", Text("He was ill."))]
)
def test_the_head_of_the_text_is_kept_and_its_end_is_counted(task: TaskName, gold: Any) -> None:
    asked = question(task, TEXT, gold)
    found, lost = fitted(asked, 25)
    (one,) = found
    assert (one.id, one.gold) == (asked.id, gold)
    assert TEXT.startswith(one.text + " ")
    longer = TEXT[: TEXT.find(" ", len(one.text) + 1)]
    assert measure(msgspec.structs.replace(asked, text=longer)) > 25
    assert lost == {"end of the text, beyond 25 tokens": 1}
    assert fitted(asked, 25, **{task: "drop"}) == ([], {"longer than 25 tokens": 1})


def test_a_summary_that_is_too_long_by_itself_is_dropped() -> None:
    assert fitted(question("summ", TEXT, Text("long " * 40)), 30) == ([], {"longer than 30 tokens": 1})


@pytest.mark.parametrize("task", ["re", "nli", "sts"])
def test_pairs_are_dropped(task: TaskName) -> None:
    gold: Any = Choices(("D",)) if task == "re" else Choice("1")
    assert fitted(question(task, TEXT, gold), 25, lambda one: 99) == ([], {"longer than 25 tokens": 1})


def test_windows_can_be_refused() -> None:
    asked = question("ner", TEXT, mentions(TEXT, "fever"))
    assert fitted(asked, 20, ner="drop") == ([], {"longer than 20 tokens": 1})


def test_few_questions_are_measured_for_a_window() -> None:
    text = " ".join(f"Sentence {number} has {'many ' * (number % 7)}words." for number in range(400))
    calls = []

    def counted(instance: Instance) -> int:
        calls.append(instance.id)
        return measure(instance)

    asked = question("ner", text, mentions(text, "Sentence 7"))
    found, _ = fitted(asked, 300, counted)
    # `fitted` itself measures the whole and every window once more.
    assert len(found) > 5
    assert len(calls) - len(found) - 1 <= 3.5 * len(found)
    calls.clear()
    fitted(question("dc", text, Choices(("D",))), 300, counted)
    assert len(calls) - 2 <= 9


WORDS = st.lists(
    st.sampled_from(["fever", "a rash", "gout.", "He", "Then,", "ill.\n", "x" * 30]), min_size=1, max_size=60
)


@st.composite
def questions(draw: st.DrawFn) -> Instance:
    text = " ".join(draw(WORDS))
    places = draw(st.sets(st.tuples(st.integers(0, len(text) - 1), st.integers(1, 25)), max_size=8))
    spans = sorted({(start, min(start + size, len(text))) for start, size in places})
    gold = Spans({"D": tuple(MarkedSpan(normalise(text[a:b]), ((a, b),)) for a, b in spans if text[a:b].strip())})
    return question("ner", text, gold)


@given(questions(), st.integers(12, 80))
def test_windows_can_be_read_back_and_nothing_is_lost_uncounted(asked: Instance, limit: int) -> None:
    if measure(asked) <= limit:
        return
    found, lost = fitted(asked, limit)
    assert len({one.id for one in found}) == len(found)
    kept = 0
    for one in found:
        start, end = map(int, one.id.rpartition("@")[2].split("-"))
        assert one.text == asked.text[start:end]
        assert isinstance(one.gold, Spans)
        for span in one.gold.spans["D"]:
            assert span.text == normalise(one.text[span.spans[0][0] : span.spans[-1][1]])
        kept += len(one.gold.spans["D"])
        task = tasks.TASKS[one.task]
        assert task.read(task.write(one.gold.answer, one), one).answer == one.gold.answer
    assert isinstance(asked.gold, Spans)
    assert kept + lost.get("mention not whole in any window", 0) == len(asked.gold.spans["D"])
    whole = sum(len(sentences(one.text)) for one in found)
    assert whole + lost.get(f"sentence longer than {limit} tokens", 0) >= len(sentences(asked.text))


@given(questions(), st.integers(12, 80), st.integers(0, 2**32))
def test_even_where_tokens_are_no_matter_of_characters_all_windows_fit(asked: Instance, limit: int, salt: int) -> None:
    def erratic(instance: Instance) -> int:
        return 5 + hash((salt, len(instance.text))) % 100

    # `fitted` asserts that whatever comes is within the limit.
    fitted(asked, limit, erratic)


@pytest.mark.parametrize(("name", "split"), splits(FIXTURES))
def test_questions_of_every_corpus_can_be_read_back_within_any_budget(name: str, split: str) -> None:
    corpus = corpora.get(name)
    for asked in some(instances(corpus, split, FIXTURES, Ledger())):
        for share in (0.4, 0.8):
            for one in fitted(asked, int(share * measure(asked)))[0]:
                task = tasks.TASKS[one.task]
                assert task.read(task.write(one.gold.answer, one), one).answer == one.gold.answer
                assert [one.text[start:end] for start, end in one.marks] == [
                    asked.text[start:end] for start, end in asked.marks
                ]
                if isinstance(one.gold, Spans):
                    for spans in one.gold.spans.values():
                        assert all(span.text == surface(one.text, span.spans) for span in spans)
