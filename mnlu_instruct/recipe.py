"""Recipes: YAML files that say what to build, validated before anything runs."""

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mnlu_instruct import assets, tasks
from mnlu_instruct.errors import UserError, unknown


class BuildRecipe(BaseModel):
    """What `mnlu build` builds; every field is also an option of the command, which wins.

    Attributes:
        tasks: requested tasks, kept in the fixed order.
        n: how many instances in all, in equal shares by task; None takes every instance.
        corpora: training corpora by name (`demo` names the bundled ones); None takes all that are ready.
        own: the user's own corpora, by the paths of their files, beside those.
        exclude: corpora to leave out.
        domain: only corpora of one domain; `both` is biomedical and clinical.
        splits: splits to take instead of those that the corpora declare.
        short: what to do where a task has fewer instances than its share: stop, or take what is there.
        max_tokens: drop examples that are longer, in tokens of `tokenizer`, chat template included.
        tokenizer: name or path of the tokenizer that counts.
        pack: prompt pack by name or path.
        seed: decides the draw and the order of labels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: tuple[str, ...] = tuple(name for name in tasks.FAMILIES if name != "qa")
    n: int | None = Field(None, ge=1)
    corpora: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    domain: Literal["biomedical", "clinical", "general", "both"] | None = None
    splits: tuple[str, ...] | None = None
    short: Literal["error", "accept"] = "error"
    max_tokens: int | None = Field(None, ge=1)
    tokenizer: str | None = None
    pack: str = "mnlu"
    seed: int = Field(42, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.max_tokens is None) != (self.tokenizer is None):
            raise UserError("max_tokens and tokenizer go together.", "give both, or none of them.")
        object.__setattr__(self, "tasks", tasks.parse(self.tasks))
        return self


def build_recipe(source: str | None, options: dict[str, object]) -> BuildRecipe:
    """The recipe of a YAML file (a name in `recipes/build/` or a path) with options laid over it.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    written = _load(source) if source else {}
    given = {key: value for key, value in options.items() if value is not None}
    try:
        return BuildRecipe(**{**written, **given})
    except ValidationError as error:
        raise _explained(error, source or "the options") from error


def _load(source: str) -> dict[str, object]:
    named = assets.folder("recipes") / "build" / f"{source}.yaml"
    path = named if named.is_file() else Path(source)
    if not path.is_file():
        known = (name.removeprefix("build/").removesuffix(".yaml") for name in assets.names("recipes", "build/*.yaml"))
        raise unknown("build recipe", source, known)
    try:
        written = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}.", "mend the file.") from error
    if not isinstance(written, dict):
        raise UserError(f"{path} holds no keys.", f"known keys: {', '.join(BuildRecipe.model_fields)}.")
    return written


def _explained(error: ValidationError, source: str) -> UserError:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        wrong = unknown(f"key in {source}:", place, BuildRecipe.model_fields)
        return UserError(wrong.message, wrong.hint)
    return UserError(f"{source}: {place}: {first['msg']}.", "see 'mnlu build --help'.")
