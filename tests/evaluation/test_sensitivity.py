"""Prompt sensitivity: mean and spread over packs; runs that differ in more than their pack are refused."""

from pathlib import Path
from statistics import mean, stdev

import pytest
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, SCORES, evaluate, record
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.evaluation.sensitivity import sensitivity
from tests.support import failed, mnlu

PACKS = ("mnlu", "paraphrase", "definitions")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One system with three packs, which answers fewer and fewer questions rightly."""
    folder = tmp_path_factory.mktemp("runs")
    for place, pack in enumerate(PACKS):
        asked = Settings(pack, limit=12)
        evaluate("majority", "baseline", suites.load("demo"), Path(), folder / "plain", asked, lambda *_: None)
        lines = [json.decode(line) for line in (folder / "plain" / PREDICTIONS).read_bytes().splitlines()]
        for number, line in enumerate(lines):
            line["prediction"] = line["target"] if number % 3 >= place else ""
        about = json.decode((folder / "plain" / RUN).read_bytes())
        record(lines, {**about, "system": "mine", "model": "mine", "flips": {"demo-qa": place / 7}}, folder / pack)
    return {pack: folder / pack for pack in PACKS}


def test_mean_and_spread(runs: dict[str, Path]) -> None:
    found = sensitivity([runs[pack] for pack in PACKS])
    assert (found.system, found.packs) == ("mine", PACKS)
    cards = [json.decode((runs[pack] / SCORES).read_bytes()) for pack in PACKS]
    for name, spread in found.datasets.items():
        values = [card["datasets"][name]["metrics"][spread.metric]["value"] for card in cards]
        assert spread.packs == dict(zip(PACKS, values, strict=True))
        assert (spread.mean, spread.deviation) == pytest.approx((mean(values), stdev(values)))
        assert spread.packs[spread.lowest] == min(values) and spread.packs[spread.highest] == max(values)
    qa, demo = found.datasets["demo-qa"], found.suites["demo"]
    assert (qa.highest, qa.lowest, qa.packs["paraphrase"]) == ("mnlu", "definitions", pytest.approx(2 / 3))
    assert demo.packs["mnlu"] == pytest.approx(cards[0]["suites"]["demo"]["mean"] / 100)


def test_the_order_of_runs_decides_nothing_but_theirs(runs: dict[str, Path]) -> None:
    one, other = sensitivity(list(runs.values())), sensitivity(list(runs.values())[::-1])
    assert other.packs == one.packs[::-1]
    for name, spread in one.datasets.items():
        back = other.datasets[name]
        assert (back.mean, back.deviation) == pytest.approx((spread.mean, spread.deviation))
        assert back.packs == spread.packs


def changed(run: Path, folder: Path, **about: object) -> Path:
    folder.mkdir()
    for name in (PREDICTIONS, SCORES):
        (folder / name).write_bytes((run / name).read_bytes())
    stated = {**json.decode((run / RUN).read_bytes()), **about}
    (folder / RUN).write_bytes(json.encode({key: value for key, value in stated.items() if value is not None}))
    return folder


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"model": "yours"}, "more than their packs: model is mine and yours"),
        ({"model_hash": "a"}, "model_hash is unknown and a"),
        ({"shots": 2}, "shots is unknown and 2"),
        ({"limit": 5}, "limit is 12 and 5"),
        ({"pack": "mnlu"}, "has the same pack as .*: mnlu"),
        ({"pack": None}, "names no pack"),
    ],
)
def test_runs_that_differ_in_more(runs: dict[str, Path], tmp_path: Path, about: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        sensitivity([runs["mnlu"], changed(runs["paraphrase"], tmp_path / "other", **about)])


def test_other_questions(runs: dict[str, Path], tmp_path: Path) -> None:
    lines = [json.decode(line) for line in (runs["paraphrase"] / PREDICTIONS).read_bytes().splitlines()]
    about = json.decode((runs["paraphrase"] / RUN).read_bytes())
    some = [line for line in lines if line["dataset"] != "demo-dc"]
    record(some, about, tmp_path / "fewer")
    with pytest.raises(UserError, match=r"questions is \d+ and \d+"):
        sensitivity([runs["mnlu"], tmp_path / "fewer"])


def test_one_run_has_no_spread(runs: dict[str, Path]) -> None:
    with pytest.raises(UserError, match="at least two runs"):
        sensitivity([runs["mnlu"]])


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_command(runs: dict[str, Path], width: str) -> None:
    done = mnlu("sensitivity", *runs.values(), COLUMNS=width)
    assert done.returncode == 0 and "…" not in done.stdout, done
    for words in ("mine with packs mnlu, paraphrase, definitions", "demo-qa", "100.0 mnlu", "33.3 definitions"):
        assert words in done.stdout
    found = json.decode(mnlu("sensitivity", *runs.values(), "--json").stdout)
    assert list(found["datasets"]["demo-qa"]["packs"]) == list(PACKS)
    failed(mnlu("sensitivity", runs["mnlu"], runs["mnlu"]), "mnlu")
