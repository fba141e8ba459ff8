"""What a training would do."""

import yaml
from rich.markup import escape

from mnlu_instruct import console
from mnlu_instruct.training.estimate.advice import Fit
from mnlu_instruct.training.estimate.plan import Plan


def plan(planned: Plan) -> None:
    """What a training would do: its recipe, its size, what it takes on each GPU, and which GPUs it fits."""
    console.line(yaml.safe_dump(planned.recipe, sort_keys=False, width=float("inf")))
    launch, data, size = planned.launch, planned.data, planned.counts
    place = "process" if planned.cpu else "GPU"
    places = f"{launch.processes} {place if launch.processes == 1 else 'processes' if planned.cpu else 'GPUs'}"
    machines = f" on {launch.machines} machines" if launch.machines > 1 else ""
    assumed = ", as in the paper: there is none here, -- --num_processes says how many" if launch.assumed else ""
    first = "and built first" if launch.machines == 1 else "to be built before, on one machine"
    there = "not there" if planned.build is None else f"not there, {first}: {planned.build}"
    lines = {
        "model": f"{size.all:,} parameters, {size.trained:,} of them trained",
        "data": there if data.rows is None else f"{data.rows:,} rows",
        "tokens": "not counted yet" if data.tokens is None else f"{data.tokens:,} an epoch",
        "spread": ", ".join(filter(None, (planned.strategy, places))) + machines + assumed,
        "batch": f"{data.batch} {data.unit} a step",
        "steps": "not known yet" if data.steps is None else f"{data.steps:,}",
        "seen": "not known yet" if data.seen is None else f"{data.seen:,} tokens in all steps",
    }
    for name, words in lines.items():
        console.output.print(f"{name:>6}  {escape(words)}", soft_wrap=True)
    console.output.print(f"\nMemory of a {place}, estimated for rows of full length:")
    unit, scale = ("GB", 1e9) if planned.total > 1e10 else ("MB", 1e6)
    parts = {name: getattr(planned.memory, name) / scale for name in planned.memory.__struct_fields__ if name != "host"}
    rows = ((name, taken) for name, taken in parts.items() if taken)
    console.table(("for", unit), rows, "", ("at once", planned.total / scale))
    if planned.host:
        console.output.print(f"and {planned.host / 1e9:,.0f} GB of each machine's memory")
    if planned.fits:
        console.table(("GPU, GB", "fits", "fewest GPUs", "to make it fit", "GB"), map(_fit, planned.fits))


def _fit(one: Fit) -> tuple[object, ...]:
    advice = one.advice or ("" if one.fits else "nothing known here")
    host = f"; {one.host / 1e9:,.0f} GB on the host" if one.host else ""
    return (one.size, "yes" if one.fits else "no", str(one.fewest or "–"), advice + host, one.memory / 1e9)
