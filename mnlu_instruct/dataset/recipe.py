"""Recipes: YAML files that say what to build, validated before anything runs."""

from collections.abc import Iterable
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    Field,
    field_validator,
    model_validator,
)

from mnlu_instruct import tasks
from mnlu_instruct.declarations import Declaration, load, locate, validated
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.types import Domain

VERSION = 1
"""Of the build recipes that this program knows; raised when a key comes to mean something else."""

Value = TypeVar("Value")
Named = Annotated[dict[str, Value], AfterValidator(lambda given: dict(sorted(given.items())))]
"""Values by name, in one order, however they were written."""

Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=1)]
Cap = Annotated[int, Field(ge=1)]


class By(Declaration, Generic[Value]):
    """Values by task, by corpus, by domain.

    Attributes:
        tasks: by requested task.
        corpora: by the name of a training corpus.
        domains: by biomedical, clinical, general.
    """

    tasks: Named[Value] = Field(default_factory=dict)
    corpora: Named[Value] = Field(default_factory=dict)
    domains: Named[Value] = Field(default_factory=dict)

    @field_validator("domains")
    @classmethod
    def _check_domains(cls, given: dict[str, Value]) -> dict[str, Value]:
        for name in given:
            if name not in get_args(Domain):
                raise unknown("domain", name, get_args(Domain))
        return given


class Weights(By[Weight]):
    """Weights by task, by corpus, by domain; a class by name, as workers find it."""


class Limits(By[Cap]):
    """The most rows or tokens by task, by corpus, by domain; likewise."""


class Caps(Declaration):
    """At most so much, within each task.

    A cap on a task bounds the task. A cap on a corpus or a domain bounds what each task takes from it, so that no
    task's draw depends on another's. What a cap lets through is decided before anything is drawn, in the order of the
    draw; a cap in tokens ends before the first row that would go beyond it. What a cap names is never repeated.

    Attributes:
        rows: at most so many rows.
        tokens: at most so many tokens of prompts and completions, counted by the recipe's `tokenizer`.
    """

    rows: Limits = Limits()
    tokens: Limits = Limits()


class Ner(Declaration):
    """How named entities are asked for.

    Attributes:
        flatten: read mentions as token classification does: one type a character, the longest mention's; adjacent
            mentions of a type are one.
        triggers: event triggers are named entities: questions about a text's triggers (ete) are questions of ner.
    """

    flatten: bool = False
    triggers: bool = False


class Budget(Declaration):
    """What becomes of examples that are longer than `max_tokens`; those of re, nli and sts are dropped.

    Attributes:
        ner: cut the text into windows at sentence ends, each asked by itself; or drop the example.
        ee: windows as well for triggers, and the sentences around the trigger for its attributes; or drop.
        dc: keep as much of the head of the text as fits, or drop the example.
        qa: likewise.
        summ: likewise; the summary stays whole.
    """

    ner: Literal["window", "drop"] = "window"
    ee: Literal["window", "drop"] = "window"
    dc: Literal["head", "drop"] = "head"
    qa: Literal["head", "drop"] = "head"
    summ: Literal["head", "drop"] = "head"


