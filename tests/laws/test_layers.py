"""Architecture: which modules may import which, what must not be loaded at import, which modules may print."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.support import ROOT

NAME = "mnlu_instruct"
PACKAGE = ROOT / NAME
HEAVY = {"torch", "transformers", "vllm", "datasets", "mergekit", "deepspeed", "trl"}
HEAVY_ROOMS = {PACKAGE / room for room in ("training", "evaluation/engines", "merging", "pretraining", "pointing")}
PRINTING = re.compile(r"\bconsole\.(output|line|table|document)\b|^\s*from rich", re.MULTILINE)
LEVELS = 15


@cache
def files() -> dict[str, Path]:
    """The modules of the package, by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def names(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """For each imported name, the modules that it may be, longest first: `from a.b import c` is `a.b.c` or `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports are absolute"
            yield from ((f"{node.module}.{alias.name}", node.module) for alias in node.names)


@cache
def imports() -> dict[str, frozenset[str]]:
    """Module → modules of the package that it imports anywhere, also in functions and for type checking."""
    found = {}
    for module, path in files().items():
        meant = (next((one for one in some if one in files()), None) for some in names(ast.parse(path.read_bytes())))
        found[module] = frozenset(one for one in meant if one and one != module)
    return found


def room(module: str) -> str:
    """The wing that a module lies in, or itself, if it is of the ground."""
    return module if wing(module) == "ground" else wing(module)


def wing(module: str) -> str:
    """The wing (top-level folder) of a module; "ground" for modules directly in the package."""
    parts = files()[module].relative_to(PACKAGE).parts
    return f"{parts[0]}/" if len(parts) > 1 else "ground"


def gathered(graph: Mapping[str, frozenset[str]], place: Callable[[str], str]) -> dict[str, set[str]]:
    """Place → places that its modules import."""
    found: dict[str, set[str]] = {place(module): set() for module in graph}
    for module, others in graph.items():
        found[place(module)] |= {place(other) for other in others} - {place(module)}
    return found


def wings(graph: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    """Wing → wings that its modules import."""
    return gathered(graph, wing)


def allowed() -> dict[str, set[str]]:
    """The table of docs/architecture.md: wing → wings that it may import."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (ground|`\w+/`) \|.*\| ?([\w, ]*?) ?\|$", text, re.MULTILINE)
    slash = {name.strip("`/"): name.strip("`") for name, _ in rows}
    return {name.strip("`"): {slash[one] for one in used.split(", ") if one} for name, used in rows}


def circles(graph: Mapping[str, frozenset[str] | set[str]]) -> set[str]:
    """The nodes left of a graph after nodes without dependencies among the rest are removed, again and again."""
    left = {node: set(others) for node, others in graph.items()}
    while ends := {node for node, others in left.items() if not others & left.keys()}:
        left = {node: others for node, others in left.items() if node not in ends}
    return set(left)


def levels(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """The level of each node of an acyclic graph: one above the highest of its imports."""

    @cache
    def level(node: str) -> int:
        return 1 + max(map(level, graph[node]), default=0)

    return {node: level(node) for node in graph}


def test_wings_import_what_the_table_says_and_the_table_says_no_more() -> None:
    assert wings(imports()) == allowed()


def test_no_import_runs_in_a_circle() -> None:
    assert not circles(imports())
    assert not circles(wings(imports()))


def test_wings_and_the_files_of_the_ground_stand_on_few_levels() -> None:
    assert max(levels(gathered(imports(), room)).values()) <= LEVELS


@pytest.mark.parametrize(
    ("module", "other"),
    [("readers.brat", "tasks"), ("scoring.counts", "evaluation.predictions"), ("console", "dataset.build")],
)
def test_an_import_that_the_table_forbids_is_seen(module: str, other: str) -> None:
    added = {f"{NAME}.{module}": imports()[f"{NAME}.{module}"] | {f"{NAME}.{other}"}}
    assert wings(imports() | added) != allowed()


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}, "e": set()}) == {"a", "b", "c", "d"}


def test_only_files_of_the_ground_lie_side_by_side() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == {
        *("__init__", "assets", "cluster", "console", "data_folder", "errors", "files", "folders", "interruption"),
        *("ledger", "markdown", "sentences", "types", "workers", "yaml_files"),
    }


def test_nothing_below_the_command_line_prints_but_a_training() -> None:
    printing = {path for path in files().values() if PRINTING.search(path.read_text("utf-8"))}
    rooms = (PACKAGE / "cli", PACKAGE / "training")
    assert {path for path in printing if not any(room in path.parents for room in rooms)} == {PACKAGE / "console.py"}


def test_the_package_imports_no_script_and_only_heavy_rooms_load_anything_heavy_at_the_top() -> None:
    for path in files().values():
        tree = ast.parse(path.read_bytes())
        assert not {one.split(".")[0] for some in names(tree) for one in some} & {"train", "merge", "eval"}, path
        top = ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
        loaded = {one.split(".")[0] for some in names(top) for one in some}
        assert HEAVY_ROOMS & set(path.parents) or not loaded & HEAVY, path


@pytest.mark.parametrize("code", ["import mnlu_instruct", "from mnlu_instruct.cli import app; app(['--help'])"])
def test_import_and_help_load_nothing_heavy(code: str) -> None:
    report = f"import atexit, sys; atexit.register(lambda: print('LOADED', *sorted(set(sys.modules) & {HEAVY})))\n"
    done = subprocess.run([sys.executable, "-c", report + code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "LOADED"
