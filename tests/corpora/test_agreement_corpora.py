"""Corpora under the n2c2 agreement, read from fixtures in the distributor's layout: what their declarations decide."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.catalogue.check import read_split
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Choices, Document, Instance, Record
from tests.support import FIXTURES, instances
from tests.test_files import tarred


def records(name: str, split: str) -> list[Record]:
    return list(reading.records(corpora.get(name), split, FIXTURES, Ledger()))


def asked(name: str, split: str) -> dict[str, Instance]:
    found = instances(corpora.get(name), split, FIXTURES, Ledger())
    return {one.id.removeprefix(f"{name}/{split}/"): one for one in found}


def answers(name: str, split: str) -> dict[str, tuple[str, ...]]:
    found = asked(name, split).items()
    return {name: one.gold.keys for name, one in found if isinstance(one.gold, Choices)}


@pytest.mark.parametrize(
    ("name", "split", "documents", "mentions"),
    [
        ("i2b2-2014-deid", "train", 2, 29),
        ("i2b2-2014-deid", "test", 2, 2),
        ("i2b2-2006-deid", "train", 2, 11),
        ("i2b2-2006-deid", "test", 2, 1),
        ("i2b2-2006-smoking", "train", 3, 0),
        ("i2b2-2006-smoking", "test", 2, 0),
        ("i2b2-2008-obesity", "train", 4, 0),
        ("i2b2-2008-obesity", "test", 1, 0),
        ("n2c2-2018-cohort", "train", 2, 0),
        ("n2c2-2018-cohort", "test", 1, 0),
        ("n2c2-2018-ade", "train", 2, 15),
        ("n2c2-2018-ade", "test", 1, 4),
        ("i2b2-2009-medication", "train", 2, 0),
        ("i2b2-2009-medication", "test", 1, 0),
        ("i2b2-2012-temporal", "train", 2, 16),
        ("i2b2-2012-temporal", "test", 1, 2),
        ("i2b2-2011-coreference", "train", 2, 15),
        ("i2b2-2011-coreference", "test", 1, 3),
        ("i2b2-2010", "train", 2, 18),
        ("i2b2-2010", "test", 1, 4),
    ],
)
def test_counts(name: str, split: str, documents: int, mentions: int) -> None:
    totals = read_split(name, split, FIXTURES).totals
    assert (totals["documents"], totals["mentions"]) == (documents, mentions)


def test_2008_a_later_addendum_overwrites_and_a_missing_judgement_is_no_question() -> None:
    found = answers("i2b2-2008-obesity", "train")
    assert found["1#dc/textual/OSA"] == ("Y",)
    assert not [name for name in found if name.startswith("5#")]
    assert Counter(name.split("/")[0] for name in found) == {
        f"{note}#dc": count for note, count in (("1", 32), ("2", 32), ("3", 32))
    }


def test_2012_a_pair_is_asked_in_text_order_with_the_label_that_holds_so() -> None:
    found = answers("i2b2-2012-temporal", "train")
    assert found["901/E2/E3#re"] == ("BEFORE",)  # E3 AFTER E2
    assert found["901/T0/E2#re"] == ("AFTER",)  # E2 BEFORE T0, across lines
    assert found["901/E4/E5#re"] == ("BEFORE",)  # E5 BEGUN_BY E4, E4 ENDED_BY E5
    assert found["901/E2/T2#re"] == ("OVERLAP",)  # T2 DURING E2
    assert found["901/E1/T3#re"] == ("none",)
    assert "901/E2/E6#re" not in found  # its link has no type


def test_2012_every_question_is_in_text_order() -> None:
    [document, _] = records("i2b2-2012-temporal", "train")
    assert isinstance(document, Document)
    order = [mention.id for mention in document.mentions]
    for name in answers("i2b2-2012-temporal", "train"):
        note, head, tail = name.removesuffix("#re").split("/")
        assert note != "901" or order.index(head) < order.index(tail)


def test_2012_a_section_time_is_no_mention_of_its_own() -> None:
    spans = asked("i2b2-2012-temporal", "train")["901#ner"].gold.answer
    assert isinstance(spans, dict)
    assert spans["DATE"] == ("2012-03-01", "2012-03-05")
    assert set(spans) == set(corpora.get("i2b2-2012-temporal").entities)


def test_2011_a_pronoun_may_refer_to_anything_and_a_far_pair_is_not_asked() -> None:
    found = asked("i2b2-2011-coreference", "train")
    options = {name: [label.key for label in one.labels] for name, one in found.items() if one.task == "re"}
    assert options["clinical-900/2:3-2:3/2:5-2:5#re"] == ["coref treatment", "none"]
    assert len(options["clinical-900/5:0-5:0/5:7-6:0#re"]) == 5
    assert "clinical-900/1:0-1:1/4:0-4:0#re" not in options


def test_2010_treatments_and_tests_come_before_problems() -> None:
    found = asked("i2b2-2010", "train")["record-900/1:4-1:4/1:0-1:0#re"]
    assert found.asked == {"type_1": "Treatment", "span_1": "Lasix", "type_2": "Problem", "span_2": "Hypertension"}
    assert found.text == "Hypertension was improved by Lasix , which led to Gout ."
    assert len(found.labels) == 9


def test_2009_two_entries_on_one_medication_are_one_event() -> None:
    found = {name: one.gold.answer for name, one in asked("i2b2-2009-medication", "test").items()}
    assert found["900003/E1#eae/do"] == {"m/do": ("500 mg", "250 mg")}
    assert found["900003/E1#eae/f"] == {"m/f": ("every day needed",)}
    assert found["900003/E1#eac/ln"] == "list"
    assert "900003/E1#eac/e" not in found


def test_2018_an_attribute_of_two_drugs_is_answered_for_both() -> None:
    found = {name: one.gold.answer for name, one in asked("n2c2-2018-ade", "train").items()}
    assert found["900001/T14#eae/ADE"] == found["900001/T15#eae/ADE"] == {"Drug/ADE": ("Nausea",)}
    assert found["900001/T12#eae/Reason"] == {"Drug/Reason": ("Pain in the chest on exertion",)}


def test_an_archive_without_the_files_named_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "i2b2-2014-deid", tmp_path / "i2b2-2014-deid")
    (tmp_path / "i2b2-2014-deid" / "testing-PHI-Gold-fixed.tar.gz").write_bytes(tarred({"a.txt": b"x"}, "w:gz"))
    with pytest.raises(UserError, match="matches no file inside the archive"):
        list(reading.records(corpora.get("i2b2-2014-deid"), "test", tmp_path, Ledger()))
