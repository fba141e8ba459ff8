"""SNLI's JSON lines, which MultiNLI and MedNLI share: `sentence1`, `sentence2`, `gold_label`, `pairID`."""

from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.jsonl import json_lines
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.types import Pair


def snli_jsonl(group: str) -> Reader:
    """A reader of inference pairs; `group` is the key whose value is the same for all pairs with the same premise.

    Pairs whose annotators did not agree have the label `-`; they are dropped as `no-gold-label`.
    """

    def pair(row: Row, origin: str) -> Pair | None:
        if row["gold_label"] == "-":
            return None
        return Pair(row["pairID"], row["sentence1"], row["sentence2"], row[group], origin, label=row["gold_label"])

    return json_lines(pair, dropped_as="no-gold-label")
