"""Means over the data sets of a task and of a domain."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mnlu_instruct import tasks
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import overview


class Cell(Struct, frozen=True):
    """A system's mean, ×100; `lacking`: the data sets of the group on which it has no score."""

    mean: str
    over: str
    lacking: str


class Group(Struct, frozen=True):
    """The data sets of a task or a domain, and each system's mean over them; None where it has none."""

    name: str
    datasets: tuple[str, ...]
    cells: tuple[Cell | None, ...]


def by_task(runs: Sequence[Run]) -> tuple[Group, ...]:
    """One group per task, in the tasks' order; the three kinds of questions about events form one."""
    families = {kind: name for name, task in tasks.FAMILIES.items() for kind in task.NAMES}
    found = {name: families[score.task].upper() for run in runs for name, score in run.card.datasets.items()}
    order = [name.upper() for name in tasks.FAMILIES]
    return tuple(_group(task, found, runs) for task in order if task in found.values())


def by_domain(runs: Sequence[Run]) -> tuple[Group, ...]:
    """One group per domain, in alphabetical order."""
    found = {name: lines[0].prediction.domain for run in runs for name, lines in run.lines.items()}
    return tuple(_group(domain, found, runs) for domain in sorted(set(found.values())))


def _group(name: str, groups: Mapping[str, str], runs: Sequence[Run]) -> Group:
    members = tuple(dataset for dataset in overview.datasets(runs) if groups[dataset] == name)
    return Group(name, members, tuple(_cell(members, run) for run in runs))


def _cell(members: Sequence[str], run: Run) -> Cell | None:
    values = [overview.headline(run.card.datasets[name]).value for name in members if name in run.card.datasets]
    if not values:
        return None
    lacking = [name for name in members if name not in run.card.datasets]
    over = f"{len(values)} of {len(members)}" if lacking else ""
    return Cell(overview.number(sum(values) / len(values)), over, ", ".join(lacking))
