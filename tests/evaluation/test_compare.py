"""Two runs: what is compared, what is left out, what can't be compared."""

from pathlib import Path

import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.compare import compare
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, evaluate
from mnlu_instruct.evaluation.questions import Settings
from tests.support import failed, mnlu


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three baselines on the demo suite."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("majority", "random", "dictionary"):
        settings = Settings(limit=20)
        evaluate(name, "baseline", suites.load("demo"), Path(), folder / name, settings, lambda *_: None)
    return folder


def lines(run: Path) -> list[dict[str, str]]:
    return [json.decode(line) for line in (run / PREDICTIONS).read_bytes().splitlines()]


def write(found: list[dict[str, str]], folder: Path) -> Path:
    folder.mkdir()
    (folder / PREDICTIONS).write_bytes(b"".join(json.encode(line) + b"\n" for line in found))
    return folder


def test_both_directions_are_each_others_opposite(runs: Path) -> None:
    there, back = compare(runs / "majority", runs / "dictionary"), compare(runs / "dictionary", runs / "majority")
    assert list(there.datasets) == [dataset.name for dataset in suites.load("demo").datasets]
    for name, one in there.datasets.items():
        assert one.difference.value.value == -back.datasets[name].difference.value.value
        assert one.p_holm == back.datasets[name].p_holm >= one.difference.p
    assert there.datasets["demo-ner"].difference.value.low > 0


def test_only_questions_of_both_are_compared(runs: Path, tmp_path: Path) -> None:
    some = write([line for line in lines(runs / "random") if line["dataset"] != "demo-dc"][5:], tmp_path / "some")
    found = compare(runs / "majority", some)
    assert found.lacking == {"demo-dc": str(some)}
    first = next(iter(found.datasets.values()))
    assert first.n == 15 and first.only == (5, 0)


def test_the_same_questions_with_other_answers_are_no_pair(runs: Path, tmp_path: Path) -> None:
    found = [line for line in lines(runs / "random") if line["dataset"] == "demo-nli"]
    other = dict(found[0])
    keys = other["label_keys"]
    wrong = next(key for key in keys if key != json.decode(other["gold"])["key"])
    other["gold"] = other["gold"].replace(json.decode(other["gold"])["key"], wrong)
    other["target"] = f"({'ABC'[keys.index(wrong)]}) {other['labels'][keys.index(wrong)]}"
    with pytest.raises(UserError, match="has a different gold answer"):
        compare(runs / "random", write([other, *found[1:]], tmp_path / "other"))


def test_nothing_in_common(runs: Path, tmp_path: Path) -> None:
    alone = [[line for line in lines(runs / "random") if line["dataset"] == name] for name in ("demo-nli", "demo-dc")]
    folders = [write(found, tmp_path / str(number)) for number, found in enumerate(alone)]
    with pytest.raises(UserError, match="no question in common"):
        compare(*folders)


def test_the_command(runs: Path) -> None:
    done = mnlu("compare", runs / "majority", runs / "dictionary", COLUMNS="80")
    assert done.returncode == 0 and "demo-ner" in done.stdout and "…" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120
    read = json.decode(mnlu("compare", runs / "majority", runs / "dictionary", "--json").stdout)
    assert read["datasets"]["demo-ner"]["difference"]["metric"] == "f1"
    failed(mnlu("compare", runs / "majority", runs / "nowhere"), "nowhere")
