"""What a corpus declares: where it comes from, which files hold which split, what its labels are called.

A declaration is data, 15–40 lines in one file of `corpora/`. It says nothing of prompts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from mnlu_instruct.errors import unknown
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import RULES
from mnlu_instruct.types import Domain

Role = Literal["train", "eval"]
Access = Literal["open", "registration", "dua"]


@dataclass(frozen=True)
class Download:
    """Files that anyone may download, some after a registration."""

    url: str
    access: Access = "open"

    @property
    def advice(self) -> str:
        """How to get the files."""
        return f"{'' if self.access == 'open' else 'register, then '}download {self.url}"


@dataclass(frozen=True)
class Agreement:
    """Files that need a registration or a signed data use agreement: `where` to ask, `what` to sign."""

    where: str
    what: str
    access: Access = "dua"

    @property
    def advice(self) -> str:
        """How to get the files."""
        return f"sign {self.what} at {self.where}"


@dataclass(frozen=True)
class Bundled:
    """Synthetic files that come with this package."""

    access: Access = "open"
    advice: str = "comes with mnlu-instruct"


TypePair = tuple[str, str]
"""Readable names of two mention types, in the order in which a pair of them is asked about."""


@dataclass(frozen=True)
class Candidates:
    """Which pairs are asked about in relation extraction, and what can be answered.

    Args:
        source: where the rule comes from.
        pairs: the type pairs that are asked about, wherever the two stand; two of one type are asked in text order.
        labels: relation label → option sentence about `{1}` and `{2}`, or a sentence by type pair; a label without a
            sentence for a type pair is no option there.
        negative: the label of pairs without any relation; its sentence is in `labels`.
        scope: a pair lies in one document, or in one sentence of one passage.
        by: the ends are mentions, or concepts: a concept is named by its first mention, all its mentions are marked.
        last_wins: of several relations of a pair the last counts; otherwise all of them hold.
    """

    source: str
    pairs: tuple[TypePair, ...]
    labels: Mapping[str, str | Mapping[TypePair, str]]
    negative: str
    scope: Literal["document", "sentence"] = "document"
    by: Literal["mention", "concept"] = "mention"
    last_wins: bool = False


@dataclass(frozen=True)
class Attribute:
    """A class attribute of an event: its readable name, and value → readable value."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class EventType:
    """A kind of event: its readable name, its span attributes (role → name) and its class attributes by role."""

    name: str
    spans: Mapping[str, str]
    classes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Classes:
    """One question of document classification: `what` is asked for, and label → option."""

    what: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Counts:
    """Published or documented counts of a split; None where no source gives one."""

    documents: int | None = None
    mentions: int | None = None
    relations: int | None = None
    candidates: int | None = None


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """One corpus: a plain declaration (see `docs/architecture.md`).

    Args:
        name: how users call it; `folder` is where its files lie below the data directory (the name, if not given).
        splits: split → patterns of its files (`mnlu_instruct.files`).
        train_on: "train", or "all" splits, where the corpus has no train split or is small (`notes` says why).
        entities: mention type → readable name; types that share a name are one type.
        ignored: mention, event and role types that no task asks about.
        options: label → option of inference and question answering.
        scale: integer score → option of text similarity.
        summary: what the summary is ("a clinical visit note").
        repairs: the rules of `readers.repairs` that its known defects need.
        differs: what differs from the published counts, and why.
    """

    name: str
    title: str
    role: Role
    domain: Domain
    tasks: tuple[str, ...]
    source: Download | Agreement | Bundled
    licence: str
    cite: str
    read: Reader
    splits: Mapping[str, tuple[str, ...]]
    folder: str = ""
    train_on: Literal["train", "all"] = "train"
    entities: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    relations: Candidates | None = None
    events: Mapping[str, EventType] = field(default_factory=dict)
    questions: Mapping[str, Classes] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    scale: Mapping[int, str] = field(default_factory=dict)
    summary: str = ""
    repairs: frozenset[str] = frozenset()
    published: Mapping[str, Counts] = field(default_factory=dict)
    differs: str = ""

    def __post_init__(self) -> None:
        if strange := self.repairs - RULES:
            raise unknown("repair rule", min(strange), RULES)

    @cached_property
    def types(self) -> dict[str, str]:
        """Mention type → key: the corpus' own label, or the readable name where several labels share one."""
        names = list(self.entities.values())
        return {label: name if names.count(name) > 1 else label for label, name in self.entities.items()}

    @property
    def is_demo(self) -> bool:
        """Whether it comes with this package."""
        return isinstance(self.source, Bundled)

    @property
    def training_splits(self) -> tuple[str, ...]:
        """The splits that training instances come from."""
        return tuple(self.splits) if self.train_on == "all" else ("train",)
