"""The ledger of repairs and drops: every change to the data and every loss is counted."""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

EXAMPLES_KEPT = 100


class Entry(Struct, frozen=True, order=True):
    """One kind of repair or drop: the stage (read, ask, write, budget …), the action, the rule or reason."""

    stage: str
    action: str
    reason: str


class Ledger:
    """Counts of repairs and drops by entry, with the first hundred examples of each (an id or "file:line")."""

    def __init__(self) -> None:
        self.counts: Counter[Entry] = Counter()
        self.examples: dict[Entry, list[str]] = {}

    def drop(self, stage: str, reason: str, example: str) -> None:
        """Count one record, question or row that is left out of the data."""
        self._enter(Entry(stage, "dropped", reason), example)

    def mend(self, rule: str, example: str) -> None:
        """Count one known defect that was repaired while reading."""
        self._enter(Entry("read", "mended", rule), example)

    def merge(self, other: "Ledger") -> None:
        """Add another ledger's counts, and its examples up to the limit."""
        self.counts.update(other.counts)
        for entry, examples in other.examples.items():
            kept = self.examples.setdefault(entry, [])
            kept.extend(examples[: EXAMPLES_KEPT - len(kept)])

    def rows(self, action: str) -> Iterator[tuple[Entry, int]]:
        """The entries of one action ("mended", "dropped") with their counts, sorted."""
        return ((entry, count) for entry, count in sorted(self.counts.items()) if entry.action == action)

    def _enter(self, entry: Entry, example: str) -> None:
        self.counts[entry] += 1
        kept = self.examples.setdefault(entry, [])
        if len(kept) < EXAMPLES_KEPT:
            kept.append(example)
