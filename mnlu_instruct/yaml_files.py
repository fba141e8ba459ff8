"""Loading of YAML files (recipes, packs, suites), validated against a pydantic model before anything runs."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError, unknown


class YamlModel(BaseModel):
    """Base class of what a YAML file declares: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Declared = TypeVar("Declared", bound=YamlModel)


def locate(source: str, kind: str, what: str) -> Path:
    """The path of a bundled or a user's own YAML file.

    Args:
        source: a path, or the name of a file below the folder `kind`, without `.yaml`.
        kind: a folder of assets (`recipes/build`).
        what: what the file is called in messages ("build recipe").

    Raises:
        UserError: there is no such file; the hint names the closest matches.
    """
    room, _, folder = kind.partition("/")
    named = assets.folder(room) / folder / f"{source}.yaml"
    path = named if named.is_file() else Path(source)
    if not path.is_file():
        below = assets.folder(room) / folder
        raise unknown(what, source, (found.stem for found in below.glob("*.yaml")))
    return path


def load(
    path: Path, model: type[Declared], over: dict[str, Any] | None = None, settings: Sequence[str] = ()
) -> Declared:
    """The declaration in a YAML file, with the values in `over`, then `settings` (`with_settings`) overriding its keys.

    Raises:
        UserError: the file is not YAML, or has an unknown key or an invalid value; a setting has no key or no value.
    """
    return validated(model, with_settings({**keys(path, model), **(over or {})}, settings), str(path))


def with_settings(written: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """The keys of a file with some set by `key.inner=value`; values are YAML, as they would be in the file.

    Raises:
        UserError: a setting has no key or no value, its value is no YAML, or its key is inside something that has none.
    """
    found = deepcopy(written)
    for words in settings:
        key, equals, value = words.partition("=")
        if not (key and equals):
            raise UserError(f"--set '{words}' is not KEY=VALUE.", "write it as in --set trainer.max_steps=20.")
        *outer, last = key.split(".")
        place = found
        for part in outer:
            place[part] = place.get(part) or {}
            place = place[part]
            if not isinstance(place, dict):
                raise UserError(f"--set {words}: '{part}' has no keys inside.", "'=' comes after the whole key.")
        try:
            place[last] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UserError(f"--set {words}: the value is not YAML.", "quote it as in the file.") from error
    return found


def keys(path: Path, model: type[Declared]) -> dict[str, Any]:
    """The keys and values of a YAML file, not yet validated; `model` is for the hint.

    Raises:
        UserError: the file is not YAML, or is not a mapping.
    """
    try:
        written = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML: {error}.", "correct the file.") from error
    if not isinstance(written, dict):
        raise UserError(f"{path} has no keys.", f"known keys: {', '.join(model.model_fields)}.")
    return written


def validated(model: type[Declared], values: dict[str, Any], source: str) -> Declared:
    """A declaration made of values; `source` says in messages where they are from.

    Raises:
        UserError: an unknown key (the hint names the closest known ones), or an invalid value.
    """
    try:
        return model(**values)
    except ValidationError as error:
        # A misspelt key is reported as unknown and as missing; the former says more.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = ".".join(map(str, first["loc"]))
        known = _keys(model, first["loc"][:-1])
        if first["type"] == "extra_forbidden":
            wrong = unknown(f"key in {source}:", str(first["loc"][-1]), known)
            raise wrong from error
        if first["type"] == "missing":
            raise UserError(f"{source}: {place} is missing.", f"known keys: {', '.join(known)}.") from error
        message, hint = invalid(place, first)
        raise UserError(f"{source}: {message}", hint) from error


def invalid(place: str, found: Mapping[str, Any]) -> tuple[str, str]:
    """Message and hint about a value that pydantic refuses.

    Args:
        place: the key.
        found: what pydantic says of it.
    """
    words = found["msg"].removeprefix("Value error, ")
    if words.startswith("Input should "):
        message = f"{place} {words.removeprefix('Input ')}, not {found['input']!r}."
    else:
        message = f"{place}: {words}."
    return message, "write another value."


def _keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The known keys at a path inside a model; lists and mappings of models are followed into their members."""
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            inside = [annotation, *get_args(annotation)]
            model = next((one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)), model)
    return list(model.model_fields)
