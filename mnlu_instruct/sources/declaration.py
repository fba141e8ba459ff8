"""What a corpus declares: where it comes from, which files hold which split, what its labels are called.

A declaration is data, 15–40 lines in one file of `corpora/`. It says nothing of prompts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import RULES
from mnlu_instruct.types import Domain

Role = Literal["train", "eval"]
Access = Literal["open", "registration", "dua"]


UNSEEN = "the released archive could not be had when its corpus was declared"
PACKED = "GitHub packs the repository anew on request"
"""Why the checksum of an archive is not known, or that of a file."""


@dataclass(frozen=True)
class Remote:
    """One file that `mnlu fetch` downloads.

    Args:
        path: where it goes below the corpus' folder.
        sha256: of the file as released; None where that can't be known, and `unverified` says why.
        size: in bytes, where known.
        at: the folder below the bases of its `Download` where it lies, if that is not as in `path`.
        unpack: the folder inside an archive whose files go into the corpus' folder, "." for all; "" leaves it packed.
        url: its address, if it lies elsewhere than below the bases of its `Download`.
    """

    path: str
    sha256: str | None
    size: int | None = None
    unverified: str = ""
    at: str = ""
    unpack: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if (self.sha256 is None) != bool(self.unverified):
            raise UserError(
                f"{self.path}: a file without sha256 needs `unverified`, why there is none; one with it needs none.",
                "give one of the two.",
            )

    @property
    def place(self) -> str:
        """Where it lies, below a base."""
        return f"{self.at}/{self.path.rpartition('/')[2]}" if self.at else self.path


@dataclass(frozen=True)
class Download:
    """Files that anyone may download, some after a registration.

    Args:
        url: the page of the corpus, or its one file: what a person opens.
        bases: what the places of `files` are relative to: the official place, then mirrors; `url`, if none.
        files: what `mnlu fetch` downloads; without any, the corpus is downloaded by hand.
        by_hand: what to do for the others that the corpus is read from, where `files` are not all.
    """

    url: str
    access: Access = "open"
    bases: tuple[str, ...] = ()
    files: tuple[Remote, ...] = ()
    by_hand: str = ""

    @property
    def advice(self) -> str:
        """How to get the files."""
        if self.files:
            rest = f"; then {self.by_hand}" if self.by_hand else ""
            return f"'mnlu fetch' downloads it from {self.url}{rest}"
        return f"{'' if self.access == 'open' else 'register, then '}download {self.url}"


def github(repository: str, commit: str, folder: str = "") -> tuple[str, ...]:
    """The bases of files in a folder of a GitHub repository, as of a commit: GitHub, and a mirror of it."""
    below = f"{folder}/" if folder else ""
    return (
        f"https://raw.githubusercontent.com/{repository}/{commit}/{below}",
        f"https://cdn.jsdelivr.net/gh/{repository}@{commit}/{below}",
    )


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
        scope: a pair lies in one document, in one sentence of one passage, or in one passage.
        reach: how many passages in a row count as one, in scope "passage".
        beyond: pairs with a relation are also asked about where they lie farther apart, in the whole document.
        by: the ends are mentions, or concepts: a concept is named by its first mention, all its mentions are marked.
        last_wins: of several relations of a pair the last counts; otherwise all of them hold.
    """

    source: str
    pairs: tuple[TypePair, ...]
    labels: Mapping[str, str | Mapping[TypePair, str]]
    negative: str
    scope: Literal["document", "sentence", "passage"] = "document"
    reach: int = 1
    beyond: bool = False
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


@dataclass(frozen=True)
class Articles:
    """That the groups of a corpus are articles' ids in an index of the literature.

    Args:
        index: PubMed, or MEDLINE before it, whose ids look alike but are others.
        lists: split → a file with the ids of all its articles, one a line, where texts may be there of a part only;
            `mnlu leakage` reads it if it is there.
    """

    index: Literal["PubMed", "MEDLINE"] = "PubMed"
    lists: Mapping[str, str] = field(default_factory=dict)


PUBMED = Articles()


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
        scored_by: what is counted in the scores of its named entities: whole mentions, or their words.
        repairs: the rules of `readers.repairs` that its known defects need.
        differs: what differs from the published counts, and why.
        edition_of: the corpus that this is another edition of; a build reads an edition only where it is named.
        articles: whose ids the groups are, if they are articles'.
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
    scored_by: Literal["mention", "word"] = "mention"
    repairs: frozenset[str] = frozenset()
    published: Mapping[str, Counts] = field(default_factory=dict)
    differs: str = ""
    edition_of: str = ""
    articles: Articles | None = None

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
        """The splits that training instances come from.

        Raises:
            UserError: it is the train split, and there is none.
        """
        if self.train_on == "all":
            return tuple(self.splits)
        if "train" not in self.splits:
            raise UserError(
                f"Corpus {self.name} has no split 'train', only {', '.join(self.splits) or 'none at all'}.",
                "'mnlu build --splits' takes others; or rename the split in its declaration, or add train_on=\"all\".",
            )
        return ("train",)
