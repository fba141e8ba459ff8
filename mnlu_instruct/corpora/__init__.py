"""The registered corpora, one per file of this folder; a user's own corpora are loaded by path.

A *reference* is what a user writes and a worker loads a corpus by: a name, a path (`mine.py`), or a path and a name
(`mine.py::ward-notes`) where a file declares several.
"""

import importlib
import importlib.util
import pkgutil
import re
from dataclasses import fields
from functools import cache
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.sources.declaration import Corpus

UNEXPECTED = re.compile(r"^Corpus.*unexpected keyword argument '(\w+)'")
DEMO = "demo"
"""The name that stands for all bundled corpora."""


@cache
def registry() -> dict[str, Corpus]:
    """Every corpus declared in this folder, by name, sorted."""
    found = [corpus for module in _modules() for corpus in declared(module)]
    return {corpus.name: corpus for corpus in sorted(found, key=lambda corpus: corpus.name)}


def is_path(reference: str) -> bool:
    """Whether a reference is to a user's file, not the name of a registered corpus."""
    return reference.partition("::")[0].endswith(".py")


def file(name: str) -> Path:
    """The file that declares a corpus, given by name or path."""
    if is_path(name):
        return Path(name.partition("::")[0])
    module = next(module for module in _modules() if any(corpus.name == name for corpus in declared(module)))
    assert module.__file__, name
    return Path(module.__file__)


def declared(module: ModuleType) -> list[Corpus]:
    """The corpora that a module declares."""
    return [value for value in vars(module).values() if isinstance(value, Corpus)]


def get(reference: str) -> Corpus:
    """The corpus of a reference.

    Raises:
        UserError: there is no such corpus (the hint has the nearest names), or a file declares several.
    """
    found = named(reference)
    if len(found) > 1:
        several = " and ".join(found)
        raise UserError(f"{reference} declares {len(found)} corpora.", f"name one: {several}.")
    return next(iter(found.values()))


def named(reference: str) -> dict[str, Corpus]:
    """The corpora that a reference stands for, by references of their own: all of a file, if it names none.

    Raises:
        UserError: there is no such corpus; the hint has the nearest names.
    """
    path, _, name = reference.partition("::")
    if not is_path(reference):
        if reference not in registry():
            raise unknown("corpus", reference, registry())
        return {reference: registry()[reference]}
    found = _of_file(path)
    if name and name not in found:
        raise unknown("corpus", name, found)
    if name or len(found) == 1:
        return {reference: found[name] if name else next(iter(found.values()))}
    return {f"{path}::{name}": corpus for name, corpus in found.items()}


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


def _of_file(path: str) -> dict[str, Corpus]:
    """The corpora that a user's file declares, by name; registered ones that it imports are not its own."""
    if not Path(path).is_file():
        raise UserError(f"{path}: no such corpus file.", "give the path of a Python file that declares a Corpus.")
    spec = importlib.util.spec_from_file_location(f"mnlu_user_{Path(path).stem}", path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        line = error.lineno if isinstance(error, SyntaxError) else _last_line(error, path)
        if isinstance(error, UserError):
            raise UserError(f"{path}, line {line}: {error.message}", error.hint) from error
        if isinstance(error, TypeError) and (named := UNEXPECTED.search(str(error))):
            wrong = unknown("argument", named[1], [field.name for field in fields(Corpus)])
            raise UserError(f"{path}, line {line}: {wrong.message}", wrong.hint) from error
        message = f"{path}, line {line}: {type(error).__name__}: {error}."
        raise UserError(message, "mend the declaration; mnlu_instruct/corpora has examples.") from error
    found: dict[str, Corpus] = {}
    for corpus in declared(module):
        registered = registry().get(corpus.name)
        if registered is corpus:
            continue
        if registered:
            raise UserError(
                f"{path} declares a corpus '{corpus.name}', the name of a registered one ({registered.title}).",
                f'give it another name; edition_of="{corpus.name}" says that it is another edition of that one.',
            )
        if found.setdefault(corpus.name, corpus) is not corpus:
            raise UserError(f"{path} declares two corpora '{corpus.name}'.", "give one of them another name.")
    if not found:
        raise UserError(f"{path} declares no Corpus.", "assign a Corpus(…) to a name in it.")
    return found


def _last_line(error: Exception, path: str) -> int | None:
    """The last line of a file in an error's traceback; None if the file isn't in it."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if Path(frame.filename) == Path(path).absolute()]
    return lines[-1] if lines else None
