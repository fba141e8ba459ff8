"""Published protocols over prediction files: which data sets they fit, whatever the order of lines."""

import json
from pathlib import Path

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import questions, scorecard
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.scoring import modes
from mnlu_instruct.types import Related, Relations
from tests.evaluation.test_predictions import written
from tests.support import FIXTURES, failed, mnlu


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    """The questions of two corpora with gold answers."""
    out = tmp_path / "answered"
    questions.export(suites.load("bc5cdr,dce"), FIXTURES, Settings(pack="verb"), out, overwrite=False)
    for path in out.glob("*.jsonl"):
        lines = map(json.loads, path.read_text("utf-8").splitlines())
        written(path, [{**line, "prediction": line["target"]} for line in lines])
    return out


def test_a_protocol_scores_the_corpora_that_it_fits(answered: Path) -> None:
    told = "biogpt-cdr doesn't score dce (ere of dce): it counts relations of whole texts (ere) of bc5cdr"
    failed(mnlu("score", answered, "--mode", "biogpt-cdr", COLUMNS="400"), told, "--skip-broken")
    card = scorecard.score([answered], {}, "biogpt-cdr", skip_broken=True)
    assert card.mode == "biogpt-cdr"
    assert [score.metrics["f1"].value for score in card.datasets.values()] == [1]
    assert list(card.broken) == ["dce"]


def test_unknown_modes_are_named(answered: Path) -> None:
    failed(
        mnlu("score", answered, "--mode", "biogpt-dc"),
        "Unknown mode 'biogpt-dc'",
        "did you mean biogpt-ddi or biogpt-cdr",
    )
    with pytest.raises(UserError, match="Unknown mode"):
        scorecard.score([answered], {}, "x")


def test_help_says_what_each_mode_counts() -> None:
    printed = " ".join(mnlu("score", "--help", COLUMNS="2000").stdout.split())
    for mode in modes.MODES.values():
        assert f"{mode.name}: {mode.what.replace('`', '')}" in printed


def lines(count: int) -> list[dict[str, object]]:
    """Answers of as many texts of BC5CDR: of each second one, half of the relations."""
    gold = Relations((Related("CID", (("a",), ("b",)), ("C", "D")), Related("CID", (("a",), ("e",)), ("C", "E"))))
    said = ["a is reported to cause b; a is reported to cause e.", "a is reported to cause b."]
    labels = {"labels": ["{1} is reported to cause {2}", "nothing is"], "label_keys": ["CID", "none"]}
    about = {"corpus": "bc5cdr", "dataset": "cdr", "split": "test", "task": "ere", "domain": "biomedical", "pack": "x"}
    encoded = {"gold": scorecard.msgspec.json.encode(gold).decode(), "target": said[0], "text": "a b e", "prompt": []}
    return [
        {**about, **labels, **encoded, "id": f"{one}", "group": f"bc5cdr/{one}", "prediction": said[one % 3 % 2]}
        for one in range(count)
    ]


def test_scores_and_intervals_dont_depend_on_the_order_of_lines(tmp_path: Path) -> None:
    some = lines(30)
    first = scorecard.score([written(tmp_path / "a.jsonl", some)], {}, "rebel")
    assert scorecard.score([written(tmp_path / "b.jsonl", some[::-1])], {}, "rebel") == first
    assert first.datasets["cdr"].metrics["f1"].value == pytest.approx(2 * 50 / (2 * 50 + 10))


def test_the_last_concept_in_the_file_wins_its_name(tmp_path: Path) -> None:
    """Ids sort otherwise: "9" after "10"."""
    some = lines(2)
    for line, concept in zip(some, ("D", "X"), strict=True):
        line["id"] = {"D": "9", "X": "10"}[concept]
        line["gold"] = scorecard.msgspec.json.encode(
            Relations((Related("CID", (("a",), ("b",)), ("C", concept)),), names={"a": "C", "b": concept})
        ).decode()
        line["target"] = line["prediction"] = "a is reported to cause b."
    some[1]["prediction"] = "nothing is."
    values = [
        scorecard.score([written(tmp_path / "x.jsonl", order)], {}, "biogpt-cdr").datasets["cdr"].metrics["f1"].value
        for order in (some, some[::-1])
    ]
    assert values == [0, pytest.approx(2 / 3)]
