"""`mnlu build` against alternatives with Hugging Face `datasets` and plain Python: seconds, ratios and peak memory.

    python benchmarks/build.py [--only pipeline,sample,growth,shuffle,corpora] [--candidates 5000000] [--json]

Every build runs in a fresh process, whose imports are not counted; of three rounds, taken in turn, the fastest counts.
Ratios are of CPU seconds where single processes are compared, else of wall seconds. Corpora are synthetic
(`abstracts.py`), except for the section `corpora`, which uses those in `$MNLU_DATA`.

- **pipeline**: documents → all questions, rendered, on disk. Ours fills an empty store, checks that each answer can be
  read back, draws, renders, writes manifest and card. The `datasets` version does none of that. It uses the same
  functions to read, ask, shuffle and render: our reader's documents as JSON lines, `load_dataset`, `map`,
  `save_to_disk`. *Row by row*, one batched map turns documents into questions, a second map turns each question into a
  row, as in its documentation. *Batched*, one map turns documents into rows, a hundred at a time (the fastest found).
- **sample**: 50,000 questions drawn and rendered from a warm store, against rendering all, then sampling: with
  `datasets` row by row as above, then `shuffle` and `select`; with our functions in plain Python and a reservoir in
  memory that is never written; and the same from our store. The three are measured on a part and scaled up in
  proportion.
- **growth**: CPU seconds as a linear function of `--n` (warm) and of the number of documents (cold).
- **shuffle**: the order of labels, against `random.Random(f"{seed}:{id}").shuffle`; ours also makes a new instance.
- **corpora**: 50,000 rows of everything in `$MNLU_DATA` on two workers, cold and warm; and the parts of the cold build.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import abstracts
import numpy as np
import typer
from msgspec import Struct, json

from mnlu_instruct import console, corpora, tasks
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.dataset import build, plan, rows, store
from mnlu_instruct.dataset.gc_and_arrow import thrifty
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Choices, Instance, Label, Record
from mnlu_instruct.workers import process_pool

ROUNDS = 3
SEED = 42
N = 50_000
DOCUMENTS = 1_000
PART = 600
"""Documents for measuring render-then-sample."""
SIZES, DRAWN = (500, 1_000, 2_000, 4_000), (12_500, 25_000, 50_000, 100_000)
"""Numbers of documents, and of questions drawn from the largest of these, for measuring growth."""
LABELS = (3, 6, 12)

Options = dict[str, Any]
SYNTHETIC: Options = {"corpora": ["biored"], "splits": list(abstracts.SPLITS), "tasks": ["ner", "re"]}
RELATIONS: Options = {**SYNTHETIC, "tasks": ["re"]}
EVERYTHING: Options = {"short": "accept", "n": N}


class Cost(Struct, frozen=True):
    """The cost of a run: wall seconds, CPU seconds of all its processes, peak MB of the largest process, rows made."""

    seconds: float
    cpu: float
    peak: float
    rows: int


class Line(Struct, frozen=True):
    """A measurement, its ratio to what it is compared with, and the goal."""

    what: str
    seconds: float | None = None
    cpu: float | None = None
    peak: float | None = None
    ratio: float | None = None
    goal: str = ""


def main(
    only: Annotated[str | None, typer.Option(help="Sections, separated by commas.  [default: all]")] = None,
    candidates: Annotated[int, typer.Option(min=200_000, help="Questions to draw from.")] = 1_000_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure and print."""
    measured = {}
    for name in only.split(",") if only else SECTIONS:
        with TemporaryDirectory() as place:
            measured[name] = list(SECTIONS[name](Path(place), candidates))
        if not as_json:
            cells = [["" if cell is None else cell for cell in _cells(line)] for line in measured[name]]
            console.table((name, "s", "CPU, s", "MB", "ratio", "goal"), cells)
    if as_json:
        console.print_json(measured)
    else:
        console.output.print(f"load of {os.cpu_count()} cores: {os.getloadavg()[1]:.1f}")


# ---------------------------------------------------------------------------------------------------------------------
# Sections: each measures in an empty folder


