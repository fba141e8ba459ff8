"""The documentation's site: a page a command, every key of every recipe described, no link that leads nowhere."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from mnlu_instruct.catalogue import suites
from tests.support import ROOT


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"site_{name}", ROOT / "docs" / "site" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build, check = loaded("build"), loaded("check")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    found: dict[str, str] = build.pages()
    return found


def test_every_command_has_a_page_with_its_options_and_examples(pages: dict[str, str]) -> None:
    named = [path for path, _ in build._commands()]
    assert len(named) > 25
    for path in named:
        page = pages[f"commands/{'-'.join(path)}.md"]
        assert page.startswith(f"# mnlu {' '.join(path)}\n") and "| option |" in page
        assert f"({'-'.join(path)}.md)" in pages["commands/index.md"]
    assert "`--thin`" not in pages["commands/build.md"] and "`--temperature`" in pages["commands/build.md"]


@pytest.mark.parametrize("name", build.RECIPES)
def test_every_key_of_a_recipe_is_described(name: str, pages: dict[str, str]) -> None:
    waiting, seen = [build.RECIPES[name][0]], set()
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        described = build.described(model)
        for key, field in model.model_fields.items():
            assert described.get(key), (
                model,
                key,
            )
            assert f"`{key}`" in pages[f"recipes/{name}.md"]
            waiting += build._models(field.annotation)
    assert (
        json.loads(pages[f"recipes/{name}.schema.json"])["properties"].keys()
        == build.RECIPES[name][0].model_fields.keys()
    )


def test_links_between_pages_lead_somewhere(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        for target in re.findall(r"(?<!`)\]\(([^)#`\s]+)\)", text):
            if not target.startswith("http"):
                path = (Path("/") / Path(name).parent / target).resolve().relative_to("/").as_posix()
                assert path in pages, (name, target)


def test_the_configuration_names_pages_that_are_there(pages: dict[str, str]) -> None:
    named = re.findall(r'"([\w/-]+\.md)"', (ROOT / "docs" / "site" / "zensical.toml").read_text("utf-8"))
    assert named and set(named) <= pages.keys()
    top = {name for name in pages if "/" not in name}
    assert top <= set(named), top - set(named)


def test_what_must_be_signed_is_said_of_all_test_sets(pages: dict[str, str]) -> None:
    for dataset in suites.load("paper").datasets:
        assert f"| {dataset.name} |" in pages["signatures.md"]
    assert "| i2b2-2010 | re | dua |" in pages["signatures.md"]


def test_broken_links_of_a_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#x">b</a><a href="#here" id="here">a</a><img src="c.png">', "utf-8"
    )
    (tmp_path / "b.html").write_text('<p id="y"><script src="https://example.org/x.js"></script>', "utf-8")
    assert check.broken(tmp_path) == [
        "a.html: b.html#x", "a.html: c.png", "b.html: loads https://example.org/x.js"
    ]  # fmt: skip
