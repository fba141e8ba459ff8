"""The bootstrap against a loop of `counts[drawn].sum(0)`, and scoring a file of predictions as large as ChemProt's.

    python benchmarks/scoring.py

Two sizes: 100,000 documents with the counts of one type, many of which are alike; 5,000 documents with those of 60
labels, all of which differ. Both ways draw 1,000 resamples, on one thread. Printed are seconds of CPU time, their
ratio, and by how much of a standard deviation the means and the standard deviations of the two differ at most: chance
alone makes it some 0.1. Then the seconds that 15,745 answers about pairs take, from the file to scores with intervals.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import json

from mnlu_instruct import questions, scorecard, screen, suites
from mnlu_instruct.questions import Settings
from mnlu_instruct.scoring import bootstrap
from mnlu_instruct.scoring.counts import Numbers

PAIRS = 15_745


def main() -> None:
    """Measure and print."""
    generator = np.random.default_rng(13)
    sizes = {
        "100,000 × 3": np.stack([generator.poisson(mean, 100_000) for mean in (2, 0.5, 0.7)], 1).astype(float),
        "5,000 × 180": generator.poisson(0.3, (5_000, 180)).astype(float),
    }
    rows = []
    for name, sums in sizes.items():
        (slow, expected), (fast, found) = timed(loop, sums), timed(bootstrap.resampled, sums)
        deviation = expected.std(0)
        means = np.abs(found.mean(0) - expected.mean(0)) / deviation
        spreads = np.abs(found.std(0) - deviation) / deviation
        rows.append((name, f"{slow:.2f}", f"{fast:.3f}", slow / fast, f"{max(means.max(), spreads.max()):.2f}"))
    screen.table(("documents × counts", "loop, s", "ours, s", "ratio", "differ by"), rows, title="Bootstrap")
    with tempfile.TemporaryDirectory() as folder:
        path = answers(Path(folder) / "predictions.jsonl")
        seconds, card = timed(lambda paths: scorecard.score(paths, {}), [path])
        (score,) = card.datasets.values()
        size = path.stat().st_size / 1e6
    screen.output.print(f"{score.n:,} answers about pairs ({size:.0f} MB) are scored in {seconds:.1f} s.")


def loop(sums: Numbers) -> Numbers:
    """The plain way."""
    generator = np.random.default_rng(7)
    return np.array([sums[generator.integers(0, len(sums), len(sums))].sum(0) for _ in range(bootstrap.RESAMPLES)])


def timed(function: Callable[[Any], Any], argument: Any) -> tuple[float, Any]:
    """Seconds of CPU time that a call takes, and what it returns."""
    start = time.process_time()
    found = function(argument)
    return time.process_time() - start, found


def answers(path: Path) -> Path:
    """As many right answers as ChemProt has test questions: those of the demo corpus, again and again by other ids."""
    asked = questions.of_suite(suites.load("demo"), Path(), Settings())["demo-re"]
    with path.open("wb") as file:
        for number in range(PAIRS):
            one = asked[number % len(asked)]
            name = f"{one['id']}~{number}"
            group = f"{one['group']}~{number // len(asked)}"
            file.write(json.encode({**one, "id": name, "group": group, "prediction": one["target"]}) + b"\n")
    return path


if __name__ == "__main__":
    main()
