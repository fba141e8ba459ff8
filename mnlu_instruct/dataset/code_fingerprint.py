"""What made a stored thing: a hash of source text, so that no version has to be raised by hand."""

import ast
import hashlib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from mnlu_instruct import assets

OTHERS = f"nltk {version('nltk')}, Unicode {unicodedata.unidata_version}"
"""What else decides how texts are read and cut into sentences."""


def code(*files: Path) -> str:
    """A hash over files of source text and every module of this package that they import, directly or not.

    It is decided by what the files say and where they lie below the package, not by where that is installed. A module
    that moves takes another place, and those that import it say other words; so nothing made by old code is read by
    new code, nor the other way round.
    """
    digest = hashlib.blake2b(OTHERS.encode(), digest_size=16)
    for place, content in sorted((_place(path), content) for path, content in reached(*files).items()):
        digest.update(f"\0{place}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _place(path: Path) -> str:
    """Where a module lies below this package; of a file elsewhere, a user's corpus, its name alone."""
    return path.relative_to(assets.PACKAGE).as_posix() if path.is_relative_to(assets.PACKAGE) else path.name


def reached(*files: Path) -> dict[Path, bytes]:
    """Those files and modules, with their contents."""
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
    """Dotted names that may be modules: `from a.b import c` gives `a.b` and `a.b.c`."""
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
