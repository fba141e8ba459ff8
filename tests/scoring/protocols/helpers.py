"""Answers for tests of protocols: small ones, and perfect ones on the real test sets."""

from functools import cache

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import Instance, Label, Parsed, Related, Relations, Stated
from tests.support import REAL

STUDY = REAL.parent / "re-study"
CEILINGS = STUDY / "ceilings.yaml"
needs_the_study = pytest.mark.skipif(not STUDY.is_dir(), reason="no ceilings and tokenizers in ../shared/re-study")

LABELS = (Label("A", "{1} a {2}"), Label("B", "{1} b {2}"), Label("none", "none"))


def related(kind: str, *names: str | tuple[str, ...], concepts: tuple[str, ...] = ()) -> Related:
    return Related(kind, tuple((name,) if isinstance(name, str) else name for name in names), concepts)


def said(gold: Relations | list[Related], *stated: Stated, name: str = "1") -> Said:
    """An answer that states some relations."""
    wanted = gold if isinstance(gold, Relations) else Relations(tuple(gold))
    return Said(Instance(name, "ere", name, "", {}, LABELS, wanted), "", "", parsed=Parsed(stated))


def counts(measured: Statistics) -> tuple[float, ...]:
    """The sums of the rows: for sets, right, wrong and missed."""
    return tuple(measured.rows.sum(0).tolist())


def value(measured: Statistics, metric: str = "f1", digits: int = 1) -> float:
    """A metric ×100."""
    return round(100 * float(measured.metrics[metric](measured.rows.sum(0))), digits)


@cache
def asked(corpus: str, split: str = "test") -> tuple[Instance, ...]:
    """The questions of a split, in file order."""
    declared = corpora.get(corpus)
    records = reading.records(declared, split, REAL, Ledger())
    return tuple(one for record in records for one in ere.ask(record, declared, Ledger()))


@cache
def perfect(corpus: str) -> tuple[Said, ...]:
    """The gold answers of a test set, written and read."""
    texts = [(one, ere.write(one.gold.answer, one)) for one in asked(corpus)]
    return tuple(Said(one, text, text, parsed=ere.read(text, one)) for one, text in texts)
