"""Texts that examples in instructions quote: in test sets, and in the documents of a build."""

import json
from pathlib import Path

import pytest

from mnlu_instruct.leakage.examples import in_test_sets, quoted
from mnlu_instruct.sources.unit import Unit
from tests.leakage import helpers
from tests.leakage.helpers import numbered
from tests.support import failed, mnlu


def test_an_example_of_a_test_set_is_named_with_the_reason(tmp_path: Path) -> None:
    suite = helpers.corpora(tmp_path, {"1": "x"}, {"7": numbered(0, 20), "8": "Six words make a short text."})
    examples = {
        "a": f"{numbered(3, 13)} Types: Gene",
        "b": "Asked: T8 six words make a short text!",
        "c": numbered(3, 12),
        "d": numbered(100, 40),
    }
    assert in_test_sets(examples, (suite,), tmp_path) == {
        "a": "has words of test set tested",
        "b": "has words of test set tested",
    }


@pytest.mark.parametrize(
    ("example", "found"),
    [
        (f"before {numbered(5, 13)}", ["drugprot/1"]),
        (numbered(5, 12), ["drugprot/1"]),
        (f"before {numbered(5, 12)} after", []),
        ("Well, T2 other words of a text: yes.", ["drugprot/2"]),
        ("Words", []),
    ],
)
def test_a_document_that_is_quoted_by_a_run_of_words_or_whole_is_found(
    tmp_path: Path, example: str, found: list[str]
) -> None:
    helpers.corpora(tmp_path, {"1": numbered(0, 20), "2": "Other words of a text.", "3": "Words"}, {"7": "x"})
    unit = Unit("drugprot", "train")
    assert quoted([unit], [example], tmp_path, None, lambda *_: None) == {unit: found}


def test_a_build_without_leaks_refuses_examples_of_test_sets_and_lint_names_them(tmp_path: Path) -> None:
    suite = helpers.corpora(tmp_path, {"1": numbered(50, 20)}, {"7": numbered(0, 20)})
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "pack.yaml").write_text("description: mine\nextends: box\ntasks: [ner]\n", "utf-8")
    example = {"input": numbered(2, 15), "output": "Gene: word2"}
    told = {"definition": "Find.", "prompt": "Find.", "positive": [example]}
    (pack / "instructions.yaml").write_text(json.dumps({"credit": "mine", "kinds": {"ner": told}}), "utf-8")
    place = "kinds.ner.positive[1] has words of test set tested"
    checked = mnlu("prompts", "lint", pack, "--suite", suite, data=tmp_path)
    assert checked.stdout == f"mine/instructions.yaml: {place}\n"
    asked = ("build", "--corpora", "drugprot", "--tasks", "ner", "--pack", pack, "--out", tmp_path / "out")
    failed(mnlu(*asked, "--exclude-leaks", suite, data=tmp_path), f"the input of the example {place}")
    assert mnlu(*asked, data=tmp_path).returncode == 0
