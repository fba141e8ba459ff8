"""Search training documents for runs of 13 words of test documents: our hashed index against a dict of strings.

    python benchmarks/leakage.py [TRAINING TESTS]        # default: 20,000 and 2,000 documents

Documents are synthetic abstracts of about 220 words; one of a hundred training documents gets 13 to 60 words of a test
document injected. Both methods normalise the same way, and each runs in a separate process. It prints seconds of CPU
time (making the texts is not counted; the dict is measured on at most 5,000 training documents), their ratio, the share
of injected spans that were found whole, the number of false finds, and the peak memory of the process.
"""

import gc
import multiprocessing
import random
import re
import resource
import sys
import time
import unicodedata
from dataclasses import dataclass, field

from mnlu_instruct import console
from mnlu_instruct.leakage.index import RUN, Index
from mnlu_instruct.leakage.overlap import count, union
from mnlu_instruct.leakage.words import batches, words
from mnlu_instruct.types import Span

WORD = re.compile(r"[^\W_]+")
LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
SHORTEST, LONGEST = 180, 260
INJECTED = 0.01
SAMPLE = 5_000


@dataclass
class Texts:
    """Synthetic abstracts, each a function of its number."""

    tests: int
    vocabulary: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        draw = random.Random(13)
        self.vocabulary = ["".join(draw.choices(LETTERS, k=draw.randint(2, 11))) for _ in range(30_000)]

    def test(self, number: int) -> list[str]:
        """The words of a test document."""
        draw = random.Random(f"test {number}")
        return draw.choices(self.vocabulary, k=draw.randint(SHORTEST, LONGEST))

    def training(self, number: int) -> tuple[list[str], tuple[int, int] | None]:
        """The words of a training document; the test document injected into it, and how many words of it, if any."""
        draw = random.Random(f"training {number}")
        own = draw.choices(self.vocabulary, k=draw.randint(SHORTEST, LONGEST))
        if draw.random() >= INJECTED:
            return own, None
        source, size, place = draw.randrange(self.tests), draw.randint(RUN, 60), draw.randrange(len(own))
        start = draw.randrange(SHORTEST - size)
        own[place:place] = self.test(source)[start : start + size]
        return own, (source, size)


@dataclass
class Run:
    """Seconds, documents searched, (training, test) → words found, and peak memory in MB."""

    index: float = 0.0
    search: float = 0.0
    documents: int = 0
    found: dict[tuple[int, int], int] = field(default_factory=dict)
    peak: float = 0.0


def main() -> None:
    """Measure and print."""
    training, tests = (int(number) for number in sys.argv[1:3] or (20_000, 2_000))
    runs = {}
    for name, search, documents in (("dict", by_dict, min(SAMPLE, training)), ("ours", hashed, training)):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            runs[name] = pool.apply(search, (documents, tests))
    rates = {name: run.documents / run.search for name, run in runs.items()}
    rows = []
    for name, run in runs.items():
        put_in, whole, besides = judged(run, tests)
        share = 100 * whole / put_in
        rows.append((name, run.documents, run.index, int(rates[name]), put_in, share, besides, run.peak))
    columns = ("", "searched", "index, s", "per second", "injected", "found, %", "false finds", "peak, MB")
    console.table(columns, rows, title=f"Training documents searched for 13 words in a row of {tests:,} test documents")
    console.output.print(f"ratio {rates['ours'] / rates['dict']:.1f}")


def hashed(documents: int, tests: int) -> Run:
    """Search with the index of `mnlu leakage`."""
    texts, run = Texts(tests), Run(documents=documents)
    start = time.process_time()
    making = 0.0
    made = [written(texts.test(number)) for number in range(tests)]
    making = time.process_time() - start
    index = Index(made)
    run.index = time.process_time() - start - making
    del made
    numbered = ((number, written(texts.training(number)[0])) for number in range(documents))
    for batch in batches(numbered, lambda item: len(item[1])):
        gc.disable()
        start = time.process_time()
        finds = index.find(words([text for _, text in batch]))
        sources = index.words.texts_of(finds.first)
        spans: dict[tuple[int, int], list[Span]] = {}
        for place, source, first in zip(finds.text.tolist(), sources.tolist(), finds.first.tolist(), strict=True):
            spans.setdefault((batch[place][0], source), []).append((first, first + RUN))
        run.found.update({pair: count(union(some)) for pair, some in spans.items()})
        run.search += time.process_time() - start
        gc.enable()
    return finished(run)


def by_dict(documents: int, tests: int) -> Run:
    """Search with a dict from each run of words, as a string, to its positions."""
    texts, run = Texts(tests), Run(documents=documents)
    made = [written(texts.test(number)) for number in range(tests)]
    start = time.process_time()
    runs: dict[str, list[tuple[int, int]]] = {}
    for source, text in enumerate(made):
        for first, some in enumerate(strings(text)):
            runs.setdefault(some, []).append((source, first))
    run.index = time.process_time() - start
    for number in range(documents):
        text = written(texts.training(number)[0])
        start = time.process_time()
        spans: dict[tuple[int, int], list[Span]] = {}
        for some in strings(text):
            for source, first in runs.get(some, ()):
                spans.setdefault((number, source), []).append((first, first + RUN))
        run.found.update({pair: count(union(found)) for pair, found in spans.items()})
        run.search += time.process_time() - start
    return finished(run)


def strings(text: str) -> list[str]:
    """The runs of 13 words of a text."""
    found = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [" ".join(found[first : first + RUN]) for first in range(len(found) - RUN + 1)]


def written(found: list[str]) -> str:
    """Join words into a text with sentences of ten words."""
    return ". ".join(" ".join(found[start : start + 10]).capitalize() for start in range(0, len(found), 10))


def finished(run: Run) -> Run:
    """Add the peak memory of this process to a run (Linux)."""
    run.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return run


def judged(run: Run, tests: int) -> tuple[int, int, int]:
    """How many spans were injected, how many of them were found whole, and how many finds are false."""
    texts = Texts(tests)
    put_in = {}
    for number in range(run.documents):
        if injected := texts.training(number)[1]:
            put_in[number, injected[0]] = injected[1]
    whole = sum(run.found.get(pair, 0) >= size for pair, size in put_in.items())
    return len(put_in), whole, len(run.found.keys() - put_in.keys())


if __name__ == "__main__":
    main()