class BuildRecipe(Declaration):
    """What `mnlu build` builds; every key but the nested ones is also an option of the command, which wins.

    A *rate* thins a corpus out: a rate of 0.03 leaves 3 % of its instances, drawn uniformly, whatever `n`. A *weight*
    divides `n`: it multiplies the share that a task, a corpus or a domain would have without it. Without weights, tasks
    have equal shares, and a task's share is drawn uniformly from all instances of all its corpora. With weights or a
    temperature, the corpora of a task have shares in proportion to weight · size^(1 / temperature), to the row; where
    one has fewer instances, the others of the task fill up.

    Whatever the recipe, a larger `n` keeps what a smaller one draws.

    Attributes:
        version: of the keys, for programs to come.
        tasks: requested tasks, kept in the fixed order.
        n: how many instances in all, in equal shares by task; None takes every instance.
        corpora: training corpora by name (`demo` names the bundled ones); None takes all that are ready.
        own: the user's own corpora, by the paths of their files, beside those.
        exclude: corpora to leave out.
        domain: only corpora of one domain; `both` is biomedical and clinical.
        splits: splits to take instead of those that the corpora declare.
        rates: by task, then by corpus, the fraction of its instances that is in the mixture.
        weights: by task, by corpus, by domain.
        temperature: 1 leaves the corpora of a task in proportion to their sizes; the higher, the more equal they are.
        caps: at most so many rows or tokens.
        short: what to do where a task has fewer instances than its share: stop; accept what is there; repeat its
            instances, with the options in another order; or redistribute what is lacking over the other tasks.
        exclude_leaks: a suite; documents that share an article, a text, or thirteen words in a row with its test sets
            are left out.
        duplicates: which copies of documents are left out: none, those word for word, or near ones too.
        max_tokens: the most tokens of an example, by `tokenizer`, chat template included.
        budget: what becomes of longer ones.
        tokenizer: name or path of the tokenizer that counts.
        ner: how named entities are asked for.
        pack: prompt pack by name or path.
        seed: decides the draw and the order of labels.
    """

    version: int = Field(VERSION, ge=1, le=VERSION)
    tasks: tuple[str, ...] = tuple(name for name in tasks.FAMILIES if name != "qa")
    n: int | None = Field(None, ge=1)
    corpora: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    domain: Literal["biomedical", "clinical", "general", "both"] | None = None
    splits: tuple[str, ...] | None = None
    rates: Named[Named[Rate]] = Field(default_factory=dict)
    weights: Weights = Weights()
    temperature: float = Field(1, gt=0, allow_inf_nan=False)
    caps: Caps = Caps()
    short: Literal["error", "accept", "repeat", "redistribute"] = "error"
    exclude_leaks: str | None = None
    duplicates: Literal["keep", "exact", "near"] = "keep"
    max_tokens: int | None = Field(None, ge=1)
    budget: Budget = Budget()
    tokenizer: str | None = None
    ner: Ner = Ner()
    pack: str = "mnlu"
    seed: int = Field(42, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _check_version(cls, given: dict[str, Any]) -> dict[str, Any]:
        """First of all: keys that are unknown here may be known to a newer program."""
        stated = given.get("version", VERSION)
        if isinstance(stated, int) and stated > VERSION:
            raise UserError(
                f"The recipe is of version {stated}; this program knows version {VERSION}.", "upgrade mnlu-instruct."
            )
        return given

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.max_tokens is not None and self.tokenizer is None:
            raise UserError("max_tokens needs a tokenizer, which counts.", "give --tokenizer, a name or a path.")
        if self.caps.tokens != Limits() and self.tokenizer is None:
            raise UserError("Caps in tokens need a tokenizer, which counts.", "give --tokenizer, a name or a path.")
        if self.n is None and (self.weights != Weights() or self.temperature != 1):
            raise UserError(
                "Weights and temperature divide n, and there is none.", "give --n; or `rates`, which thin corpora out."
            )
        object.__setattr__(self, "tasks", tasks.parse(self.tasks))
        if self.ner.triggers and {"ee", "ete"} & set(self.tasks):
            raise UserError(
                "ner.triggers makes triggers named entities, and the tasks ask for them as events, too.",
                "leave ner.triggers out, or take ee and ete out of --tasks.",
            )
        named: dict[str, Iterable[str]] = {"rates": self.rates, "weights": self.weights.tasks}
        named |= {"caps.rows": self.caps.rows.tasks, "caps.tokens": self.caps.tokens.tasks}
        for key, names in named.items():
            for name in names:
                _check_task(key, name, self.tasks)
        return self

    def drawn_from(self, task: str) -> frozenset[str]:
        """The kinds of questions that a requested task draws from."""
        return tasks.kinds([task, *(["ete"] if task == "ner" and self.ner.triggers else [])])

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of questions that all requested tasks draw from."""
        return frozenset().union(*map(self.drawn_from, self.tasks))

    @property
    def corpora_named(self) -> frozenset[str]:
        """The corpora that rates, weights or caps name."""
        others = (self.weights.corpora, self.caps.rows.corpora, self.caps.tokens.corpora)
        return frozenset().union(*self.rates.values(), *others)


def _check_task(key: str, name: str, requested: tuple[str, ...]) -> None:
    """A task that isn't requested does no harm; a part of one that is, or the whole of parts, would do nothing.

    Raises:
        UserError: no such task; or it is requested under another name.
    """
    if name not in tasks.ORDER:
        raise unknown(f"task in {key}:", name, tasks.ORDER)
    for other in requested:
        if name != other and tasks.kinds([name]) & tasks.kinds([other]):
            raise UserError(f"{key} names task '{name}', and the build asks for '{other}'.", f"name '{other}' there.")


def build_recipe(source: str | None, options: dict[str, object]) -> BuildRecipe:
    """The recipe of a YAML file (a name in `recipes/build/` or a path) with options laid over it.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if source is None:
        return validated(BuildRecipe, given, "the options")
    return load(locate(source, "recipes/build", "build recipe"), BuildRecipe, given)
