"""Printed tables of scores: of one run, of several systems, of two compared, of a merge sweep, over prompt packs."""

import math
from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mnlu_instruct import console
from mnlu_instruct.evaluation.compare import Compared, Comparison
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.evaluation.sensitivity import Sensitivity, Spread
from mnlu_instruct.merging.sweep_result import Sweep
from mnlu_instruct.scoring import comparison
from mnlu_instruct.scoring.scores import Estimate

FEW = 20
"""Of fewer groups, a bootstrap draws much the same ones again and again."""


def of_run(card: Scorecard) -> None:
    """Print headline scores ×100 with intervals, the shares that qualify them, and the averages of suites."""
    rows = []
    for name, one in card.datasets.items():
        estimate = one.metrics[one.headline]
        interval = f"{100 * estimate.low:.1f}–{100 * estimate.high:.1f}"
        found = [100 * one.metrics[part].value if part in one.metrics else "" for part in ("precision", "recall")]
        score = (name, one.headline, 100 * estimate.value, interval)
        rows.append((*score, *found, 100 * one.unreadable, one.count))
    columns = ("data set", "metric", "score", "95 %", "P", "R", "unread. %", "questions")
    console.table(columns, rows, title="Scores" if card.mode == "strict" else f"Scores, {card.mode}", dense=True)
    _beside(card)
    for name, reason in card.broken.items():
        console.output.print(f"{name} has no score: {reason}", markup=False)
    for name, average in card.suites.items():
        within = f" ({average.interval[0]}–{average.interval[1]})" if average.interval else ""
        console.line(f"{name}: mean {average.mean}{within}, by task {average.task_macro} ({average.over} data sets)")
    if any(one.sampled_from for one in card.datasets.values()):
        console.line("On samples of the questions (--limit): not comparable with scores on all of them.")


def _beside(card: Scorecard) -> None:
    """Print the shares that qualify a score: truncated answers, hallucinated spans, too long prompts, trained-on texts.

    Data sets without any of these are left out, unless it is known what the model was trained on.
    """
    rows = []
    for name, one in card.datasets.items():
        hallucinated = one.shares.get("hallucinated", 0.0)
        if one.truncated or hallucinated or one.too_long or one.seen is not None:
            seen = "" if one.seen is None else 100 * one.seen
            rows.append((name, 100 * one.truncated, 100 * hallucinated, 100 * one.too_long, seen))
    if rows:
        title = "How far to trust them: truncated answers, spans not in the text, prompts too long, trained-on texts"
        columns = ("data set", "truncated, %", "not in the text, %", "too long, %", "trained on, %")
        console.table(columns, rows, title, dense=True)


def side_by_side(cards: Mapping[str, Scorecard]) -> None:
    """Print headline scores ×100 of several systems in columns, the best of each row in bold, and their means."""
    columns = list(cards)
    first = next(iter(cards.values()))
    drawn = Table(title="Scores", title_justify="left", box=SIMPLE_HEAD, show_footer=True, collapse_padding=True)
    drawn.add_column("data set", "mean by task", no_wrap=True)
    drawn.add_column("metric", no_wrap=True)
    for system, card in cards.items():
        drawn.add_column(
            system,
            *(console.cell(average.task_macro) for average in card.suites.values()),
            justify="right",
            no_wrap=True,
        )
    for name, one in first.datasets.items():
        values = [_headline(cards[system], name) for system in columns]
        cells = [f"[bold]{console.cell(value)}[/]" if value == max(values) else console.cell(value) for value in values]
        drawn.add_row(escape(name), one.headline, *cells)
    console.show(drawn)


def of_merges(swept: Sweep) -> None:
    """Print the models of a merge sweep with their scores ×100, the best merge, and what to do next."""
    names = list(swept.systems[0].card.datasets)
    rows = [
        (system.name, system.average.mean, *(_headline(system.card, name) for name in names))
        for system in swept.systems
    ]
    console.table(("model", "mean", *names), rows, title=f"Merges by {swept.method}, scored on {swept.suite}")
    best = swept.best
    console.output.print(f"best: {best.name}, mean {best.average.mean} ({best.average.over} data sets)")
    console.output.print(f"plot: {swept.folder}/sweep.html; next: mnlu merge {swept.folder}/best.yaml", soft_wrap=True)


def of_two(compared: Comparison) -> None:
    """Print both systems' headline scores ×100 and their difference, in bold where p < `LEVEL`."""
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
            *(f"[bold]{value}[/]" if one.p_holm < comparison.LEVEL else value, f"{low} to {high}"),
            *(_p(one), "–" if found.detectable is None else f"{100 * found.detectable:.1f}"),
        )
    console.line(f"first: {compared.first}; second: {compared.second}")
    console.show(drawn)
    words = "p: Holm-corrected over the data sets. detectable: the smallest true difference found with 80 % power."
    console.output.print(words, style="dim")
    if few := [f"{name} ({one.groups})" for name, one in compared.datasets.items() if one.groups < FEW]:
        console.notice(
            f"Of few documents or patients: {', '.join(few)}. Intervals and p-values of fewer than {FEW} say little."
        )
    for name, one in compared.datasets.items():
        if any(one.only):
            first, second = one.only
            console.notice(f"{name}: left out {first:,} questions that only the first has, {second:,} only the second.")
    for name, run in compared.lacking.items():
        console.notice(f"{name} is not compared: {run} shares no question of it with the other run.")


def _p(one: Compared) -> str:
    """A p-value, rounded up where no resample was as extreme: "< 0.005"."""
    return f"< {math.ceil(1_000 * one.p_holm) / 1_000:.3f}" if one.difference.bound else f"{one.p_holm:.3f}"


def over_packs(found: Sensitivity) -> None:
    """Print mean and spread of headline scores ×100 over prompt packs, for data sets, then for the averages."""
    rows = [
        (name, one.metric, 100 * one.mean, 100 * one.deviation, *_ends(one))
        for name, one in (*found.datasets.items(), *found.suites.items())
    ]
    columns = ("", "metric", "mean", "± sd", "lowest", "highest")
    console.table(columns, rows, title=f"{found.system} with packs {', '.join(found.packs)}", dense=True)


def _ends(one: Spread) -> tuple[str, str]:
    low, high = (f"{100 * one.packs[pack]:.1f} {pack}" for pack in (one.lowest, one.highest))
    return low, high


def interval(value: Estimate) -> str:
    """A 95 % interval ×100, as text."""
    low, high = f"{100 * value.low:.1f}", f"{100 * value.high:.1f}"
    return f"{low} to {high}" if value.low < 0 else f"{low}–{high}"


def _headline(card: Scorecard, dataset: str) -> float:
    score = card.datasets[dataset]
    return 100 * score.metrics[score.headline].value
