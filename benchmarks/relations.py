"""Relations of whole texts: answers read by the reader derived from their clauses, and scored.

    python benchmarks/relations.py

- **reading**: clauses per second of CPU time, on one core, of all gold answers of the corpora that are there
  (`$MNLU_DATA`; else of the demo corpus), by each pack. Beside it a reader as one would write it by hand for a corpus:
  answers cut at every "; ", a lazy regular expression for each type, the first that matches a clause. It reads some
  answers wrongly, where names have the words that part them; `wrong` counts these.
- **scoring**: seconds to score 10,000 documents with six relations each between concepts of three names, by maximum
  matching, with intervals; beside it the matching alone, by SciPy's `linear_sum_assignment` on a matrix a document.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import re
import time
from collections.abc import Callable, Iterator
from operator import ne
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from mnlu_instruct import console, corpora
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.scoring import scores
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import NO_RELATION, Instance, Label, Parsed, Related, Relations, Stated

REAL = ("bc5cdr", "chemprot", "ddi", "dce")
PACKS = ("verb", "typed", "study", "quoted")
ROUNDS = 3
DOCUMENTS, RELATIONS, NAMES = 10_000, 6, 3


def main() -> None:
    """Measure and print."""
    asked = list(instances())
    rows = []
    for name in PACKS:
        worded = [packs.load(name).worded(one) for one in asked]
        written = [ere.write(one.gold.answer, one) for one in worded]
        stated = sum(len(answer) for one in asked if isinstance(answer := one.gold.answer, tuple))
        pairs = list(zip(written, worded, strict=True))
        ours, found = timed(lambda given: [ere.read(*pair).answer for pair in given], pairs)
        theirs, read = timed(lambda given: [by_hand(*pair) for pair in given], pairs)
        gold = [one.gold.answer for one in asked]
        wrong = [sum(map(ne, gold, said)) for said in (found, read)]
        rows.append((name, f"{stated / ours:,.0f}", f"{stated / theirs:,.0f}", f"{theirs / ours:.2f}", *wrong))
    columns = ("pack", "ours, clauses/s", "by hand, clauses/s", "ratio", "wrong, ours", "wrong, by hand")
    console.table(columns, rows, title=f"Reading {len(asked):,} answers")

    answers = list(made_up(Random(1)))
    whole, score = timed(scores.score, answers)
    alone, right = timed(lambda given: sum(map(assigned, given)), answers)
    ours_right = sum(label.tp for label in score.per_label.values())
    console.output.print(
        f"{DOCUMENTS:,} documents with {RELATIONS} relations between concepts: {whole:.2f} s with intervals, "
        f"{ours_right:,} right; the matching alone by linear_sum_assignment: {alone:.2f} s, {right:,} right."
    )


def instances() -> Iterator[Instance]:
    """The questions of all splits of the corpora that are there, else of the demo corpus."""
    try:
        data = data_directory(None)
    except UserError:
        data = Path()
    there = [name for name in REAL if reading.status(corpora.get(name), data) == "ready"] or ["demo-ere"]
    for name in there:
        corpus = corpora.get(name)
        for split in corpus.splits:
            for record in reading.records(corpus, split, data, Ledger()):
                yield from ere.ask(record, corpus, Ledger())


Given, Found = TypeVar("Given"), TypeVar("Found")


def timed(function: Callable[[Given], Found], given: Given) -> tuple[float, Found]:
    """The fewest seconds of CPU time of several calls, and the result."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        found = function(given)
        times.append(time.process_time() - start)
    return min(times), found


PATTERNS: dict[tuple[Label, ...], list[tuple[str, re.Pattern[str]]]] = {}


def by_hand(text: str, instance: Instance) -> tuple[Stated, ...]:
    """The relations that regular expressions find: names of a list are split at its separators."""
    known = PATTERNS.get(instance.labels)
    if known is None:
        known = PATTERNS[instance.labels] = [(label.key, pattern(label.name)) for label in instance.labels]
    found: dict[Stated, None] = {}
    if text == f"{instance.labels[-1].name}.":
        return ()
    for piece in text.removesuffix(".").split("; "):
        for kind, one in known:
            if match := one.fullmatch(piece):
                names = match.groups() if len(match.groups()) > 1 else re.split(SEPARATORS, match[1].strip('"'))
                found[kind, *names] = None
                break
    return tuple(found)


SEPARATORS = r'"?, and "?|"?, "?|"? and "?| combined with '


def pattern(clause: str) -> re.Pattern[str]:
    """The regular expression of a clause."""
    if "{3}" in clause:
        before, after = clause.partition("{1}")[0], clause.rpartition("{3}")[2]
        return re.compile(f"{re.escape(before)}(.+){re.escape(after)}")
    return re.compile(re.escape(clause).replace(r"\{1\}", "(.+?)").replace(r"\{2\}", "(.+?)"))


def made_up(draw: Random) -> Iterator[Answered]:
    """Documents whose answers state half of their relations, under any of the names, and as many that are wrong."""
    labels = (Label("A", "{1} causes {2}"), Label(NO_RELATION, "nothing is stated"))
    for number in range(DOCUMENTS):
        concepts = [tuple(f"c{one}n{name}" for name in range(NAMES)) for one in range(RELATIONS + 1)]
        pairs = [(concepts[one], concepts[one + 1]) for one in range(RELATIONS)]
        gold = Relations(tuple(Related("A", pair, (pair[0][0], pair[1][0])) for pair in pairs))
        stated = [("A", draw.choice(one), draw.choice(other)) for one, other in pairs[::2]]
        stated += [
            ("A", draw.choice(one), draw.choice(other)) for one, other in zip(concepts, concepts[2:], strict=False)
        ]
        instance = Instance(f"d/test/{number}#ere", "ere", f"d/{number}", "", {}, labels, gold)
        yield Answered(instance, Parsed(tuple(stated)))


def assigned(answered: Answered) -> int:
    """How many predictions are right, by the assignment of most weight."""
    gold, stated = answered.instance.gold, answered.parsed.answer
    assert isinstance(gold, Relations)
    assert isinstance(stated, tuple)
    fits = np.array(
        [
            [all(name in end for name, end in zip(names, related.ends, strict=True)) for related in gold.relations]
            for _, *names in stated
        ],
        float,
    )
    return int(fits[linear_sum_assignment(fits, maximize=True)].sum())


if __name__ == "__main__":
    main()
