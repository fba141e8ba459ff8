"""What is printed: results to standard output; progress, notices and errors to standard error."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import yaml
from msgspec import json
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from mnlu_instruct.ablation.planning import Plan as AblationPlan
    from mnlu_instruct.ablation.results import Ablation
    from mnlu_instruct.build import Draft
    from mnlu_instruct.build import Progress as Report
    from mnlu_instruct.check import Reading
    from mnlu_instruct.compare import Comparison
    from mnlu_instruct.fetch import Outcome
    from mnlu_instruct.merging.grid import Sweep
    from mnlu_instruct.prompts import Message
    from mnlu_instruct.scorecard import Scorecard
    from mnlu_instruct.scoring.scores import Estimate
    from mnlu_instruct.sensitivity import Sensitivity, Spread
    from mnlu_instruct.training.advice import Fit
    from mnlu_instruct.training.plan import Plan

LEVEL = 0.05
"""Of a test: a difference that is less probable than this where there is none is hardly chance."""
SHORT = 20
"""Cells of up to so many characters are never broken."""

output = Console(highlight=False, soft_wrap=False)
notices = Console(stderr=True, highlight=False)


def document(value: object) -> None:
    """One JSON document, and nothing else, on standard output."""
    output.file.write(json.format(json.encode(value), indent=2).decode() + "\n")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str = "",
    totals: Sequence[object] = (),
    dense: bool = False,
) -> None:
    """A table; columns whose cells are all numbers are set flush right, with separated thousands.

    Args:
        columns: their names.
        rows: their cells; an empty one is no number.
        title: above it.
        totals: below it.
        dense: with little space between columns.
    """
    cells = [list(row) for row in rows]
    drawn = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, show_footer=bool(totals))
    drawn.collapse_padding, drawn.pad_edge = dense, not dense
    for index, name in enumerate(columns):
        numbers = [isinstance(row[index], int | float) for row in cells if row[index] != ""]
        numeric = bool(numbers) and all(numbers)
        footer = _cell(totals[index]) if totals else ""
        short = all(len(_cell(row[index])) <= SHORT for row in cells)
        drawn.add_column(name, footer, justify="right" if numeric else "left", overflow="fold", no_wrap=short)
    for row in cells:
        drawn.add_row(*map(_cell, row))
    output.print(drawn)


def mixture(drafted: "Draft", free: int | None = None) -> None:
    """The mixture table: what is available, drawn, its share of the data set, its tokens (if counted), its text in MB.

    Args:
        drafted: the build.
        free: how many bytes are free where it will be written.
    """
    mixed = drafted.mixture
    counted = any(row.tokens is not None for row in mixed.rows)
    columns = ("task", "corpus", "split", "domain", "available", "drawn", "%", *(("tokens",) * counted), "MB")
    rows = [
        (
            *(row.task, row.corpus, row.split, row.domain, row.available, row.drawn, 100 * row.drawn / mixed.total),
            *((row.tokens or 0,) * counted),
            row.characters / 1e6,
        )
        for row in mixed.rows
    ]
    available, tokens = sum(row.available for row in mixed.rows), sum(row.tokens or 0 for row in mixed.rows)
    totals = ("all", "", "", "", available, mixed.total, 100.0, *((tokens,) * counted), mixed.size / 1e6)
    table(columns, rows, title="Mixture", totals=totals)
    if free is not None:
        output.print(f"up to about {mixed.size / 1e6:,.1f} MB on disk; {free / 1e6:,.0f} MB are free", soft_wrap=True)
    for name, reason in drafted.plan.unused.items():
        notices.print(f"not used: {name} {reason}", style="dim")
    for task in drafted.recipe.tasks:
        if not any(row.task == task for row in mixed.rows):
            notice(f"No instance of task '{task}' is there.")


def reading(one: "Reading") -> None:
    """One split of a corpus as read."""
    rows: list[tuple[str, str, object, object]] = []
    for name, count in one.totals.items():
        if count or name in one.published:
            flag = " ≠" if name in one.differences else ""
            rows.append((name, "", count, f"{one.published[name]:,}{flag}" if name in one.published else ""))
    for kind in ("mentions", "relations", "events", "instances", "repairs", "drops"):
        rows += [(kind, name, count, "") for name, count in getattr(one, kind).items()]
    table(("", "of", "read", "published"), rows, title=f"{one.corpus}/{one.split}")


def fetched(outcomes: "Sequence[Outcome]") -> None:
    """What became of corpus files: those that are there, what to do for others, what went wrong."""
    ready = [(one.corpus, one.file, one.status, one.words) for one in outcomes if one.status in {"fetched", "there"}]
    if ready:
        table(("corpus", "file", "", "how"), ready)
    for one in outcomes:
        if one.status == "by hand":
            output.print(f"{one.corpus}: {one.words}", soft_wrap=True, markup=False)
        elif one.status == "failed":
            error(f"{one.corpus}: {one.words}", one.hint)


def scores(card: "Scorecard") -> None:
    """Headline scores ×100 with intervals, what stands beside them, and the averages of suites."""
    rows = []
    for name, one in card.datasets.items():
        estimate = one.metrics[one.headline]
        interval = f"{100 * estimate.low:.1f}–{100 * estimate.high:.1f}"
        found = [100 * one.metrics[part].value if part in one.metrics else "" for part in ("precision", "recall")]
        score = (name, one.headline, 100 * estimate.value, interval)
        rows.append((*score, *found, 100 * one.unreadable, one.incomplete or one.n))
    columns = ("data set", "metric", "score", "95 %", "P", "R", "unread. %", "questions")
    table(columns, rows, title="Scores" if card.mode == "strict" else f"Scores, {card.mode}", dense=True)
    _beside(card)
    for name, average in card.suites.items():
        output.print(f"{name}: mean {average.mean}, by task {average.task_macro} ({average.over} data sets)")


def _beside(card: "Scorecard") -> None:
    """The shares that say what a score is worth, of data sets that have some, or of which it is known what was seen."""
    rows = []
    for name, one in card.datasets.items():
        hallucinated = one.shares.get("hallucinated", 0.0)
        if one.truncated or hallucinated or one.seen is not None:
            seen = "" if one.seen is None else 100 * one.seen
            rows.append((name, 100 * one.truncated, 100 * hallucinated, seen))
    if rows:
        title = "Beside them: answers cut off, spans not in the text, questions about texts that were trained on"
        table(("data set", "cut off, %", "not in the text, %", "trained on, %"), rows, title, dense=True)


def systems(cards: "Mapping[str, Scorecard]") -> None:
    """Headline scores ×100 of several systems side by side, the best of a row in bold, and their means."""
    columns = list(cards)
    first = next(iter(cards.values()))
    drawn = Table(title="Scores", title_justify="left", box=SIMPLE_HEAD, show_footer=True, collapse_padding=True)
    drawn.add_column("data set", "mean by task", no_wrap=True)
    drawn.add_column("metric", no_wrap=True)
    for system, card in cards.items():
        drawn.add_column(
            system, *(_cell(average.task_macro) for average in card.suites.values()), justify="right", no_wrap=True
        )
    for name, one in first.datasets.items():
        values = [_headline(cards[system], name) for system in columns]
        cells = [f"[bold]{_cell(value)}[/]" if value == max(values) else _cell(value) for value in values]
        drawn.add_row(escape(name), one.headline, *cells)
    output.print(drawn)


def merges(swept: "Sweep") -> None:
    """The models of a grid with their scores ×100, the best merge in bold, and what to do next."""
    names = list(swept.systems[0].card.datasets)
    rows = [
        (system.name, system.average.mean, *(_headline(system.card, name) for name in names))
        for system in swept.systems
    ]
    table(("model", "mean", *names), rows, title=f"Merges by {swept.method}, scored on {swept.suite}")
    best = swept.best
    output.print(f"best: {best.name}, mean {best.average.mean} ({best.average.over} data sets)")
    output.print(f"a plot: {swept.folder}/sweep.html; next: mnlu merge {swept.folder}/best.yaml", soft_wrap=True)


def ablation(found: "Ablation", folder: "Path") -> None:
    """The means ×100 of an ablation's cells with intervals, what became of the findings, and what is missing."""
    drawn = Table(title=found.title, title_justify="left", box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for name in ("system", "mean", "95 %"):
        drawn.add_column(name, justify="left" if name == "system" else "right", no_wrap=True)
    for name in found.metrics:
        drawn.add_column(name, justify="right", overflow="fold", min_width=4)
    for one in (*found.baselines, *found.cells):
        scores = [f"{100 * one.datasets[name].value:.1f}" if name in one.datasets else "–" for name in found.metrics]
        mean, within = (_cell(100 * one.mean.value), _interval(one.mean)) if one.mean else ("–", "failed")
        drawn.add_row(escape(one.name), mean, within, *scores)
    output.print(drawn)
    for finding in found.findings:
        output.print(escape(finding.words))
        for pair in finding.differences:
            value = f": {100 * pair.value.value:+.1f} ({_interval(pair.value)})" if pair.value else ""
            output.print(escape(f"  {pair.above} above {pair.below} {found.verdict(pair)}{value}"), soft_wrap=True)
    for one in (*found.baselines, *found.cells):
        for seed, reason in one.failures.items():
            notice(f"{one.name}, seed {seed}: {reason}")
    if rest := [name for name in found.metrics if name not in found.mean_over]:
        notice(f"Means are over {', '.join(found.mean_over)}: not all systems were asked {', '.join(rest)}.")
    for names in found.same:
        notice(f"{' and '.join(names)} are one and the same here: what differs isn't there.")
    for name, reason in found.lacking.items():
        notice(f"without {name}: {reason}")
    output.print(f"the figure: {folder}/ablation.html", soft_wrap=True, markup=False)


def ablation_plan(plan: "AblationPlan") -> None:
    """What an ablation would do: its cells with their rows, tokens, steps and hours; what is missing; disk."""
    rows = [
        (
            *(cell.system, cell.trainings, sum(one.drawn for one in cell.rows)),
            *(cell.tokens or "–", cell.steps or "–", "–" if cell.gpu_hours is None else cell.gpu_hours),
        )
        for cell in plan.cells
    ]
    table(("cell", "to train", "rows", "tokens", "steps", "GPU hours"), rows, title=plan.title)
    drawn = [(cell.system, one.task, one.available, one.drawn, one.times) for cell in plan.cells for one in cell.rows]
    table(("cell", "task", "available", "drawn", "repeated"), drawn)
    for cell in plan.cells:
        if cell.failure:
            notice(f"{cell.system} can't be built: {cell.failure}")
        if cell.short:
            notice(f"{cell.system} has {cell.short:,} rows fewer than asked for.")
    disk = plan.disk
    models = "" if disk.models is None else f", models {disk.models / 1e9:,.1f} GB"
    checkpoints = (
        "" if disk.checkpoints is None else f"; while one trains, {disk.checkpoints / 1e9:,.1f} GB a checkpoint"
    )
    hours = "not known" if plan.gpu_hours is None else f"{plan.gpu_hours:,.1f}, without start-up and evaluation"
    lines = {
        "evaluations": f"{plan.evaluations[0]} to do, of {plan.evaluations[1]}",
        "processes": f"{plan.processes} a training",
        "tokens/s": f"{f'{plan.speed:,.0f} each, ' if plan.speed else ''}{plan.speed_from}",
        "GPU hours": hours,
        "disk": f"data sets up to {disk.builds / 1e9:,.2f} GB{models}{checkpoints}",
        "tokens": f"not counted: {plan.uncounted}" if plan.uncounted else "counted by the base's tokenizer",
    }
    for name, words in lines.items():
        output.print(f"{name:>11}  {escape(words)}", soft_wrap=True)
    for name, reason in plan.lacking.items():
        notice(f"missing: {name} {reason}")


def _interval(value: "Estimate") -> str:
    """A 95 % interval ×100."""
    low, high = f"{100 * value.low:.1f}", f"{100 * value.high:.1f}"
    return f"{low} to {high}" if value.low < 0 else f"{low}–{high}"


def _headline(card: "Scorecard", dataset: str) -> float:
    score = card.datasets[dataset]
    return 100 * score.metrics[score.headline].value


def training(plan: "Plan") -> None:
    """What a training would do: its recipe, its size, what it takes on each GPU, and which GPUs it fits."""
    output.print(yaml.safe_dump(plan.recipe, sort_keys=False, width=float("inf")), soft_wrap=True, markup=False)
    launch, data, size = plan.launch, plan.data, plan.counts
    place = "process" if plan.cpu else "GPU"
    places = f"{launch.processes} {place if launch.processes == 1 else 'processes' if plan.cpu else 'GPUs'}"
    machines = f" on {launch.machines} machines" if launch.machines > 1 else ""
    assumed = ", as in the paper: there is none here, -- --num_processes says how many" if launch.assumed else ""
    first = "and built first" if launch.machines == 1 else "to be built before, on one machine"
    there = "not there" if plan.build is None else f"not there, {first}: {plan.build}"
    lines = {
        "model": f"{size.all:,} parameters, {size.trained:,} of them trained",
        "data": there if data.rows is None else f"{data.rows:,} rows",
        "tokens": "not counted yet" if data.tokens is None else f"{data.tokens:,} an epoch",
        "spread": ", ".join(filter(None, (plan.strategy, places))) + machines + assumed,
        "batch": f"{data.batch} {data.unit} a step",
        "steps": "not known yet" if data.steps is None else f"{data.steps:,}",
        "seen": "not known yet" if data.seen is None else f"{data.seen:,} tokens in all steps",
    }
    for name, words in lines.items():
        output.print(f"{name:>6}  {escape(words)}", soft_wrap=True)
    output.print(f"\nMemory of a {place}, estimated for rows of full length:")
    unit, scale = ("GB", 1e9) if plan.total > 1e10 else ("MB", 1e6)
    parts = {name: getattr(plan.memory, name) / scale for name in plan.memory.__struct_fields__ if name != "host"}
    table(("for", unit), ((name, taken) for name, taken in parts.items() if taken), "", ("at once", plan.total / scale))
    if plan.host:
        output.print(f"and {plan.host / 1e9:,.0f} GB of each machine's memory")
    if plan.fits:
        table(("GPU, GB", "fits", "fewest GPUs", "to make it fit", "GB"), map(_fit, plan.fits))


def _fit(one: "Fit") -> tuple[object, ...]:
    advice = one.advice or ("" if one.fits else "nothing known here")
    host = f"; {one.host / 1e9:,.0f} GB on the host" if one.host else ""
    return (one.size, "yes" if one.fits else "no", str(one.fewest or "–"), advice + host, one.memory / 1e9)


def comparison(compared: "Comparison") -> None:
    """Both systems' headline scores ×100 and their difference; in bold where it is hardly chance."""
    drawn = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    drawn.add_column("data set", no_wrap=True)
    drawn.add_column("metric", no_wrap=True)
    for column in ("first", "second", "diff.", "95 %", "p", "detectable"):
        drawn.add_column(column, justify="right", no_wrap=True)
    for name, one in compared.datasets.items():
        found = one.difference
        value, low, high = (f"{100 * part:+.1f}" for part in (found.value.value, found.value.low, found.value.high))
        drawn.add_row(
            *(escape(name), found.metric, f"{100 * found.first:.1f}", f"{100 * found.second:.1f}"),
            *(f"[bold]{value}[/]" if one.p_holm < LEVEL else value, f"{low} to {high}"),
            *(f"{one.p_holm:.3f}", f"{100 * found.detectable:.1f}"),
        )
    output.print(f"first: {compared.first}; second: {compared.second}", soft_wrap=True, markup=False)
    output.print(drawn)
    words = "p is corrected for the number of data sets (Holm); a difference as large as detectable shows in 4 of 5."
    output.print(words, style="dim")
    for name, one in compared.datasets.items():
        if any(one.only):
            notice(f"{name}: left out are {one.only[0]:,} questions of the first alone, {one.only[1]:,} of the second.")
    for name, run in compared.lacking.items():
        notice(f"{name} is not compared: {run} has no question of it that the other has.")


def sensitivity(found: "Sensitivity") -> None:
    """The spread of headline scores ×100 over packs: of data sets, then of averages."""
    rows = [
        (name, one.metric, 100 * one.mean, 100 * one.deviation, *_ends(one))
        for name, one in (*found.datasets.items(), *found.suites.items())
    ]
    columns = ("", "metric", "mean", "± sd", "lowest", "highest")
    table(columns, rows, title=f"{found.system} with packs {', '.join(found.packs)}", dense=True)


def _ends(one: "Spread") -> tuple[str, str]:
    low, high = (f"{100 * one.packs[pack]:.1f} {pack}" for pack in (one.lowest, one.highest))
    return low, high


def stage(name: str) -> None:
    """The heading of what comes now."""
    notices.rule(escape(name), align="left", style="cyan")


def conversation(title: str, messages: "Iterable[Message]") -> None:
    """Messages, each in a frame; the gold answer is the assistant's."""
    output.rule(escape(title), align="left")
    for message in messages:
        style = "green" if message["role"] == "assistant" else "none"
        output.print(Panel(escape(message["content"]), title=message["role"], title_align="left", border_style=style))


def notice(words: str) -> None:
    """Something to know, in one line: it may stand in the log of a job."""
    notices.print(escape(words), style="yellow", soft_wrap=True)


def error(message: str, hint: str) -> None:
    """What went wrong, and what to do."""
    notices.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    if hint:
        notices.print(f"[bold]hint:[/] {escape(hint)}", soft_wrap=True)


@contextmanager
def progress() -> "Iterator[Report]":
    """A bar a stage, on a terminal's standard error."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=notices) as bars:
        stages: dict[str, TaskID] = {}

        def report(stage: str, share: float) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=1.0)
            bars.update(stages[stage], completed=share)

        yield report


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
