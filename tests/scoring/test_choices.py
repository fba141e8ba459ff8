"""Label keys: accuracy, micro F1 with and without a negative label, F1 by document; against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.preprocessing import MultiLabelBinarizer

from mnlu_instruct.scoring.scores import score
from mnlu_instruct.scoring.statistics import Answered
from tests.scoring.helpers import key, keys

LABELS = ("activates", "inhibits", "none")
PAIRED = st.lists(
    st.tuples(st.frozensets(st.sampled_from(LABELS)), st.frozensets(st.sampled_from(LABELS))), min_size=1, max_size=20
)


def values(answers: list[Answered], negative: str | None = None) -> dict[str, float]:
    return {name: one.value for name, one in score(answers, negative).metrics.items()}


def test_relations_by_hand() -> None:
    answers = [
        keys(LABELS, ["activates"], ["activates"], name="1"),
        keys(LABELS, ["activates", "inhibits"], ["inhibits"], name="2"),
        keys(LABELS, ["none"], ["activates"], name="3"),
        keys(LABELS, ["none"], ["none"], name="4"),
        keys(LABELS, ["inhibits"], ["none"], name="5"),
        keys(LABELS, ["inhibits"], None, name="6"),
    ]
    scored = score(answers, "none")
    counts = {label: (one.tp, one.fp, one.fn) for label, one in scored.per_label.items()}
    assert counts == {"activates": (1, 1, 1), "inhibits": (1, 0, 2)}
    assert values(answers, "none") == pytest.approx(
        {"f1": 4 / 8, "precision": 2 / 3, "recall": 2 / 5, "f1_macro_positive": (1 / 2 + 1 / 2) / 2}
    )
    assert scored.headline == "f1"


def test_a_negative_label_beside_a_relation_says_nothing() -> None:
    assert values([keys(LABELS, ["inhibits"], ["inhibits", "none"])], "none")["f1"] == 1


def test_an_unreadable_answer_on_a_negative_pair_is_no_false_positive_and_no_hit() -> None:
    unreadable = [keys(LABELS, ["none"], None, name="1"), keys(LABELS, ["inhibits"], ["inhibits"], name="2")]
    assert values(unreadable, "none")["f1"] == 1
    assert score(unreadable, "none").unreadable == 0.5


def test_classes_by_hand() -> None:
    answers = [
        keys("abc", "ab", "a", "dc", "1"),  # precision 1, recall 1/2
        keys("abc", "", "", "dc", "2"),  # both 1: rightly none
        keys("abc", "", "c", "dc", "3"),  # both 0
        keys("abc", "", None, "dc", "4"),  # both 0: an unreadable answer doesn't say that there is none
        keys("abc", "c", "", "dc", "5"),  # both 0
    ]
    precision, recall = 2 / 5, 1.5 / 5
    expected = 2 * precision * recall / (precision + recall)
    assert values(answers) == pytest.approx({"f1": 2 / 5, "precision": 1 / 2, "recall": 1 / 3, "f1_example": expected})


def test_accuracy_by_hand() -> None:
    answers = [key("yn", "y", "y", "1"), key("yn", "n", "y", "2"), key("yn", "n", None, "3"), key("yn", "n", "n", "4")]
    scored = score(answers)
    assert values(answers) == {"accuracy": 0.5}
    assert {label: (one.tp, one.fp, one.fn) for label, one in scored.per_label.items()} == {
        "y": (1, 1, 0),
        "n": (1, 0, 2),
    }


@given(PAIRED)
def test_relations_as_scikit_learn(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    binary = MultiLabelBinarizer(classes=LABELS)
    gold, stated = (binary.fit_transform(column) for column in zip(*pairs, strict=True))
    answers = [keys(LABELS, *pair, name=str(number)) for number, pair in enumerate(pairs)]
    options = {"labels": [0, 1], "zero_division": 0}
    assert values(answers, "none") == pytest.approx(
        {
            "f1": f1_score(gold, stated, average="micro", **options),
            "precision": precision_score(gold, stated, average="micro", **options),
            "recall": recall_score(gold, stated, average="micro", **options),
            "f1_macro_positive": f1_score(gold, stated, average="macro", **options),
        }
    )


@given(PAIRED)
def test_classes_as_scikit_learn(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    binary = MultiLabelBinarizer(classes=LABELS)
    gold, stated = (binary.fit_transform(column) for column in zip(*pairs, strict=True))
    found = values([keys(LABELS, *pair, "dc", str(number)) for number, pair in enumerate(pairs)])
    assert found["f1"] == pytest.approx(f1_score(gold, stated, average="micro", zero_division=0))
    if all(one and other for one, other in pairs):
        precision = precision_score(gold, stated, average="samples")
        recall = recall_score(gold, stated, average="samples")
        expected = 2 * precision * recall / (precision + recall) if precision + recall else 0
        assert found["f1_example"] == pytest.approx(expected)


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=20))
def test_accuracy_as_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    found = values([key(LABELS, *pair, str(number)) for number, pair in enumerate(pairs)])
    gold, stated = np.array(pairs).T
    assert found == pytest.approx({"accuracy": accuracy_score(gold, stated)})
