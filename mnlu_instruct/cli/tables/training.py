"""Printed plan of a training (`mnlu train --dry-run`)."""

from collections.abc import Mapping

import yaml
from rich.markup import escape

from mnlu_instruct import console
from mnlu_instruct.pretraining.plan import Plan as Pretraining
from mnlu_instruct.training.estimate.advice import Fit
from mnlu_instruct.training.estimate.plan import Plan


def plan(planned: Plan) -> None:
    """Print the plan of a training: its recipe and size, the memory of each GPU, and which GPUs it fits."""
    console.line(yaml.safe_dump(planned.recipe, sort_keys=False, width=float("inf")))
    launch, data, size = planned.launch, planned.data, planned.counts
    place = "process" if planned.cpu else "GPU"
    places = f"{launch.processes} {place if launch.processes == 1 else 'processes' if planned.cpu else 'GPUs'}"
    machines = f" on {launch.machines} machines" if launch.machines > 1 else ""
    assumed = (
        ", as in the paper, since there is none here; -- --num_processes sets the number" if launch.assumed else ""
    )
    first = "built first" if launch.machines == 1 else "to be built before, on one machine"
    there = "missing" if planned.build is None else f"missing, {first}: {planned.build}"
    lines = {
        "model": f"{size.all:,} parameters, {size.trained:,} of them trained",
        "data": there if data.rows is None else f"{data.rows:,} rows",
        "tokens": "not counted yet" if data.tokens is None else f"{data.tokens:,} per epoch",
        "spread": ", ".join(filter(None, (planned.strategy, places))) + machines + assumed,
        "batch": f"{data.batch} {data.unit} per step",
        "steps": "not known yet" if data.steps is None else f"{data.steps:,}",
        "seen": "not known yet" if data.seen is None else f"{data.seen:,} tokens in all steps",
    }
    _print(lines)
    _memory(planned, place)


def pretraining(planned: Pretraining) -> None:
    """Print the plan of a pretraining: as `plan`, with the hours that its steps take."""
    console.line(yaml.safe_dump(planned.recipe, sort_keys=False, width=float("inf")))
    launch, size = planned.launch, planned.counts
    place = "process" if planned.cpu else "GPU"
    places = f"{launch.processes} {place if launch.processes == 1 else 'processes' if planned.cpu else 'GPUs'}"
    passes = "" if planned.epochs is None else f", {planned.epochs:,.1f} times each document"
    assumed = ", assumed: there is none here; -- --num_processes sets the number" if launch.assumed else ""
    lines = {
        "model": f"{size.all:,} parameters",
        "data": "missing: mnlu pubmed makes it" if planned.documents is None else f"{planned.documents:,} documents",
        "tokens": "not known yet" if planned.tokens is None else f"{planned.tokens:,} per epoch",
        "spread": ", ".join(filter(None, (planned.strategy, places))) + assumed,
        "batch": f"{planned.batch:,} documents per step",
        "steps": "not known yet" if planned.steps is None else f"{planned.steps:,}{passes}",
    }
    if planned.hours:
        hours = ", ".join(f"{one.hours:,.0f} on {one.gpu}s" for one in planned.hours)
        lines["hours"] = f"{hours}, at 35 % of their peak in bfloat16"
    _print(lines)
    _memory(planned, place)


def _print(lines: Mapping[str, str]) -> None:
    for name, words in lines.items():
        console.output.print(f"{name:>6}  {escape(words)}", soft_wrap=True)


def _memory(planned: Plan | Pretraining, place: str) -> None:
    """Print the memory of each GPU or process, and which GPUs it fits."""
    console.output.print(f"\nMemory per {place}, estimated for rows of maximum length:")
    unit, scale = ("GB", 1e9) if planned.total > 1e10 else ("MB", 1e6)
    parts = {name: getattr(planned.memory, name) / scale for name in planned.memory.__struct_fields__ if name != "host"}
    rows = ((name, taken) for name, taken in parts.items() if taken)
    console.table(("for", unit), rows, "", ("peak", planned.total / scale))
    if planned.host:
        console.output.print(f"and {planned.host / 1e9:,.0f} GB of host memory on each machine")
    if planned.fits:
        console.table(("GPU, GB", "fits", "fewest GPUs", "to make it fit", "GB"), map(_fit, planned.fits))


def _fit(one: Fit) -> tuple[object, ...]:
    advice = one.advice or ("" if one.fits else "nothing found")
    host = f"; {one.host / 1e9:,.0f} GB on the host" if one.host else ""
    return (one.size, "yes" if one.fits else "no", str(one.fewest or "–"), advice + host, one.memory / 1e9)
