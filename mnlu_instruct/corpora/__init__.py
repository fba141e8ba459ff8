"""The registered corpora, one per file of this folder; a user's own corpus is loaded by path."""

import importlib
import importlib.util
import pkgutil
from functools import cache
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.sources.declaration import Corpus

DEMO = "demo"
"""The name that stands for all bundled corpora."""


@cache
def registry() -> dict[str, Corpus]:
    """Every corpus declared in this folder, by name, sorted."""
    found = [corpus for module in _modules() for corpus in declared(module)]
    return {corpus.name: corpus for corpus in sorted(found, key=lambda corpus: corpus.name)}


def file(name: str) -> Path:
    """The file that declares a corpus, given by name or path."""
    if ".py" in name:
        return Path(name.partition("::")[0])
    module = next(module for module in _modules() if any(corpus.name == name for corpus in declared(module)))
    assert module.__file__, name
    return Path(module.__file__)


def declared(module: ModuleType) -> list[Corpus]:
    """The corpora that a module declares."""
    return [value for value in vars(module).values() if isinstance(value, Corpus)]


def get(name: str) -> Corpus:
    """A registered corpus by name, or a user's corpus by the path of its file (`mine.py`, or `mine.py::name`).

    Raises:
        UserError: no such corpus; the hint has the nearest names.
    """
    if ".py" in name:
        return _from_path(name)
    if name not in registry():
        raise unknown("corpus", name, registry())
    return registry()[name]


def training() -> dict[str, Corpus]:
    """Every training corpus in its main edition, except the bundled ones, by name."""
    found = {name: corpus for name, corpus in registry().items() if corpus.role == "train" and not corpus.is_demo}
    return {name: corpus for name, corpus in found.items() if not corpus.edition_of}


def bundled() -> dict[str, Corpus]:
    """The bundled training corpora, by name."""
    return {name: corpus for name, corpus in registry().items() if corpus.role == "train" and corpus.is_demo}


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))


def _from_path(name: str) -> Corpus:
    path, _, wanted = name.partition("::")
    if not Path(path).is_file():
        raise UserError(f"{path}: no such corpus file.", "give the path of a Python file that declares a Corpus.")
    spec = importlib.util.spec_from_file_location(f"mnlu_user_{Path(path).stem}", path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        line = error.lineno if isinstance(error, SyntaxError) else _last_line(error, path)
        message = f"{path}, line {line}: {type(error).__name__}: {error}."
        raise UserError(message, "mend the declaration; mnlu_instruct/corpora has examples.") from error
    found = {corpus.name: corpus for corpus in declared(module)}
    if not found:
        raise UserError(f"{path} declares no Corpus.", "assign a Corpus(…) to a name in it.")
    if wanted and wanted not in found:
        raise unknown("corpus", wanted, found)
    return found[wanted] if wanted else next(iter(found.values()))


def _last_line(error: Exception, path: str) -> int | None:
    """The last line of a file in an error's traceback; None if the file isn't in it."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if Path(frame.filename) == Path(path).absolute()]
    return lines[-1] if lines else None
