"""The protocols of BioGPT (Luo et al., 2022) for BC5CDR and DDI."""

import re
from collections.abc import Callable, Sequence, Set

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, f1, ratio
from mnlu_instruct.scoring.protocols import grounding
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics, of_sets
from mnlu_instruct.types import Stated

SIGNS = re.compile(r"[^a-zA-Z0-9]+")
Triples = Set[tuple[str, ...]]
Shown = Callable[[str], str]
"""What of a name is compared."""


def measure_cdr(said: Sequence[Said]) -> Statistics:
    """Micro F1 of pairs of ids: names are lower-cased, and looked up in one table of the whole test set.

    All names without an id have the same one there ("-1"), so two wrong relations may count as one. The table depends
    on the order of the documents, because the last of several concepts with one name wins: on the test set of BC5CDR,
    13 relations of a perfect answer become others (F1 98.8).
    """
    table = grounding.Table(said)
    return of_sets([({table.grounded(stated) for stated in one.stated}, grounding.gold(one)) for one in said])


def measure_ddi(said: Sequence[Said]) -> Statistics:
    """The mean over texts with interactions of each text's own F1, precision and recall.

    Relations are (drug, type, drug), in the order of the text. Of names, letters of a–z and digits are compared. All
    names are compared once without a bracket at their end and once by what stands in it alone, and the better
    precision and the better recall count, even if they are not of the same comparison.

    The released script prints three F1, and the paper doesn't say which one its 40.76 is. `f1` is the script's "micro",
    `f1_of_means` its "macro", the F1 of the mean precision and recall. The third ("onto"), over the distinct relations
    of all texts together, is not here.
    """
    rows = np.zeros((len(said), 4))
    for row, one in zip(rows, said, strict=True):
        if gold := {related.stated for related in one.gold.relations}:
            row[1:] = *_better(set(one.stated), gold), 1
    rows[:, 0] = f1(rows[:, 1], rows[:, 2])
    return Statistics(
        rows,
        {
            "f1": lambda sums: _mean(sums, 0),
            "precision": lambda sums: _mean(sums, 1),
            "recall": lambda sums: _mean(sums, 2),
            "f1_of_means": lambda sums: f1(_mean(sums, 1), _mean(sums, 2)),
        },
    )


def _mean(sums: Numbers, column: int) -> Numbers:
    return ratio(sums[..., column], sums[..., 3])


def _better(stated: Set[Stated], gold: Set[Stated]) -> tuple[float, float]:
    """The better precision and the better recall of the two ways in which names are shown."""
    both = [(_shown(stated, way), _shown(gold, way)) for way in (before_bracket, in_bracket)]
    precisions = [len(one & other) / len(one) if one else 0.0 for one, other in both]
    recalls = [len(one & other) / len(other) for one, other in both]
    return max(precisions), max(recalls)


def _shown(relations: Set[Stated], way: Shown) -> Triples:
    return {(kind, *(way(name.lower().replace(" ", "")) for name in names)) for kind, *names in relations}


def before_bracket(name: str) -> str:
    """The letters and digits of a name, without a bracket at its end: "aspirin (ASA)" → "aspirin"."""
    return _bare(name.rpartition("(")[0] if _is_bracketed(name) else name)


def in_bracket(name: str) -> str:
    """Those in the bracket at its end, if it has one: "aspirin (ASA)" → "ASA"."""
    return _bare(name.rpartition("(")[2].removesuffix(")") if _is_bracketed(name) else name)


def _is_bracketed(name: str) -> bool:
    return "(" in name and name.endswith(")")


def _bare(name: str) -> str:
    return SIGNS.sub("", name.replace("-type", ""))
