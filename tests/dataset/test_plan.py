"""Which corpora a build reads: domains, names in the mixture, tasks without a corpus."""

from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.dataset.plan import Plan, plan
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from tests.support import FIXTURES


def planned(data: Path = FIXTURES, **keys: Any) -> Plan:
    return plan(build_recipe(None, keys), data)


def test_both_domains_are_biomedical_and_clinical_and_never_general() -> None:
    found = {domain: set(planned(tasks=["ner", "re", "nli"], domain=domain).units) for domain in ("biomedical", "both")}
    everything = planned(tasks=["ner", "re", "nli"]).units
    assert {corpus.domain for corpus in everything.values()} == {"biomedical", "clinical", "general"}
    assert found["both"] == {unit for unit, corpus in everything.items() if corpus.domain != "general"}
    assert found["biomedical"] == {unit for unit, corpus in everything.items() if corpus.domain == "biomedical"}


@pytest.mark.parametrize(
    "keys",
    [
        {"rates": {"nli": {"snil": 0.1}}},
        {"n": 9, "weights": {"corpora": {"snil": 2}}},
        {"caps": {"rows": {"corpora": {"snil": 2}}}},
    ],
)
def test_a_corpus_that_rates_weights_or_caps_misspell(keys: dict[str, Any]) -> None:
    with pytest.raises(
        UserError, match="Unknown training corpus in rates, thin, documents, weights or caps: 'snil'"
    ) as caught:
        planned(tasks=["nli"], **keys)
    assert "snli" in caught.value.hint


def test_a_test_set_has_no_weight() -> None:
    with pytest.raises(UserError, match="'mednli'"):
        planned(tasks=["nli"], n=9, weights={"corpora": {"mednli": 2}})


def test_weights_may_name_corpora_that_are_not_read_and_the_users_own(tmp_path: Path) -> None:
    declared = corpora.file("linnaeus").read_text("utf-8")
    own = tmp_path / "mine.py"
    own.write_text(declared.replace('name="linnaeus"', 'name="mine", folder="linnaeus"'), "utf-8")
    rates = {"nli": {"snli": 0.1}, "ner": {"mine": 0.5}}
    assert {
        corpus.name for corpus in planned(tasks=["ner"], corpora=[], own=[str(own)], rates=rates).units.values()
    } == {"mine"}


def test_two_corpora_with_one_name(tmp_path: Path) -> None:
    own = tmp_path / "mine.py"
    declared = corpora.file("linnaeus").read_text("utf-8")
    own.write_text(declared, "utf-8")
    with pytest.raises(UserError, match=r"declares a corpus 'linnaeus', the name of a registered one \(LINNAEUS\)"):
        planned(tasks=["ner"], own=[str(own)])
    for path in (own, tmp_path / "other.py"):
        path.write_text(declared.replace('name="linnaeus"', 'name="mine", folder="linnaeus"'), "utf-8")
    with pytest.raises(UserError, match="two corpora with the same name, 'mine'"):
        planned(tasks=["ner"], own=[str(own), str(tmp_path / "other.py")])


def test_a_corpus_without_a_train_split_is_read_where_splits_are_named(tmp_path: Path) -> None:
    own = tmp_path / "mine.py"
    declared = corpora.file("linnaeus").read_text("utf-8").replace('name="linnaeus"', 'name="mine", folder="linnaeus"')
    own.write_text(declared.replace('"train":', '"training":'), "utf-8")
    keys: dict[str, Any] = {"tasks": ["ner"], "corpora": [], "own": [str(own)]}
    with pytest.raises(UserError, match="Corpus mine has no split 'train', only training, dev") as caught:
        planned(**keys)
    assert "--splits" in caught.value.hint
    assert {unit.split for unit in planned(**keys, splits=["training"]).units} == {"training"}


def test_a_task_without_a_corpus_stops_the_build_unless_what_is_there_is_accepted() -> None:
    keys: dict[str, Any] = {"tasks": ["ner", "ee"], "corpora": ["biored"]}
    with pytest.raises(UserError, match="Task 'ee' has no instances"):
        planned(**keys)
    assert {unit.corpus for unit in planned(**keys, short="accept").units} == {"biored"}
    with pytest.raises(UserError, match="Task 'qa' has no training corpus"):
        planned(tasks=["ner", "qa"], short="accept")
    with pytest.raises(UserError, match="Task 'ee' has no instances"):
        planned(tasks=["ee"], corpora=["biored"], short="accept")


def test_other_splits_of_a_test_set_are_read_where_they_are_named() -> None:
    found = planned(tasks=["ere"], corpora=["dce", "ddi"], splits=["train", "dev"]).units
    assert [(unit.corpus, unit.split) for unit in found] == [("dce", "train"), ("ddi", "train"), ("ddi", "dev")]
    for splits in (None, ["test"], ["train", "test"]):
        with pytest.raises(UserError, match="dce is a test set"):
            planned(tasks=["ere"], corpora=["dce"], splits=splits)
