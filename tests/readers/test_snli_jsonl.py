"""SNLI's JSON lines: pairs, their groups, pairs without a gold label."""

import json

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.snli_jsonl import snli_jsonl
from mnlu_instruct.types import Pair
from tests.readers.helpers import file, read


def line(**changes: str | None) -> str:
    row = {"pairID": "7c", "captionID": "7", "sentence1": "p", "sentence2": "h", "gold_label": "neutral", "parse": "("}
    return json.dumps({**row, **changes}) + "\n"


def test_a_pair_has_its_label_and_the_group_of_its_premise() -> None:
    [found] = read(snli_jsonl(group="captionID"), file(line()))
    assert found == Pair("7c", "p", "h", "7", "corpus.txt:1", label="neutral")


def test_a_pair_without_gold_label_is_dropped_and_counted() -> None:
    ledger = Ledger()
    content = file(line(gold_label="-") + line())
    found = read(snli_jsonl("captionID"), content, rules=["no-gold-label"], ledger=ledger)
    assert len(found) == 1
    assert ledger.examples == {Entry("read", "dropped", "no-gold-label"): ["corpus.txt:1"]}


def test_a_pair_without_gold_label_is_refused_where_the_corpus_declares_no_rule() -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 1: a row that gives no record"):
        read(snli_jsonl("captionID"), file(line(gold_label="-")))


def test_a_missing_group_is_named() -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 1: 'promptID' is missing"):
        read(snli_jsonl("promptID"), file(line()))


def test_a_pair_without_text_is_refused() -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 1: a value that doesn't fit the format"):
        read(snli_jsonl("captionID"), file(line(sentence2=None)))
