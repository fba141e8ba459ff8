"""Baselines: readable on every demo corpus, and what each kind of question is answered with."""

from pathlib import Path

import pytest
from msgspec import json
from msgspec.structs import replace

from mnlu_instruct.evaluation import baselines
from mnlu_instruct.scoring import reference
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.scores import score
from mnlu_instruct.types import Choice, Choices, Grade, Instance, Label, MarkedSpan, Spans, Text
from tests.scoring.helpers import DEMO, negative, questions, read, write
from tests.support import FIXTURES, failed, mnlu


def chosen(name: str, gold: Choice | Choices | Grade, labels: str = "abc", task: str = "nli") -> Instance:
    return Instance(name, task, name, "", {}, tuple(Label(key, f"says {key}") for key in labels), gold)  # type: ignore[arg-type]


def entities(name: str, text: str, *gold: str) -> Instance:
    spans = Spans({"D": tuple(MarkedSpan(words, ((0, 1),)) for words in gold)})
    return Instance(name, "ner", name, text, {}, (Label("D", "Disease"),), spans)


@pytest.mark.parametrize("name", DEMO)
def test_everything_said_can_be_read(name: str) -> None:
    test, train = questions(DEMO[name]), questions(DEMO[name], "train")
    for baseline, answer in baselines.NAMES.items():
        if baseline == "copy-all":
            continue
        texts = answer(test, train, negative(DEMO[name]))
        answers = [read(instance, text) for instance, text in zip(test, texts, strict=True)]
        scored = score(answers, negative(DEMO[name]))
        assert scored.unreadable == 0
        assert not any(scored.shares.values())
        silent = baseline == "majority" and isinstance(test[0].gold, Spans)
        assert -0.2 < scored.metrics[scored.headline].value < 1
        assert (scored.metrics[scored.headline].value == 0) == (
            silent or (scored.headline == "pearson" and baseline != "random")
        )


def test_the_most_frequent_key_is_found_among_the_options_shown() -> None:
    train = [chosen("1", Choice("b")), chosen("2", Choice("b")), chosen("3", Choice("a"))]
    other = [chosen("4", Choice("c"), "cd"), chosen("5", Choice("c"), "cd"), chosen("6", Choice("c"), "cd")]
    test = [chosen("x", Choice("a")), chosen("y", Choice("a"), "cba"), chosen("z", Choice("d"), "dc")]
    assert baselines.majority(test, train + other) == ["(B) says b", "(B) says b", "(B) says c"]


def test_without_training_instances_the_test_gold_is_counted() -> None:
    test = [chosen("1", Choice("c")), chosen("2", Choice("c")), chosen("3", Choice("a"))]
    assert baselines.majority(test, ()) == ["(C) says c"] * 3


def test_without_training_instances_no_string_is_known() -> None:
    test = [entities("x", "pain and fever", "pain")]
    assert baselines.dictionary(test, ()) == baselines.majority(test, ())
    assert baselines.dictionary(test, test) != baselines.dictionary(test, ())


def test_sets_are_those_of_the_highest_micro_f1() -> None:
    # Always "a": 2 · 3 / (5 + 6) = 0.55; "a" and "b": 2 · 5 / (10 + 6) = 0.63; all three: 2 · 6 / (15 + 6) = 0.57.
    gold = ["a", "ab", "ab", "c", ""]
    train = [chosen(str(place), Choices(tuple(keys)), "abcn", "dc") for place, keys in enumerate(gold)]
    assert baselines.majority(train[:1], train) == ["(A) says a\n(B) says b"]


def test_relations_are_never_answered_with_the_negative_label_unless_there_is_no_other() -> None:
    train = [chosen(str(place), Choices(("n",)), "an", "re") for place in range(9)]
    assert baselines.majority(train[:1], train, "n") == ["(B) says n"]
    train.append(chosen("9", Choices(("a",)), "an", "re"))
    assert baselines.majority(train[:1], train, "n") == ["(A) says a"]


def test_strings_that_are_mostly_mentions_are_stated_wherever_they_stand() -> None:
    train = [
        entities("1", "Chest pain, and fever. Pain was mild; fever was mild.", "Chest pain", "fever", "fever"),
        entities("2", "Mild pain; mild pain. Pain? fever", "mild", "fever"),
    ]
    test = [entities("x", "Chest\npain and pain, fever; mild fever"), entities("y", "Nothing.")]
    assert baselines.dictionary(test, train) == ["Disease: Chest pain ... fever ... fever", "Disease: None"]
    assert baselines.majority(test, train) == ["Disease: None", "Disease: None"]


