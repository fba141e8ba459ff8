"""The bootstrap against a loop of `counts[drawn].sum(0)`, and scoring a file of predictions as large as ChemProt's.

    python benchmarks/scoring.py

Five sizes: those of BC2GM, ChemProt and HoC; 100,000 documents with the counts of one type, many of which are equal;
and 5,000 documents with the counts of 60 labels, all of which differ. All draw 1,000 resamples, on one thread. It
prints milliseconds of CPU time, and our speed-up over the loop: for the first scoring, on average over the three ways
of scoring, and with the draws cached, as for a second system. `differ by` is the largest difference between the means
and standard deviations of the two, in standard deviations: chance alone makes about 0.1. Last come the seconds to score
15,745 answers about pairs, from the file to scores with intervals.
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

from mnlu_instruct import console
from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation import questions, scorecard
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.scoring import bootstrap
from mnlu_instruct.scoring.counts import Numbers

PAIRS = 15_745
WAYS = 3
"""Ways of scoring: strict, relaxed, reference."""


def main() -> None:
    """Measure and print."""
    generator = np.random.default_rng(13)
    sizes = {
        "5,038 × 3": generator.poisson((0.8, 0.3, 0.3), (5_038, 3)),
        "800 × 19": generator.poisson(0.5, (800, 19)),
        "315 × 34": generator.poisson(0.2, (315, 34)),
        "100,000 × 3": generator.poisson((2, 0.5, 0.7), (100_000, 3)),
        "5,000 × 180": generator.poisson(0.3, (5_000, 180)),
    }
    rows = []
    for name, counts in sizes.items():
        sums = counts.astype(float)
        slow, expected = timed(loop, sums)
        first, found = timed(bootstrap.resampled, sums)
        again = min(timed(bootstrap.resampled, sums)[0] for _ in range(WAYS))
        deviation = expected.std(0)
        means = np.abs(found.mean(0) - expected.mean(0)) / deviation
        spreads = np.abs(found.std(0) - deviation) / deviation
        differ = f"{max(means.max(), spreads.max()):.2f}"
        ratios = (slow / first, WAYS * slow / (first + (WAYS - 1) * again), slow / again)
        rows.append((name, 1000 * slow, 1000 * first, *(f"{ratio:.0f}" for ratio in ratios), differ))
    columns = ("size", "loop, ms", "ours, ms", "first", "three ways", "cached", "differ by")
    console.table(columns, rows, title="Bootstrap")
    with tempfile.TemporaryDirectory() as folder:
        path = answers(Path(folder) / "predictions.jsonl")
        seconds, card = timed(lambda paths: scorecard.score(paths, {}), [path])
        (score,) = card.datasets.values()
        size = path.stat().st_size / 1e6
    console.output.print(f"{score.n:,} answers about pairs ({size:.0f} MB) scored in {seconds:.1f} s.")


def loop(sums: Numbers) -> Numbers:
    """Resample with a plain loop."""
    generator = np.random.default_rng(7)
    return np.array([sums[generator.integers(0, len(sums), len(sums))].sum(0) for _ in range(bootstrap.RESAMPLES)])


def timed(function: Callable[[Any], Any], argument: Any) -> tuple[float, Any]:
    """The seconds of CPU time of a call, and its result."""
    start = time.process_time()
    found = function(argument)
    return time.process_time() - start, found


def answers(path: Path) -> Path:
    """Write as many correct answers as ChemProt has test questions: those of the demo corpus, repeated with new ids."""
    asked = questions.of_suite(suites.load("demo"), Path(), Settings())["demo-re"].questions
    with path.open("wb") as file:
        for number in range(PAIRS):
            one = asked[number % len(asked)]
            name = f"{one['id']}~{number}"
            group = f"{one['group']}~{number // len(asked)}"
            file.write(json.encode({**one, "id": name, "group": group, "prediction": one["target"]}) + b"\n")
    return path


if __name__ == "__main__":
    main()
