"""Shared by the tests of the report: runs on the demo suite, as `mnlu eval` would write them, without a model."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation import baselines, evaluate
from mnlu_instruct.evaluation.questions import Settings, of_suite
from mnlu_instruct.types import Instance
from tests.scoring.helpers import DEMO, negative, questions, write

LIMIT = 40


def asked(limit: int = LIMIT) -> dict[str, list[dict[str, Any]]]:
    """The first test questions of each demo data set."""
    found = of_suite(suites.load("demo"), Path(), Settings(limit=limit))
    return {name: one.questions for name, one in found.items()}


def record(out: Path, system: str, said: Callable[[str, Sequence[Instance]], list[str]], limit: int = LIMIT) -> Path:
    """Write a run whose answers the function `said` gives, from a data set's name and its questions."""
    lines = []
    for name, rows in asked(limit).items():
        instances = {one.id: one for one in questions(DEMO[name])}
        answers = said(name, [instances[row["id"]] for row in rows])
        lines += [{**row, "prediction": answer} for row, answer in zip(rows, answers, strict=True)]
    about = {"system": system, "model": f"models/{system}", "engine": "a fake", "pack": "mnlu", "suite": "demo"}
    evaluate.record(lines, about, out)
    return out


def dictionary(name: str, test: Sequence[Instance]) -> list[str]:
    """Answers of the dictionary baseline; every ninth can't be read."""
    found = baselines.dictionary(test, questions(DEMO[name], "train"), negative(DEMO[name]))
    spoilt = 9 if test[0].task != "summ" else len(found) + 1
    return ["I am not sure." if place % spoilt == 4 else answer for place, answer in enumerate(found)]


def random(name: str, test: Sequence[Instance]) -> list[str]:
    """Random answers."""
    return baselines.random(test, questions(DEMO[name], "train"))


def gold(_: str, test: Sequence[Instance]) -> list[str]:
    """Right answers."""
    return [write(instance) for instance in test]


def change(path: Path, by: Callable[[dict[str, Any]], object]) -> None:
    """Change the JSON of a file."""
    content = json.loads(path.read_text("utf-8"))
    by(content)
    path.write_text(json.dumps(content), "utf-8")


def spoil(path: Path, by: Callable[[dict[str, Any]], object]) -> None:
    """Change the first line of a file of JSON lines."""
    first, rest = path.read_text("utf-8").split("\n", 1)
    row = json.loads(first)
    by(row)
    path.write_text(f"{json.dumps(row)}\n{rest}", "utf-8")


def data(page: str, name: str) -> Any:
    """The JSON in a page under an element's id."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found, name
    return json.loads(found.group(1))


def cards(page: str) -> list[dict[str, Any]]:
    """The questions that a page holds, each with its data set."""
    datasets = data(page, "facts")["datasets"]
    return [
        {"dataset": datasets[part["dataset"]], **card}
        for number, part in enumerate(data(page, "index"))
        for card in data(page, f"chunk-{number}")
    ]
