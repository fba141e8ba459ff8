"""Write corpora in their native formats, with a test's own texts: DrugProt for training, ChemProt as test set."""

from collections.abc import Mapping
from pathlib import Path

TRAINING = "drugprot/drugprot-gs-training-development/training/drugprot_training"
TESTED = "chemprot/chemprot_test_gs/chemprot_test_gs"

SUITE = """\
name: mine
description: of this test
datasets:
  - {name: tested, corpus: chemprot, task: re}
"""


def numbered(start: int, count: int) -> str:
    """Words that occur nowhere else."""
    return " ".join(f"word{number}" for number in range(start, start + count))


def corpora(data: Path, training: Mapping[str, str], tested: Mapping[str, str], listed: str = "") -> str:
    """Write both corpora (PubMed id → abstract) and a suite of the test set; returns the suite's path."""
    _write(data / f"{TRAINING}_abstracs.tsv", training)
    _write(data / f"{TESTED}_abstracts.tsv", tested)
    for path in (f"{TRAINING}_entities", f"{TRAINING}_relations", f"{TESTED}_entities", f"{TESTED}_gold_standard"):
        _write(data / f"{path}.tsv", {})
    if listed:
        (data / "drugprot" / "training-pmids.txt").write_text(listed, "utf-8")
    suite = data / "mine.yaml"
    suite.write_text(SUITE, "utf-8")
    return str(suite)


def _write(path: Path, abstracts: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{pmid}\tT{pmid}\t{text}\n" for pmid, text in abstracts.items()), "utf-8")