def pipeline(place: Path, _: int) -> Iterator[Line]:
    """A whole build, against `datasets`."""
    data = abstracts.write(place / "data", DOCUMENTS)
    by_row, batched, one, two = _quickest(
        lambda: fresh(by_datasets, SYNTHETIC, data, place, True),
        lambda: fresh(by_datasets, SYNTHETIC, data, place, False),
        lambda: fresh(cold, SYNTHETIC, data, place, 1),
        lambda: fresh(cold, SYNTHETIC, data, place, 2),
    )
    assert by_row.rows == batched.rows == one.rows == two.rows
    yield _line(f"{DOCUMENTS:,} documents, {one.rows:,} rows, one worker", one, goal="< 300 MB")
    yield _line("datasets, row by row", by_row, by_row.cpu / one.cpu, "≥ 3")
    yield _line("datasets, batched", batched, batched.cpu / one.cpu, "≥ 3")
    yield _line("two workers", two, one.seconds / two.seconds, "≥ 1.5")


def sample(place: Path, candidates: int) -> Iterator[Line]:
    """A draw from many questions, against render-then-sample."""
    part = abstracts.write(place / "part", PART)
    data = abstracts.write(place / "data", candidates * PART // fresh(_asked, part).rows)
    full = fresh(cold, {**RELATIONS, "n": N}, data, place, 2)
    few, mapped, asked, kept = _quickest(
        lambda: fresh(warm, {**RELATIONS, "n": N}, data, place, 1),
        lambda: fresh(by_datasets, RELATIONS, part, place, True, N / candidates),
        lambda: fresh(_asked, part),
        lambda: fresh(_kept, data, place),
    )
    many = fresh(warm, {**RELATIONS, "n": 5 * N}, data, place, 2)
    yield _line(f"{N:,} of {candidates:,}, cold, two workers", full)
    yield _line("warm, one worker", few, goal="< 500 MB")
    yield _scaled("datasets, row by row", mapped, candidates, few)
    yield _scaled("reservoir", asked, candidates, few, "≥ 100")
    yield _scaled("reservoir from the store", kept, candidates, few)
    yield _line(f"{5 * N:,}, warm, two workers", many, goal="< 500 MB")


def growth(place: Path, _: int) -> Iterator[Line]:
    """How CPU time grows with documents and rows."""
    costs = []
    for size in SIZES:
        data = abstracts.write(place / f"{size}", size)
        costs += _quickest(lambda data=data: fresh(cold, {**RELATIONS, "n": DRAWN[0]}, data, place, 1))
        yield _line(f"{size:,} documents, cold", costs[-1])
    yield _fitted("document", SIZES, costs)
    drawn = [_quickest(lambda n=n: fresh(warm, {**RELATIONS, "n": n}, data, place, 1))[0] for n in DRAWN]
    yield from (_line(f"{n:,} drawn, warm", cost) for n, cost in zip(DRAWN, drawn, strict=True))
    yield _fitted("question", DRAWN, drawn)


def shuffle(_: Path, __: int) -> Iterator[Line]:
    """The order of labels."""
    for count in LABELS:
        labels = tuple(Label(str(index), f"option {index}") for index in range(count))
        asked = [
            Instance(f"biored/train/{number}/T1/T2#re", "re", "", "", {}, labels, Choices(())) for number in range(N)
        ]
        usual, keyed = _quickest(lambda some=asked: _usual(some), lambda some=asked: _keyed(some))
        yield _line(f"{N:,} × {count} labels", keyed)
        yield _line("random.Random", usual, usual.cpu / keyed.cpu, "≥ 3")


def everything(place: Path, _: int) -> Iterator[Line]:
    """A build of everything in `$MNLU_DATA`."""
    data = data_directory().absolute()
    if not any(reading.status(corpus, data) == "ready" for corpus in corpora.training().values()):
        yield Line("no training corpus is in $MNLU_DATA")
        return
    first, again = _quickest(
        lambda: fresh(cold, EVERYTHING, data, place, 2), lambda: fresh(warm, EVERYTHING, data, place, 2)
    )
    yield _line(f"{first.rows:,} rows, cold", first, goal="≤ 15 s")
    yield _line("warm", again, goal="≤ 4 s")
    yield from (Line(f"part of cold: {name}", cpu=seconds) for name, seconds in _parts(data, place).items())


SECTIONS: dict[str, Callable[[Path, int], Iterator[Line]]] = {
    "pipeline": pipeline,
    "sample": sample,
    "growth": growth,
    "shuffle": shuffle,
    "corpora": everything,
}


# ---------------------------------------------------------------------------------------------------------------------
# Runs


def warm(options: Options, data: Path, place: Path, workers: int) -> Cost:
    """A build, with the store in `place`."""
    os.environ["MNLU_CACHE"] = str(place / "store")
    start, before = time.perf_counter(), _cpu(os.getpid())
    with process_pool(workers) as pool:
        drafted = build.draft(build_recipe(None, options), data, pool, _quietly)
        made = build.write(drafted, place / "out", pool, _quietly)
        seconds = time.perf_counter() - start
        running = [os.getpid(), *(child.pid for child in active_children() if child.pid)]
        cost = Cost(seconds, sum(map(_cpu, running)) - before, max(map(_peak, running)), made["rows"])
    rmtree(place / "out")
    return cost


def cold(options: Options, data: Path, place: Path, workers: int) -> Cost:
    """A build that begins with an empty store."""
    rmtree(place / "store", ignore_errors=True)
    return warm(options, data, place, workers)


def by_datasets(options: Options, data: Path, place: Path, by_row: bool, share: float = 1.0) -> Cost:
    """Render all questions about the synthetic abstracts with `datasets`, then sample a share of them."""
    import datasets  # noqa: PLC0415 (no other section needs it)

    datasets.disable_progress_bars()

    def asked(batch: dict[str, list[str]]) -> dict[str, list[str]]:
        found = [
            (split, one) for split, record in zip(*batch.values(), strict=True) for one in _questions(record, options)
        ]
        return {"split": [split for split, _ in found], "question": [json.encode(one).decode() for _, one in found]}

    def row(question: dict[str, str]) -> dict[str, Any]:
        return _row(json.decode(question["question"], type=Instance), question["split"])

    def made(batch: dict[str, list[str]]) -> dict[str, list[Any]]:
        found = [
            _row(one, split)
            for split, record in zip(*batch.values(), strict=True)
            for one in _questions(record, options)
        ]
        return {name: [row[name] for row in found] for name in rows.SCHEMA.names}

    def run() -> int:
        with (place / "documents.jsonl").open("wb") as file:
            for split, record in _records(data):
                file.write(json.encode({"split": split, "record": json.encode(record).decode()}) + b"\n")
        lines, cache = str(place / "documents.jsonl"), str(place / "cache")
        found = datasets.load_dataset("json", data_files=lines, split="train", cache_dir=cache)
        if by_row:
            found = found.map(asked, batched=True, batch_size=100, remove_columns=found.column_names)
            found = found.map(row, remove_columns=found.column_names)
        else:
            found = found.map(made, batched=True, batch_size=100, remove_columns=found.column_names)
        drawn = found if share == 1 else found.shuffle(seed=SEED).select(range(round(share * len(found))))
        drawn.save_to_disk(place / "out")
        return len(found)

    cost = _timed(run)
    rmtree(place / "cache")
    rmtree(place / "out")
    return cost


def _asked(data: Path) -> Cost:
    """Render-then-sample, from the documents."""
    ask, corpus = tasks.re.ask, corpora.get("biored")
    return _timed(
        lambda: _reservoir((one, split) for split, record in _records(data) for one in ask(record, corpus, Ledger()))
    )


def _kept(data: Path, place: Path) -> Cost:
    """Render-then-sample, from a warm store."""
    os.environ["MNLU_CACHE"] = str(place / "store")
    held = store.load_or_make("biored", "train", data)
    some = np.arange(min(held.rows, 10 * store.BATCH))
    return _timed(lambda: _reservoir((one, "train") for one in store.instances(held.path, some)))


def _usual(asked: list[Instance]) -> Cost:
    def run() -> int:
        for one in asked:
            random.Random(f"{SEED}:{one.id}").shuffle(list(one.labels))
        return len(asked)

    return _timed(run)


def _keyed(asked: list[Instance]) -> Cost:
    def run() -> int:
        for one in asked:
            label_shuffle.shuffled(one, SEED)
        return len(asked)

    return _timed(run)


def _reservoir(questions: Iterable[tuple[Instance, str]]) -> int:
    """Render all, and keep a uniform sample of them (Vitter's algorithm R)."""
    draw, kept, count = random.Random(SEED), list[dict[str, Any]](), 0
    for count, (one, split) in enumerate(questions, 1):
        made = _row(one, split)
        if len(kept) < N:
            kept.append(made)
        elif (place := draw.randrange(count)) < N:
            kept[place] = made
    return count


def _parts(data: Path, place: Path) -> dict[str, float]:
    """CPU seconds of filling the store in one process, by part."""
    os.environ["MNLU_CACHE"] = str(place / "store")
    rmtree(place / "store", ignore_errors=True)
    from nltk.tokenize.punkt import PunktSentenceTokenizer  # noqa: PLC0415 (would add to every process' memory)

    units = plan.plan(build_recipe(None, EVERYTHING), data).units
    cutting, span_tokenize = [0.0], PunktSentenceTokenizer.span_tokenize

    def timed(self: Any, text: str, realign_boundaries: bool = True) -> Iterator[tuple[int, int]]:
        start = time.process_time()
        found = list(span_tokenize(self, text, realign_boundaries))
        cutting[0] += time.process_time() - start
        return iter(found)

    def read(ask: bool) -> int:
        for unit, corpus in units.items():
            for record in reading.records(corpus, unit.split, data, Ledger()):
                if ask:
                    list(tasks.instances(record, corpus, corpus.tasks, Ledger()))
        return 0

    PunktSentenceTokenizer.span_tokenize = timed
    with thrifty():
        read(ask=True)  # imports, caches
        reads, cutting[0] = _timed(lambda: read(ask=False)).cpu, 0.0
        asks = _timed(lambda: read(ask=True)).cpu - reads
        sentences = cutting[0]
        keeps = (
            _timed(lambda: len([store.load_or_make(unit.corpus, unit.split, data) for unit in units])).cpu
            - asks
            - reads
        )
    PunktSentenceTokenizer.span_tokenize = span_tokenize
    return {"reading": reads, "sentence ends": sentences, "asking": asks - sentences, "keeping": keeps}


# ---------------------------------------------------------------------------------------------------------------------
# Helpers


def fresh(function: Callable[..., Cost], *arguments: object) -> Cost:
    """A run in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def _quickest(*runs: Callable[[], Cost]) -> list[Cost]:
    """Do several rounds of runs, in turn, and return the fastest of each."""
    found = [[run() for run in runs] for _ in range(ROUNDS)]
    return [min(costs, key=lambda cost: cost.cpu) for costs in zip(*found, strict=True)]


def _timed(run: Callable[[], int]) -> Cost:
    start, before = time.perf_counter(), time.process_time()
    count = run()
    return Cost(time.perf_counter() - start, time.process_time() - before, _peak(os.getpid()), count)


def _records(data: Path) -> Iterator[tuple[str, Record]]:
    for split in abstracts.SPLITS:
        for record in reading.records(corpora.get("biored"), split, data, Ledger()):
            yield split, record


def _questions(record: str, options: Options) -> Iterator[Instance]:
    read: Record = json.decode(record, type=Record)
    for name in options["tasks"]:
        yield from tasks.FAMILIES[name].ask(read, corpora.get("biored"), Ledger())


def _row(instance: Instance, split: str) -> dict[str, Any]:
    return rows.row(label_shuffle.shuffled(instance, SEED), corpora.get("biored"), split, packs.load("mnlu"))


def _line(what: str, cost: Cost, ratio: float | None = None, goal: str = "") -> Line:
    return Line(what, cost.seconds, cost.cpu, cost.peak, ratio, goal)


def _scaled(what: str, part: Cost, candidates: int, ours: Cost, goal: str = "") -> Line:
    """The cost of a part, scaled up to all candidates."""
    scale = candidates / part.rows
    cpu = part.cpu * scale
    return Line(f"{what} ({part.rows:,}, scaled)", part.seconds * scale, cpu, part.peak, cpu / ours.cpu, goal)


def _fitted(what: str, sizes: Iterable[int], costs: Iterable[Cost]) -> Line:
    """A least-squares line through the costs: its slope (CPU time for one more), and R²."""
    x, y = np.array([*sizes]), np.array([cost.cpu for cost in costs])
    slope, start = np.polyfit(x, y, 1)
    fit = 1 - ((y - slope * x - start) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    return Line(f"{1e6 * slope:,.0f} µs per {what}, R² {fit:.4f}")


def _cpu(pid: int) -> float:
    """CPU seconds of a process so far (Linux)."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    """The peak memory of a process so far, in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def _quietly(stage: str, share: float) -> None:
    """Show no progress bar."""


def _cells(line: Line) -> tuple[object, ...]:
    return line.what, line.seconds, line.cpu, line.peak, line.ratio, line.goal


if __name__ == "__main__":
    typer.run(main)
