"""Confusion tables: every question in one cell, as scikit-learn counts them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from mnlu_instruct.scoring.confusion import KINDS, SEVERAL, UNREADABLE, confusion
from mnlu_instruct.scoring.scores import score
from tests.scoring.helpers import DEMO, grade, key, keys, negative, questions, read, spans, write

LABELS = ("none", "yes", "no")


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from((*LABELS, None))), min_size=1))
def test_as_scikit_learn_counts(pairs: list[tuple[str, str | None]]) -> None:
    found = confusion([key(LABELS, gold, stated) for gold, stated in pairs])
    assert found is not None
    assert found.gold == ("no", "none", "yes") and found.said == (*found.gold, UNREADABLE)
    gold, stated = [one for one, _ in pairs], [other or UNREADABLE for _, other in pairs]
    theirs = confusion_matrix(gold, stated, labels=list(found.said))
    assert [list(row) for row in found.counts] == theirs[:-1].tolist()


def test_several_relations_have_a_row_and_a_column_where_there_are_some() -> None:
    one = [keys("abn", "a", "a"), keys("abn", "n", "b")]
    found = confusion(one)
    assert found is not None and (found.gold, found.said) == (("a", "b", "n"), ("a", "b", "n", UNREADABLE))
    found = confusion([*one, keys("abn", "ab", "ab"), keys("abn", "n", "ab"), keys("abn", "n", None)])
    assert found is not None
    assert found.gold == ("a", "b", "n", SEVERAL) and found.said == ("a", "b", "n", SEVERAL, UNREADABLE)
    assert found.counts == ((1, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 1, 0, 1, 1), (0, 0, 0, 1, 0))


def test_scores_stand_by_their_size() -> None:
    found = confusion([grade(1.2, 10, scale=11), grade(2, None, scale=11)])
    assert found is not None
    assert found.said == (*map(str, range(12)), UNREADABLE)
    assert [sum(column) for column in zip(*found.counts, strict=True)] == [0] * 10 + [1, 0, 1]


def test_other_kinds_have_none() -> None:
    assert confusion([spans({"A": ["x"]}, {"A": ["x"]})]) is None
    assert confusion([keys("ab", "a", "ab", task="dc")]) is None


@pytest.mark.parametrize("name", DEMO)
def test_a_score_has_the_table_of_its_answers(name: str) -> None:
    instances = questions(DEMO[name])[:50]
    scored = score([read(one, write(one)) for one in instances], negative(DEMO[name]))
    assert (scored.confusion is not None) == (DEMO[name].task in KINDS)
    if scored.confusion:
        for place, row in enumerate(scored.confusion.counts):
            assert (
                sum(row)
                == row[place]
                == sum(
                    str(one.gold.answer) in (gold, repr(frozenset({gold})))
                    for one in instances
                    for gold in [scored.confusion.gold[place]]
                )
            )
