"""Everything sent between processes can be pickled, and unpickles to the same."""

import importlib
import pickle
import pkgutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest
from msgspec import Struct
from pydantic import BaseModel

import mnlu_instruct
from mnlu_instruct import assets
from mnlu_instruct.catalogue import check
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import BuildRecipe, build_recipe
from mnlu_instruct.leakage.duplicates import duplicates
from mnlu_instruct.leakage.search import search_corpora
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.yaml_files import YamlModel
from tests.prompting.families import FAMILIES, byte_level
from tests.support import FIXTURES

Result = TypeVar("Result")

HEAVY = {"mnlu_instruct.evaluation.engines.vllm_offline", "mnlu_instruct.demo.__main__"}
"""Modules that take seconds to import, or that run something on import."""

OPTIONS: dict[str, dict[str, Any]] = {
    "weights": {"n": 12, "weights": {"tasks": {"ner": 2}, "corpora": {"snli": 3}, "domains": {"general": 1}}},
    "caps": {"n": 12, "caps": {"rows": {"tasks": {"ner": 3}, "corpora": {"biored": 2}, "domains": {"general": 4}}}},
    "rates": {"rates": {"nli": {"snli": 0.5}}, "ner": {"flatten": True, "triggers": True}},
    "leaks": {"exclude_leaks": "blurb", "duplicates": "near"},
}
TOKENIZER = "tokenizer"
"""Stands for a tokenizer that the test makes."""
RECIPES: dict[str, dict[str, Any]] = {
    path.removeprefix("build/").removesuffix(".yaml"): {} for path in assets.names("recipes", "build/*.yaml")
} | {
    "cdr-ere": {"tasks": ["ere"]},
    "covid-dialog": {"tasks": ["dialogue"], "tokenizer": TOKENIZER},
    "mediqa-qs": {"tasks": ["summ"], "tokenizer": TOKENIZER},
}


class Pickling(Executor):
    """An executor that runs each call at once, in this process, and pickles and unpickles its arguments and result."""

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        sent, with_them = pickle.loads(pickle.dumps((function, arguments)))
        future: Future[Result] = Future()
        future.set_result(pickle.loads(pickle.dumps(sent(*with_them, **named))))
        return future


def classes() -> Iterator[type]:
    """Every Struct and declaration of the package, and every declaration in a field of a build recipe."""
    names = [info.name for info in pkgutil.walk_packages(mnlu_instruct.__path__, "mnlu_instruct.")]
    for module in [importlib.import_module(name) for name in names if name not in HEAVY]:
        yield from (
            one for one in vars(module).values() if isinstance(one, type) and issubclass(one, (Struct, YamlModel))
        )
    waiting: list[type[BaseModel]] = [BuildRecipe]
    while waiting:
        for field in waiting.pop().model_fields.values():
            inside = [field.annotation, *get_args(field.annotation)]
            found = [one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)]
            waiting += found
            yield from found


def test_every_class_is_found_by_its_name() -> None:
    ours = {one for one in classes() if one.__module__.startswith("mnlu_instruct")}
    assert BuildRecipe in ours
    hidden = [one for one in ours if getattr(sys.modules[one.__module__], one.__qualname__, None) is not one]
    assert not hidden


@pytest.mark.parametrize(("recipe", "options"), [*RECIPES.items(), *((None, one) for one in OPTIONS.values())])
def test_builds(recipe: str | None, options: dict[str, Any], tmp_path: Path) -> None:
    if options.get("tokenizer") == TOKENIZER:
        byte_level(FAMILIES["zephyr"]).save_pretrained(tmp_path / TOKENIZER)
        options = {**options, "tokenizer": str(tmp_path / TOKENIZER)}
    wanted = build_recipe(recipe, {"tasks": ["nli", "ner"], **options, "short": "accept"})
    written = []
    for pool in (Pickling(), None):
        drafted = build.draft(wanted, FIXTURES, pool, lambda *_: None)
        written.append(build.write(drafted, tmp_path / str(len(written)), pool, lambda *_: None))
    assert written[0] == written[1]
    assert written[0]["rows"]


def test_searches() -> None:
    assert search_corpora(["biored"], ("blurb",), FIXTURES, Pickling(), lambda *_: None).cells
    assert duplicates([Unit("biored", "train")], "near", FIXTURES, Pickling(), lambda *_: None) is not None


def test_what_a_check_reads() -> None:
    assert pickle.loads(pickle.dumps(check.read_split("biored", "train", FIXTURES)))
