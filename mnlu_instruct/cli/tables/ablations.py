"""Printed tables of ablations: the plan (`--dry-run`) and the results."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mnlu_instruct import console
from mnlu_instruct.ablation.planning import Plan
from mnlu_instruct.ablation.results import Ablation
from mnlu_instruct.ablation.study.results import Cell, Study
from mnlu_instruct.cli.tables.scores import interval


def result(found: Ablation, folder: Path) -> None:
    """Print the results: mean scores ×100 of the cells with intervals, verdicts on the findings, what is missing."""
    drawn = Table(title=found.title, title_justify="left", box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for name in ("system", "mean", "95 %"):
        drawn.add_column(name, justify="left" if name == "system" else "right", no_wrap=True)
    for name in found.metrics:
        drawn.add_column(name, justify="right", overflow="fold")
    for one in (*found.baselines, *found.cells):
        scores = [f"{100 * one.datasets[name].value:.1f}" if name in one.datasets else "–" for name in found.metrics]
        mean, within = (console.cell(100 * one.mean.value), interval(one.mean)) if one.mean else ("–", "failed")
        drawn.add_row(escape(one.name), mean, within, *scores)
    console.show(drawn)
    for finding in found.findings:
        console.output.print(escape(finding.words))
        for pair in finding.differences:
            value = f": {100 * pair.value.value:+.1f} ({interval(pair.value)})" if pair.value else ""
            console.output.print(
                escape(f"  {pair.above} above {pair.below} {found.verdict(pair)}{value}"), soft_wrap=True
            )
    for one in (*found.baselines, *found.cells):
        for seed, reason in one.failures.items():
            console.notice(f"{one.name}, seed {seed}: {reason}")
    if rest := [name for name in found.metrics if name not in found.mean_over]:
        console.notice(
            f"Means are over {', '.join(found.mean_over)}; not all systems have scores on {', '.join(rest)}."
        )
    for names in found.same:
        console.notice(f"{' and '.join(names)} are the same system here: what they differ in is missing.")
    for name, reason in found.lacking.items():
        console.notice(f"without {name}: {reason}")
    console.line(f"figure: {folder}/ablation.html")


def study(found: Study, folder: Path) -> None:
    """Print a study: scores ×100 of models by test set and number of documents, differences that are told apart."""
    columns = [(test_set, shots) for test_set, every in found.columns for shots in every]
    places = {(one.model, one.set, one.shots): one for one in found.cells}
    drawn = Table(title=found.title, title_justify="left", box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    drawn.add_column("model", no_wrap=True)
    for test_set, shots in columns:
        drawn.add_column(f"{test_set}\n{shots}", justify="right", overflow="fold")
    for name in found.models:
        cells = [places.get((name, *column)) for column in columns]
        drawn.add_row(escape(name), *("" if one is None else _mean(one) for one in cells))
    console.show(drawn)
    told = [one for one in found.differences if one.verdict in ("higher", "lower")]
    for one in told:
        where = f"{one.set} {one.shots}"
        console.line(f"{one.second} is {one.verdict} than {one.first} on {where}")
    if found.differences:
        console.line(f"{len(found.differences) - len(told)} of {len(found.differences)} pairs are not told apart")
    for cell in found.cells:
        for seed, reason in cell.failures.items():
            console.notice(f"{cell.model}, {cell.set} {cell.shots}, seed {seed}: {reason}")
    for name, reason in found.lacking.items():
        console.notice(f"without {name}: {reason}")
    console.line(f"figures: {folder}/ablation.html")


def _mean(cell: Cell) -> str:
    return console.cell(100 * cell.score.value.value) if cell.score else "failed"


def plan(planned: Plan) -> None:
    """Print the plan: the cells with their rows, tokens, steps and GPU hours; disk space; what is missing."""
    rows = [
        (
            *(cell.system, cell.trainings, sum(one.drawn for one in cell.rows)),
            *(cell.tokens or "–", cell.steps or "–", "–" if cell.gpu_hours is None else cell.gpu_hours),
        )
        for cell in planned.cells
    ]
    console.table(("cell", "to train", "rows", "tokens", "steps", "GPU hours"), rows, title=planned.title)
    drawn = [
        (cell.system, one.task, one.available, one.drawn, one.times) for cell in planned.cells for one in cell.rows
    ]
    console.table(("cell", "task", "available", "drawn", "repeated"), drawn)
    for cell in planned.cells:
        if cell.failure:
            console.notice(f"{cell.system} can't be built: {cell.failure}")
        if cell.short:
            console.notice(f"{cell.system} has {cell.short:,} fewer rows than requested.")
    disk = planned.disk
    models = "" if disk.models is None else f", models {disk.models / 1e9:,.1f} GB"
    checkpoints = (
        "" if disk.checkpoints is None else f"; during training, {disk.checkpoints / 1e9:,.1f} GB per checkpoint"
    )
    hours = "unknown" if planned.gpu_hours is None else f"{planned.gpu_hours:,.1f}, without start-up and evaluation"
    lines = {
        "evaluations": f"{planned.evaluations[0]} to do, of {planned.evaluations[1]}",
        "processes": f"{planned.processes} per training",
        "tokens/s": f"{f'{planned.speed:,.0f} each, ' if planned.speed else ''}{planned.speed_from}",
        "GPU hours": hours,
        "disk": f"data sets up to {disk.builds / 1e9:,.2f} GB{models}{checkpoints}",
        "tokens": f"not counted: {planned.uncounted}" if planned.uncounted else "counted with the base's tokenizer",
    }
    for name, words in lines.items():
        console.output.print(f"{name:>11}  {escape(words)}", soft_wrap=True)
    for name, reason in planned.lacking.items():
        console.notice(f"missing: {name} {reason}")
