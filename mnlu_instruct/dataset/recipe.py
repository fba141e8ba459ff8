"""Build recipes: YAML files that say what to build, validated before anything runs."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    Field,
    field_validator,
    model_validator,
)

from mnlu_instruct import tasks
from mnlu_instruct.dataset.layout import Order
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.types import Domain
from mnlu_instruct.yaml_files import YamlModel, load, locate, validated, with_settings

VERSION = 1
"""The version of build recipes that this program knows; raised when the meaning of a key changes."""

Value = TypeVar("Value")
Named = Annotated[dict[str, Value], AfterValidator(lambda given: dict(sorted(given.items())))]
"""Values by name, sorted by name, so that the order in the file doesn't matter."""

Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Kept = Annotated[float, Field(ge=0, le=1)]
Cap = Annotated[int, Field(ge=1)]


class By(YamlModel, Generic[Value]):
    """Values by task, by corpus, by domain.

    Attributes:
        tasks: by requested task.
        corpora: by name of a training corpus.
        domains: by domain: biomedical, clinical, general.
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
    """Weights by task, by corpus, by domain; a named class, because worker processes must be able to unpickle it."""


class Limits(By[Cap]):
    """The maximum rows or tokens by task, by corpus, by domain; a named class, like `Weights`."""


class Caps(YamlModel):
    """Maximum rows or tokens (examples-proportional caps), applied within each task.

    A cap on a task limits the task. A cap on a corpus or a domain limits what each task takes from it, so that no
    task's draw depends on another's. Caps are applied before sampling: they keep the first instances in the order of
    the draw. A cap in tokens ends before the first row that would exceed it. Instances under a cap on their corpus or
    domain, or under a cap in tokens on their task, are never repeated.

    Attributes:
        rows: maximum numbers of rows.
        tokens: maximum numbers of tokens in prompts and completions, counted by the recipe's `tokenizer`.
    """

    rows: Limits = Limits()
    tokens: Limits = Limits()


class Ner(YamlModel):
    """Options of named-entity questions.

    Attributes:
        flatten: treat mentions as token classification does: each character has one type, that of the longest mention
            over it, and adjacent mentions of a type are merged.
        triggers: treat event triggers as named entities: questions about triggers (ete) become questions of ner.
    """

    flatten: bool = False
    triggers: bool = False


class Documents(YamlModel):
    """Which documents of each split can be drawn from, e.g. 16 of them (few shots).

    Attributes:
        n: how many; by default all that are listed.
        draw: `uniform`: each is as likely, and a larger n keeps those of a smaller one; `stratified`: likewise, in
            proportion from those that have one label in common, the rarest that occurs in them; `study`: those that
            numpy's `default_rng(seed)` permutes to the front, as the study of domain specificity drew them.
        listed: corpus → a file with the ids of its documents, one a line: only these, for `study` in this order.
    """

    n: int | None = Field(None, ge=1)
    draw: Literal["uniform", "stratified", "study"] = "uniform"
    listed: Named[str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.n is None and not self.listed:
            raise UserError("documents has neither n nor listed.", "say how many are drawn, or which.")
        return self


class Budget(YamlModel):
    """The length budget: what to do with questions longer than `max_tokens`; those of re, nli, sts and ere are dropped.

    Attributes:
        ner: split the text into windows at sentence ends, with a question about each; or drop the question.
        ee: likewise for triggers, and a window around the trigger for its attributes; or drop the question.
        dc: truncate the text to as many of its first words as fit, or drop the question.
        qa: like dc.
        summ: like dc; the answer is not truncated.
        dialogue: like summ.
    """

    ner: Literal["window", "drop"] = "window"
    ee: Literal["window", "drop"] = "window"
    dc: Literal["head", "drop"] = "head"
    qa: Literal["head", "drop"] = "head"
    summ: Literal["head", "drop"] = "head"
    dialogue: Literal["head", "drop"] = "head"


class BuildRecipe(YamlModel):
    """What `mnlu build` builds. Every key but the nested ones is also an option of the command, which overrides it.

    A *rate* downsamples a corpus: 0.03 leaves 3 % of its instances, drawn uniformly, whatever `n` is. A *weight*
    divides `n`: it multiplies the share that a task, a corpus or a domain would have without it. Without weights, tasks
    have equal shares, and a task's share is drawn uniformly from all instances of all its corpora. With weights or a
    temperature, the corpora of a task have shares in proportion to weight · size^(1 / temperature), exact to the row;
    if a corpus has fewer instances, the other corpora of the task fill up.

    With every recipe, a larger `n` keeps the rows that a smaller one draws.

    Attributes:
        version: the version of the recipe format.
        tasks: the requested tasks, always in the same order.
        n: total number of instances, split equally over the tasks; None takes every instance.
        corpora: training corpora by name (`demo` names the bundled ones); None takes all that have their files.
        own: the user's own corpora, by the paths of their declarations, in addition.
        exclude: corpora to leave out.
        domain: only corpora of one domain; `both` is biomedical and clinical.
        splits: splits to read instead of the corpora's training splits.
        rates: task → corpus → the fraction of its instances that can be drawn.
        thin: corpus → the fraction that is kept of its questions whose answer finds nothing: pairs or texts without a
            relation, sentences without an entity; 0 keeps none. Others are not touched.
        documents: the documents of each split that questions are drawn from; by default, all.
        weights: by task, by corpus, by domain.
        temperature: temperature of the sampling over a task's corpora: 1 = proportional to size, larger = closer to
            uniform.
        caps: maximum rows or tokens.
        short: what to do if a task has fewer instances than its share: stop with an error; accept what it has; repeat
            its instances, with the options in another order; or redistribute the missing rows over the other tasks.
        exclude_leaks: a suite; documents that share an article, a text, or thirteen words in a row with its test sets
            are left out.
        duplicates: keep duplicate documents, leave out exact copies, or near-duplicates too.
        max_tokens: maximum tokens of a row, by `tokenizer`, including the chat template.
        budget: what to do with longer ones.
        tokenizer: name or path of the tokenizer that counts tokens.
        template: the chat template that it counts, as in training recipes: `own`, `zephyr`, `plain`, or a path; by
            default the tokenizer's own if it has one, else Zephyr's.
        ner: options of named-entity questions.
        knowledge: the folder of a knowledge base (`mnlu kb build`), which names the concepts of entity linking; by
            default, answers are ids.
        pack: prompt pack by name or path.
        order: the order of the rows: shuffled over all shards by hashes of their ids, so that any shard is a sample of
            the whole; or corpus after corpus.
        validation: the fraction of the documents whose rows go into a validation split, by hashes of articles and
            documents: at any n, and in any corpus, the same ones; or those of `splits` that go there, as [dev].
        seed: the seed of the sampling, of the order of labels and of that of rows.
    """

    version: int = Field(VERSION, ge=1, le=VERSION)
    tasks: tuple[str, ...] = tasks.UNIFIED
    n: int | None = Field(None, ge=1)
    corpora: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    domain: Literal["biomedical", "clinical", "general", "both"] | None = None
    splits: tuple[str, ...] | None = None
    rates: Named[Named[Rate]] = Field(default_factory=dict)
    thin: Named[Kept] = Field(default_factory=dict)
    documents: Documents | None = None
    weights: Weights = Weights()
    temperature: float = Field(1, gt=0, allow_inf_nan=False)
    caps: Caps = Caps()
    short: Literal["error", "accept", "repeat", "redistribute"] = "error"
    exclude_leaks: str | None = None
    duplicates: Literal["keep", "exact", "near"] = "keep"
    max_tokens: int | None = Field(None, ge=1)
    budget: Budget = Budget()
    tokenizer: str | None = None
    template: str | None = None
    ner: Ner = Ner()
    knowledge: str | None = None
    pack: str = "mnlu"
    order: Order = "shuffled"
    validation: Share | tuple[str, ...] | None = None
    seed: int = Field(42, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _check_version(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Check the version before the keys: a key that is unknown here may be known to a newer program."""
        stated = given.get("version", VERSION)
        if isinstance(stated, int) and stated > VERSION:
            raise UserError(
                f"The recipe has version {stated}; this program knows version {VERSION}.", "upgrade mnlu-instruct."
            )
        return given

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.max_tokens is not None and self.tokenizer is None:
            raise UserError("max_tokens needs a tokenizer that counts them.", "give --tokenizer, a name or a path.")
        if self.caps.tokens != Limits() and self.tokenizer is None:
            raise UserError("Caps in tokens need a tokenizer that counts them.", "give --tokenizer, a name or a path.")
        if self.n is None and (self.weights != Weights() or self.temperature != 1):
            raise UserError(
                "Weights and temperature divide n, but n is not given.",
                "give --n; or use `rates` to downsample corpora.",
            )
        if isinstance(self.validation, tuple):
            for split in self.validation:
                if split not in (self.splits or ()):
                    raise UserError(
                        f"validation names the split '{split}', which isn't among `splits`.",
                        f"splits: [train, {split}] reads both.",
                    )
        object.__setattr__(self, "tasks", tasks.parse(self.tasks))
        if self.ner.triggers and {"ee", "ete"} & set(self.tasks):
            raise UserError(
                "ner.triggers asks for triggers as named entities, and the tasks ee or ete as events, too.",
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
        """The corpora that rates, thinning, lists of documents, weights or caps name."""
        others = (
            self.thin,
            self.documents.listed if self.documents else {},
            self.weights.corpora,
            self.caps.rows.corpora,
            self.caps.tokens.corpora,
        )
        return frozenset().union(*self.rates.values(), *others)


def _check_task(key: str, name: str, requested: tuple[str, ...]) -> None:
    """Check a task named in rates, weights or caps. One that isn't requested has no effect and is allowed.

    Raises:
        UserError: there is no such task; or it is a part of a requested task, or the whole of requested parts, so that
            it would have no effect.
    """
    if name not in tasks.ORDER:
        raise unknown(f"task in {key}:", name, tasks.ORDER)
    for other in requested:
        if name != other and tasks.kinds([name]) & tasks.kinds([other]):
            raise UserError(f"{key} names task '{name}', but the build asks for '{other}'.", f"name '{other}' there.")


def build_recipe(source: str | None, options: dict[str, object], settings: Sequence[str] = ()) -> BuildRecipe:
    """The recipe in a YAML file (a name in `recipes/build/` or a path); options that are not None override its keys.

    `settings` do so, too, for keys inside keys (`yaml_files.with_settings`).

    Raises:
        UserError: there is no such file, it is not YAML, or it has an unknown key or an invalid value.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if source is None:
        return validated(BuildRecipe, with_settings(given, settings), "the options")
    return load(locate(source, "recipes/build", "build recipe"), BuildRecipe, given, settings)
