"""Figures that pages quote are those of the files that they are from, so that they can't drift."""

import re

import pytest
import yaml

from mnlu_instruct.catalogue import suites
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import build_recipe
from tests.support import REAL, ROOT, needs_real_corpora, read_split

DOCS = ROOT / "docs"


def cells(page: str, first: str) -> list[str]:
    """The cells of a table's row in a page, by its first cell."""
    (row,) = re.findall(rf"^\| `{first}` \|(.*)\|$", (DOCS / page).read_text("utf-8"), re.M)
    return [cell.strip() for cell in row.split("|")]


def rows_of(recipe: str) -> set[int]:
    """The numbers of rows that an ablation's cells are built with."""
    found = yaml.safe_load((ROOT / "recipes" / "ablations" / f"{recipe}.yaml").read_text("utf-8"))
    points = [point for series in found["series"] for point in series["points"]]
    builds = [found.get("build", {}), *(point.get("build", {}) for point in points)]
    return {build["n"] for build in builds if "n" in build}


@pytest.mark.parametrize("name", ["re_task_diversity", "ner_domain", "negatives"])
def test_rows_of_ablations(name: str) -> None:
    _, varies, _ = cells("ablations.md", name)
    assert {int(number.replace(",", "")) for number in re.findall(r"\d+,\d{3}", varies)} == rows_of(name)


@needs_real_corpora
def test_shares_of_answers_that_find_nothing() -> None:
    texts = [path.read_text("utf-8") for path in (DOCS / "mixtures.md", ROOT / "recipes/ablations/negatives.yaml")]
    said = {number for text in texts for number in re.findall(r"(\d+) % of BioRED's pairs", text)}
    said |= {number for text in texts for number in re.findall(r"(\d+) % of DrugProt's", text)}
    recipe = build_recipe(None, {"corpora": ["biored", "drugprot"], "tasks": ["re"]})
    rows = build.draft(recipe, REAL, None, lambda *_: None).mixture.rows
    assert said == {str(round(100 * row.nothing / row.drawn)) for row in rows}


@needs_real_corpora
def test_the_example_of_a_sample() -> None:
    (count,) = re.findall(r"50 of\s+([\d,]+) questions: not comparable", (DOCS / "evaluation.md").read_text("utf-8"))
    there = [one for one in suites.load("blurb").datasets if not one.lacks(REAL)]
    sizes = {read_split(one.corpus_name, one.split).instances.get(one.task) for one in there}
    assert int(count.replace(",", "")) in sizes
