"""A declaration with a mistake is refused when it is made, with what to write instead."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.sources.declaration import Candidates, Classes, Corpus, Extraction, Local
from mnlu_instruct.sources.licences import restriction
from mnlu_instruct.types import Record
from tests.support import failed, mnlu

RELATIONS = """from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import Candidates, Corpus, Local

mine = Corpus(
    name="mine", title="t", role="train", domain="clinical", tasks=("re",), source=Local("x"), licence="l", cite="c",
    splits={"train": ("a.txt",)}, read=pubtator(), entities={"D": "Drug", "S": "Dose"},
    relations=Candidates("s", (("Drug", "Dose"),), {"of": "{1} {2}", "none": "{1}, {2}"}, "none"WHERE),
)
"""


def read(*_: object) -> Iterator[Record]:
    return iter(())


WORKING = Corpus(
    name="mine", title="t", role="train", domain="clinical", tasks=("ner", "re"), source=Local("our office"),
    licence="l", cite="c", read=read, splits={"train": ("a.csv",)}, entities={"D": "Drug", "S": "Dose"},
    relations=Candidates("s", (("Drug", "Dose"),), {"of": "{2} is the dose of {1}", "none": "{1} and {2}: no"}, "none"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "test"}, "Unknown role of corpus mine: 'test'"),
        ({"domain": "hospital"}, "Unknown domain of corpus mine: 'hospital'"),
        ({"tasks": ("nre",)}, "Unknown task of corpus mine: 'nre'"),
        ({"tasks": "ner"}, "Corpus mine has the tasks 'ner'"),
        ({"tasks": (("ner", "re"),)}, r"Corpus mine has the tasks \(\('ner', 're'\),\)"),
        ({"tasks": ()}, r"Corpus mine has the tasks \(\)"),
        ({"tasks": ("dc",)}, "is for dc, but declares no `questions`"),
        ({"tasks": ("sts",)}, "is for sts, but declares no `scale`"),
        ({"tasks": ("ete",)}, "is for ete, but declares no `events`"),
        ({"splits": {"train": "a.csv"}}, "split 'train' of corpus mine has 'a.csv' for its files"),
        ({"splits": {"train": ()}}, "split 'train' of corpus mine has"),
        ({"relations": {"of": "x"}}, "The `relations` of corpus mine are a dict"),
        ({"entities": {"D": "Drug"}}, "Unknown type in `pairs` of corpus mine: 'Dose'"),
        ({"repairs": frozenset({"shift"})}, "Unknown repair rule"),
    ],
)
def test_a_mistake_in_a_corpus(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        replace(WORKING, **changes)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"negative": "no"}, "Unknown label: `negative` is 'no'"),
        ({"pairs": ("Drug", "Dose")}, "`pairs` has 'Drug'"),
        ({"directed": frozenset({"off"})}, "Unknown directed label 'off'"),
        ({"labels": {"of": "{1} has a dose", "none": "no"}}, r"has only one of \{1\} and \{2\}"),
        ({"labels": {"of": "{1} of {2}", "none": "no relation"}}, "names the mentions, .* another's doesn't"),
    ],
)
def test_a_mistake_in_candidates(changes: dict[str, Any], words: str) -> None:
    assert isinstance(WORKING.relations, Candidates)
    with pytest.raises(UserError, match=words) as caught:
        replace(WORKING.relations, **changes)
    assert caught.value.hint


EXTRACTION = Extraction(what="links", clauses={"of": "{2} is the dose of {1}"}, none="no dose is stated")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"clauses": {"of": "{1} has a dose"}}, r"The clause of 'of' lacks \{1\} or \{2\}"),
        ({"clauses": {"none": "{1} {2}"}}, "'none' can't be a type of relation"),
    ],
)
def test_a_mistake_in_an_extraction(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        replace(EXTRACTION, **changes)
    assert caught.value.hint


def test_an_extraction_is_declared_as_such_and_asked_for_by_its_task() -> None:
    assert replace(WORKING, tasks=("ere",), extraction=EXTRACTION).relation_types == {"of", "none"}
    with pytest.raises(UserError, match="The `extraction` of corpus mine is a tuple"):
        replace(WORKING, extraction=(EXTRACTION,))
    with pytest.raises(UserError, match="is for ere, but declares no `extraction`"):
        replace(WORKING, tasks=("ere",))


def test_sentences_by_pair_are_about_types_that_there_are() -> None:
    relations = Candidates("s", (("Drug", "Dose"),), {"of": {("Drug", "Dosis"): "{1} {2}"}, "none": "{1} {2}"}, "none")
    with pytest.raises(UserError, match="Unknown type in the sentences of corpus mine: 'Dosis'"):
        replace(WORKING, relations=relations)


def test_files_of_ones_own_are_not_passed_on_unless_they_say_so() -> None:
    assert restriction(WORKING) == "files of our office"
    assert not restriction(replace(WORKING, source=Local("our office", access="open")))
    assert "our office" in WORKING.source.advice


def test_a_mistake_in_a_file_is_said_with_its_line(tmp_path: Path) -> None:
    lines = [
        "from mnlu_instruct.readers.pubtator import pubtator",
        "from mnlu_instruct.sources.declaration import Corpus, Local",
        "mine = Corpus(",
        '    name="mine", title="t", role="test", domain="clinical", tasks=("ner",), source=Local("x"),',
        '    licence="l", cite="c", splits={"test": ("a.txt",)}, read=pubtator(), entities={"D": "D"},',
        ")",
    ]
    (tmp_path / "mine.py").write_text("\n".join(lines), "utf-8")
    done = mnlu("corpora", "check", tmp_path / "mine.py", data=tmp_path)
    failed(done, f"{tmp_path / 'mine.py'}, line 3: Unknown role of corpus mine: 'test'.", "known: eval, train")
    misspelt = "\n".join(lines).replace("licence=", "license=").replace('role="test"', 'role="eval"')
    (tmp_path / "mine.py").write_text(misspelt, "utf-8")
    done = mnlu("corpora", "check", tmp_path / "mine.py", data=tmp_path)
    failed(done, "Unknown argument 'license'", "did you mean licence")


def test_a_task_without_a_question_ends_the_check_with_1(tmp_path: Path) -> None:
    lines = [
        "from mnlu_instruct.readers.pubtator import pubtator",
        "from mnlu_instruct.sources.declaration import Candidates, Corpus, Local",
        "mine = Corpus(",
        '    name="mine", title="t", role="train", domain="clinical", tasks=("ner", "re"), source=Local("x"),',
        '    licence="l", cite="c", splits={"train": ("a.txt",)}, read=pubtator(),',
        '    entities={"D": "Drug", "S": "Dose"},',
        '    relations=Candidates("s", (("Drug", "Dose"),), {"of": "{1} {2}", "none": "{1}, {2}"}, "none"),',
        ")",
    ]
    (tmp_path / "mine.py").write_text("\n".join(lines), "utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("1|t|Aspirin daily.\n1|a|None.\n1\t0\t7\tAspirin\tD\n", "utf-8")
    done = mnlu("corpora", "check", tmp_path / "mine.py", data=tmp_path)
    failed(done, "mine declares the task re, and its files have no question of it.")
    assert mnlu("corpora", "check", tmp_path / "mine.py", "--json", data=tmp_path).returncode == 1
    assert mnlu("corpora", "check", "demo-re").returncode == 0


def test_relations_that_are_all_lost_are_said(tmp_path: Path) -> None:
    """Those of the file are between concepts, and the declaration asks about mentions."""
    declared = RELATIONS.replace("WHERE", "")
    (tmp_path / "mine.py").write_text(declared, "utf-8")
    (tmp_path / "mine").mkdir()
    lines = [
        "1|t|Aspirin daily, 5 mg.",
        "1|a|None.",
        "1\t0\t7\tAspirin\tD\tM1",
        "1\t15\t19\t5 mg\tS\tM2",
        "1\tof\tM1\tM2",
        "",
    ]
    (tmp_path / "mine" / "a.txt").write_text("\n".join(lines), "utf-8")
    done = mnlu("corpora", "check", tmp_path / "mine.py", data=tmp_path)
    failed(done, "None of the relations of mine is between two mentions that are asked about", 'by="concept"')
    options = ("--corpus", tmp_path / "mine.py", "--corpora", "mine", "--tasks", "re", "--dry-run")
    assert "No pair of mine has a relation" in mnlu("build", *options, data=tmp_path).stderr
    (tmp_path / "mine.py").write_text(RELATIONS.replace("WHERE", ', by="concept"'), "utf-8")
    assert mnlu("corpora", "check", tmp_path / "mine.py", data=tmp_path).returncode == 0
    assert "No pair of mine" not in mnlu("build", *options, data=tmp_path).stderr
    few = mnlu("build", "--corpora", "demo", "--tasks", "re", "--n", "1", "--dry-run")  # one row, whatever it finds
    assert "has a relation" not in few.stderr


def test_classes_may_be_declared_alone() -> None:
    found = replace(WORKING, tasks=("dc",), relations=None, entities={}, questions={"q": Classes("what", {"a": "A"})})
    assert found.tasks == ("dc",)