def test_similarity_and_summaries() -> None:
    graded = [
        chosen(name, Grade(option, float(option)), "012", "sts") for name, option in (("1", 2), ("2", 2), ("3", 0))
    ]
    assert baselines.majority(graded[:1], graded) == ["(C) says 2"]
    text = Instance("1", "summ", "1", "one two\nthree four", {}, (), Text("a b c"))
    assert baselines.majority([text], [text]) == ["one two three"]


def test_random_answers_depend_on_the_id_alone() -> None:
    test = [chosen(str(number), Choice("a")) for number in range(300)]
    texts = baselines.random(test, ())
    assert baselines.random(test[::-1], ()) == texts[::-1]
    assert {texts.count(f"({letter}) says {letter.lower()}") // 50 for letter in "ABC"} <= {1, 2}
    shown = [replace(instance, labels=instance.labels[::-1]) for instance in test]
    keys = [text[-1] for text in texts]
    assert [text[-1] for text in baselines.random(shown, ())] == keys


@pytest.mark.parametrize("name", DEMO)
def test_what_is_copied_is_read_unless_one_option_is_asked_for(name: str) -> None:
    test = questions(DEMO[name])
    texts = baselines.copy_all(test, (), None)
    scored = score([read(one, text) for one, text in zip(test, texts, strict=True)], negative(DEMO[name]))
    assert scored.unreadable == (DEMO[name].task in {"qa", "nli", "eac", "sts"})
    assert not any(scored.shares.values())
    if DEMO[name].task in {"dc", "re"}:
        assert scored.metrics["recall"].value == 1


def test_words_are_copied_without_the_signs_at_their_ends() -> None:
    (text,) = baselines.copy_all([entities("x", 'The (IL-2) gene, "1.5 mg"... of X.')], ())
    assert text == "Disease: The ... IL-2 ... gene ... 1.5 ... mg ... of ... X"


def test_all_words_are_found_and_spans_that_overlap_one() -> None:
    text = "Severe chest pain and fever"
    spans = Spans({"D": (MarkedSpan("chest pain", ((7, 17),)), MarkedSpan("fever", ((22, 27),)))})
    asked = replace(entities("x", text), gold=spans)
    answered = [read(asked, baselines.copy_all([asked], ())[0])]
    assert score(answered).metrics["recall"].value == 0.5
    assert score(answered, relaxed=True).metrics["recall"].value == 1
    words = score(answered, by_words=True)
    assert (words.metrics["recall"].value, words.metrics["precision"].value) == (1, pytest.approx(3 / 5))


def test_options_that_are_all_copied_are_right_by_the_reference_where_the_gold_is_looked_for() -> None:
    test = list(questions(DEMO["demo-qa"]))
    texts = baselines.copy_all(test, ())
    said = [Said(one, write(one), text) for one, text in zip(test, texts, strict=True)]
    measured = reference.measure(said, None, by_words=False, relaxed=False)
    assert float(measured.metrics["accuracy"](measured.rows.sum(0))) == 1


def test_what_was_learnt_from_is_said(tmp_path: Path) -> None:
    suite = tmp_path / "mine.yaml"
    suite.write_text("name: x\ndescription: y\ndatasets: [{name: a, corpus: bc2gm, task: ner}]\n", "utf-8")
    for name, split in (("test", "nothing"), ("devel", "dev"), ("train", None)):
        target = tmp_path / "data" / "bc2gm" / f"{name}.tsv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((FIXTURES / "bc2gm" / f"{name}.tsv").read_bytes())
        for baseline in ("dictionary", "copy-all"):
            out = tmp_path / f"{baseline}-{name}"
            options = ("--engine", "baseline", "--model", baseline, "--suite", suite, "--out", out)
            done = mnlu("eval", *options, data=tmp_path / "data")
            if baseline == "dictionary" and split == "nothing":
                failed(done, "No data set of suite x can be asked; a: dictionary has no split to learn from.")
                continue
            assert done.returncode == 0, done.stderr
            learnt = json.decode((out / "run.json").read_bytes()).get("learnt_from")
            expected = {"a": split} if split and baseline == "dictionary" else None
            assert learnt == expected, name
            assert ("learned from the split in parentheses instead" in done.stderr) == bool(expected)
