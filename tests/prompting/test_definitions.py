"""The definitions of labels: what they call labels, which corpora they are of, files that are wrong."""

from pathlib import Path

import pytest

from mnlu_instruct import corpora, yaml_files
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import definitions
from mnlu_instruct.prompting.definitions import Defined, Definitions
from mnlu_instruct.types import Choices, Instance, Label, TaskName

MEANINGS = Definitions(corpora={"x": Defined(source="s", labels={"Drug": "a", "k2": "b", "Use - Amount": "c"})})


def asked(task: TaskName, *labels: tuple[str, str], corpus: str = "x") -> Instance:
    return Instance(f"{corpus}/train/1#{task}", task, "x", "", {}, tuple(Label(*one) for one in labels), Choices(()))


@pytest.mark.parametrize(
    ("instance", "found"),
    [
        (asked("ner", ("k1", "Drug"), ("k2", "Dose")), ["a", None]),
        (asked("re", ("Drug", "p treats q"), ("k2", "Drug")), ["a", "b"]),
        (asked("eae", ("u/a", "Use - Amount")), ["c"]),
        (asked("ner", ("k1", "Drug"), corpus="y"), [None]),
        (asked("summ"), []),
    ],
)
def test_labels_are_called_as_they_are_shown_and_relations_by_key(instance: Instance, found: list[str | None]) -> None:
    assert MEANINGS.of(instance) == found


@pytest.mark.parametrize(
    ("name", "some", "no"),
    [
        ("biored", {"Organism", "Bind", "none"}, {"OrganismTaxon"}),
        ("chemprot", {"CPR:3", "false"}, {"Chemical"}),
        ("n2c2-2022-sdoh", {"Tobacco use", "Tobacco use - Amount", "on disability"}, {"Tobacco", "Status"}),
        ("n2c2-2018-ade", {"Drug", "Drug - Route"}, {"Route"}),
        ("i2b2-2006-smoking", {"nonsmoker"}, {"non-smoker"}),
        ("pubmedqa", {"maybe"}, set()),
        ("sts-b", set(), {"0", "5"}),
    ],
)
def test_names_are_those_that_questions_show(name: str, some: set[str], no: set[str]) -> None:
    found = set(definitions.names(corpora.get(name)))
    assert some <= found
    assert found.isdisjoint(no)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("corpora: {a: {source: x, labels: {yes: it is so}}}", "reads a label as True"),
        ("corpora: {a: {source: x, labels: {1: it is so}}}", "reads a label as 1"),
        ("corpora: {a: {source: x, labels: [yes]}}", "valid dictionary"),
        ("corpora: {a: {labels: {}}}", "source is missing"),
        ("corpora: {a: {source: x, label: {}}}", "Unknown key"),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "definitions.yaml").write_text(text, "utf-8")
    with pytest.raises(UserError, match=words):
        yaml_files.load(tmp_path / "definitions.yaml", Definitions)
