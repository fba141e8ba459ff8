"""Scoring of end-to-end relation extraction as the code released with the study of domain specificity scores.

Reimplemented from the behaviour of bionlproc/DS-PT-IFT (Brokman and Kavuluru, 2024), slips included, to face the
numbers of its Table 1. Like `reference.py`, it sees a model's raw output:

- An answer is cut at every `;`. In a piece, "relation between" begins a relation of two names, which is read to its
  last " and " and " is " (or " exists"), so that names with " and " in them are cut wrongly. "participate" follows a
  list of names, cut at every comma and " and "; it is positive if "positive" comes after it.
- Names are compared to the letter. Of a concept, any name is right.
- Distinct predictions that fit any gold relation are right. Gold relations that aren't found are those left when the
  right predictions are subtracted, which may be fewer than none: stating every name of each concept scores above 100.
- Of a decoder, prompt and answer are read together, so the text before the first relation becomes part of a name.

A perfect answer doesn't score 100 (`docs/relation-extraction.md`).
"""

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, f1, ratio
from mnlu_instruct.scoring.said import Said, UnscorableError
from mnlu_instruct.scoring.statistics import Statistics
from mnlu_instruct.types import Instance, Relations

EXISTS = re.compile(r"relation between (.*) and (.*?) exists")
IS = re.compile(r"relation between (.*) and (.*) is (.*)")
PARTICIPATE, POSITIVE = "participate", "positive"
PARTING = re.compile(r", and |, | and ")
LAST = frozenset({"substrate", "product"})
"""Labels that count as the whole of the last group of ChemProt, "substrate and/or product"."""

Names = tuple[str, ...] | frozenset[str]
Found = tuple[str, Names]
"""A relation: what the clause says of its type, and its names; of a list, as a set."""


def measure(said: Sequence[Said]) -> Statistics:
    """The study's score of a data set's answers.

    Raises:
        UnscorableError: the questions are in words that this code doesn't read.
    """
    return _measured(said, [one.prediction for one in said])


def measure_decoders(said: Sequence[Said]) -> Statistics:
    """The same, prompt and answer read together, as the study did with decoders."""
    return _measured(said, ["\n\n".join([*one.prompt, one.prediction]) for one in said])


def _measured(said: Sequence[Said], texts: Sequence[str]) -> Statistics:
    rows = np.array([_counts(one.instance, text) for one, text in zip(said, texts, strict=True)], float)
    return Statistics(
        rows,
        {
            "f1": lambda sums: f1(_precision(sums), _recall(sums)),
            "precision": _precision,
            "recall": _recall,
        },
    )


def _precision(sums: Numbers) -> Numbers:
    return ratio(sums[..., 0], sums[..., 0] + sums[..., 1])


def _recall(sums: Numbers) -> Numbers:
    return ratio(sums[..., 0], sums[..., 2])


def _counts(instance: Instance, text: str) -> tuple[int, int, int]:
    read = _reader(instance)
    return counted({one for piece in text.removesuffix(".").split(";") for one in read(piece)}, instance)


def counted(found: Collection[Found], instance: Instance) -> tuple[int, int, int]:
    """Of distinct relations found, how many are right and how many aren't; and how many gold relations there are."""
    assert isinstance(instance.gold, Relations)
    words = {label.key: _said(label.name) for label in instance.labels}
    wanted = [(words[one.type], one.ends) for one in instance.gold.relations]
    right = sum(any(_fits(one, kind, ends) for kind, ends in wanted) for one in found)
    return right, len(found) - right, len(wanted)


def _fits(found: Found, kind: str, ends: tuple[tuple[str, ...], ...]) -> bool:
    stated, names = found
    if stated != kind:
        return False
    if isinstance(names, frozenset):
        return names == {_closed(end[0]) for end in ends}
    return all(name in end for name, end in zip(names, ends, strict=True))


def _said(clause: str) -> str:
    """What a clause says of its type, as its reader gives it."""
    after = clause.rpartition("}")[2]
    if PARTICIPATE in after:
        return POSITIVE if POSITIVE in after else ""
    return after.removeprefix(" is ")


def _reader(instance: Instance) -> Callable[[str], list[Found]]:
    """What reads a piece of an answer, by the clauses of the question."""
    known = [label.name for label in instance.labels if "{1}" in label.name]
    if all(PARTICIPATE in clause for clause in known):
        return _list
    if all("relation between {1} and {2} " in clause for clause in known):
        return partial(_pair, EXISTS if known[0].endswith(" exists") else IS)
    raise UnscorableError(
        f"{instance.id}: the study's code doesn't read relations in these words.",
        "ask with the pack verb, which leaves the words to the corpus.",
    )


def _pair(pattern: re.Pattern[str], piece: str) -> list[Found]:
    match = pattern.search(piece)
    if match is None:
        return []
    first, second, *said = match.groups()
    kind = said[0] if said else " exists"
    return [("substrate and/or product" if kind in LAST else kind, (first, second))]


def _list(piece: str) -> list[Found]:
    before, *after = piece.split(PARTICIPATE)
    if len(after) != 1:
        return []
    names = frozenset(_closed(name.strip()) for name in PARTING.split(before))
    return [(POSITIVE if POSITIVE in after[0] else "", names)]


def _closed(name: str) -> str:
    return name.replace(" - ", "-")
