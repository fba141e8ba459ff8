"""A hash of the source code that made a stored file, so that no version has to be raised by hand."""

import ast
import hashlib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from mnlu_instruct import assets

OTHERS = f"nltk {version('nltk')}, Unicode {unicodedata.unidata_version}"
"""Versions outside this package that decide how texts are read and split into sentences."""


def code(*files: Path) -> str:
    """A hash of source files and of every module of this package that they import, directly or not.

    It depends on the content of the files and their paths below the package, not on where the package is installed. A
    moved module changes the hash, and so do the changed imports of it; so new code never reads what old code made, nor
    the other way round.
    """
    digest = hashlib.blake2b(OTHERS.encode(), digest_size=16)
    for place, content in sorted((_place(path), content) for path, content in reached(*files).items()):
        digest.update(f"\0{place}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _place(path: Path) -> str:
    """The path of a module below this package; for a file elsewhere (a user's corpus), only its name."""
    return path.relative_to(assets.PACKAGE).as_posix() if path.is_relative_to(assets.PACKAGE) else path.name


def reached(*files: Path) -> dict[Path, bytes]:
    """The files and all modules of this package that they import, directly or not, with their contents."""
    found: dict[Path, bytes] = {}
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = path.read_bytes()
            waiting += _imported(path, found[path])
    return found


@cache
def _imported(path: Path, content: bytes) -> tuple[Path, ...]:
    """The files of this package that a file imports."""
    tree = ast.parse(content, str(path))
    return tuple(file for name in sorted(set(_names(tree))) if (file := _file(name)))


def _names(tree: ast.AST) -> Iterator[str]:
    """The imported names that may be modules: `from a.b import c` gives `a.b` and `a.b.c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str) -> Path | None:
    first, *rest = name.split(".")
    if first != assets.PACKAGE.name:
        return None
    place = assets.PACKAGE.joinpath(*rest)
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)
