"""Words scored from strings against scikit-learn on the places themselves, on EBM PICO's test set with errors."""

import re
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from mnlu_instruct import corpora
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.scoring.scores import score
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Instance, Parsed, Spans
from tests.support import REAL, instances, needs_real_corpora

Run = tuple[str, int, int]
"""A type, and its first and last word."""


def runs(instance: Instance, words: list[tuple[int, int]]) -> list[Run]:
    """The gold spans as words."""
    assert isinstance(instance.gold, Spans)
    found = []
    for key, spans in instance.gold.spans.items():
        for span in spans:
            touched = [
                place for place, (start, end) in enumerate(words) for a, b in span.spans if a < end and start < b
            ]
            found.append((key, touched[0], touched[-1]))
    return found


def disturbed(found: list[Run], share: float, keys: list[str], count: int, draw: Random) -> list[Run]:
    """Gold spans with errors: dropped, cut or extended by a word, of another type; and false spans."""
    said = [one for run in found for one in (wrong(run, keys, count, draw) if draw.random() < share else [run])]
    return sorted(said, key=lambda run: run[1:])


def wrong(run: Run, keys: list[str], count: int, draw: Random) -> list[Run]:
    key, first, last = run
    match draw.choice(["drop", "left", "right", "type", "false"]):
        case "drop":
            return []
        case "left":
            return [(key, min(last, max(0, first + draw.choice([-1, 1]))), last)]
        case "right":
            return [(key, first, max(first, min(count - 1, last + draw.choice([-1, 1]))))]
        case "type":
            return [(draw.choice(keys), first, last)]
    start = draw.randrange(count)
    return [run, (draw.choice(keys), start, min(count - 1, start + draw.randrange(3)))]


def marked(found: list[Run], keys: list[str], count: int) -> NDArray[np.int64]:
    table = np.zeros((count, len(keys)), int)
    for key, first, last in found:
        table[first : last + 1, keys.index(key)] = 1
    return table


@needs_real_corpora
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_strings_score_as_their_places_do(share: float, seed: int) -> None:
    draw = Random(f"{share} {seed}")
    gold, stated, answers = [], [], []
    for instance in instances(corpora.get("ebm-pico"), "test", REAL, Ledger()):
        words = [word.span() for word in re.finditer(r"\S+", instance.text)]
        keys = [label.key for label in instance.labels]
        right = runs(instance, words)
        said = disturbed(right, share, keys, len(words), draw)
        gold.append(marked(right, keys, len(words)))
        stated.append(marked(said, keys, len(words)))
        answer = {
            key: tuple(instance.text[words[first][0] : words[last][1]] for one, first, last in said if one == key)
            for key in keys
        }
        answers.append(Answered(instance, Parsed(answer)))
    expected = f1_score(np.vstack(gold), np.vstack(stated), average="micro")
    assert score(answers, by_words=True).metrics["f1_token"].value == pytest.approx(expected, abs=0.02)
