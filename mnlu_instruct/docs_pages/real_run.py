"""The tables of docs/real-run.md, from the scores in docs/real-run/.

`make docs` writes each table between its marks, `<!-- scores: SYSTEM … -->` and `<!-- end -->`. A system is a file
`SYSTEM.json` beside the page: a run's `scores.json`, or what `mnlu score --json` prints.
"""

import re
import sys
from pathlib import Path

from msgspec import json

from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.markdown import table
from mnlu_instruct.scoring.scores import Score

MARKED = re.compile(r"(<!-- (scores|unreadable): ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)
LACKING = "–"


def page(text: str, folder: Path) -> str:
    """A page with its tables written anew, from the scores in a folder."""

    def written(found: re.Match[str]) -> str:
        begin, what, names, end = found.groups()
        return f"{begin}{_table(what, names.split(), folder)}{end}"

    return MARKED.sub(written, text)


def _table(what: str, names: list[str], folder: Path) -> str:
    """A row for each test set, a column for each system."""
    cards = {name: json.decode((folder / f"{name}.json").read_bytes(), type=Scorecard) for name in names}
    sets = dict.fromkeys(name for card in cards.values() for name in card.datasets)
    rows = []
    for one in sets:
        found = [card.datasets.get(one) for card in cards.values()]
        first = next(score for score in found if score)
        cells = [(_score if what == "scores" else _unreadable)(score) for score in found]
        rows.append((one, first.headline.replace("_", " "), f"{first.n:,}", *cells))
    return table(("test set", "measure", "questions", *names), rows)


def _score(score: Score | None) -> str:
    """The headline, with its 95 % interval over documents."""
    if score is None:
        return LACKING
    one = score.metrics[score.headline]
    return f"{100 * one.value:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _unreadable(score: Score | None) -> str:
    return LACKING if score is None else f"{100 * score.unreadable:.0f} %"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(page(path.read_text("utf-8"), path.with_suffix("")), "utf-8")
