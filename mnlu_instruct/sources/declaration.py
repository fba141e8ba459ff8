"""The declaration of a corpus: where it comes from, which files hold which split, what its labels are called.

A declaration is data: 15–40 lines in one file of `corpora/`, with nothing about prompts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import RULES
from mnlu_instruct.sources.linking import Linking
from mnlu_instruct.sources.origins import PACKED, UNSEEN, Agreement, Bundled, Download, Local, Remote, github
from mnlu_instruct.sources.parting import Parted
from mnlu_instruct.sources.relations import Candidates, Extraction, Writing
from mnlu_instruct.types import Domain

__all__ = [
    "PACKED",
    "PUBMED",
    "TEST",
    "UNSEEN",
    "Agreement",
    "Articles",
    "Attribute",
    "Bundled",
    "Candidates",
    "Classes",
    "Corpus",
    "Counts",
    "Download",
    "EventType",
    "Extraction",
    "Linking",
    "Local",
    "Remote",
    "Writing",
    "github",
]
"""What a declaration is written with."""

NAME = re.compile(r"\w(?:[\w.-]*\w)?")
"""The names that a corpus may have."""
Role = Literal["train", "eval"]
TEST = "test"
"""The name of the split that a test set is, which nothing is trained on."""


@dataclass(frozen=True)
class Attribute:
    """A class attribute of an event: its readable name, and its values with readable names."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class EventType:
    """A type of event: its readable name, its span attributes (role → name) and its class attributes by role."""

    name: str
    spans: Mapping[str, str]
    classes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Classes:
    """One question of document classification.

    Args:
        what: what it asks for.
        options: label → option.
        several: whether several options may hold, or none.
    """

    what: str
    options: Mapping[str, str]
    several: bool = False


@dataclass(frozen=True)
class Counts:
    """Published or documented counts of a split; None if no source gives one."""

    documents: int | None = None
    mentions: int | None = None
    relations: int | None = None
    candidates: int | None = None


@dataclass(frozen=True)
class Articles:
    """Says that the groups of a corpus are article ids of a literature index.

    Args:
        index: PubMed, or the older MEDLINE, whose ids look alike but are different.
        lists: split → a file with the ids of all its articles, one per line, even of those whose text is missing;
            `mnlu leakage` reads it if it is there.
    """

    index: Literal["PubMed", "MEDLINE"] = "PubMed"
    lists: Mapping[str, str] = field(default_factory=dict)


PUBMED = Articles()

NEEDS = {
    **dict.fromkeys(("ee", "ete", "eae", "eac"), "events"),
    "ner": "entities",
    "dc": "questions",
    "re": "relations",
    "ere": "extraction",
    **dict.fromkeys(("qa", "nli"), "options"),
    "sts": "scale",
    "summ": "summary",
    "dialogue": "speaker",
    "el": "linking",
}
"""What a declaration must have for a task."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """The declaration of one corpus (see `docs/architecture.md`).

    Args:
        name: its name; `folder` is its folder below the data directory (the name, if not given).
        language: of its texts, by the codes of ISO 639-1, for cards.
        splits: split → patterns of its files (`mnlu_instruct.files`).
        train_on: the splits to train on: "train", or "all" if the corpus has no train split or is small.
        entities: mention type → readable name; types that share a name are one type.
        ignored: mention, event and role types that no task asks about.
        relations: the candidate pairs of relation extraction.
        extraction: what end-to-end relation extraction asks for.
        options: label → option of inference and question answering.
        scale: integer score → option of text similarity.
        summary: what the summary is ("a clinical visit note").
        speaker: whose turns of a dialogue are asked for.
        linking: what its mentions are linked to.
        scored_by: the unit of its named-entity scores: whole mentions, or their words.
        repairs: the rules of `readers.repairs` that its known defects need.
        differs: how its counts differ from the published ones, and why.
        edition_of: the corpus that this is another edition of; a build reads an edition only if it is named.
        parted: which records of a file are of which split, where that is not a matter of files.
        articles: the literature index that its groups are ids of, if they are article ids.
        group: what a document's patient or source is, if that isn't what its reader takes for it: a regular expression
            on document ids, whose first group (or whole match) is it; or a mapping from document ids.
    """

    name: str
    title: str
    role: Role
    domain: Domain
    tasks: tuple[str, ...]
    source: Download | Agreement | Local | Bundled
    licence: str
    cite: str
    read: Reader
    splits: Mapping[str, tuple[str, ...]]
    folder: str = ""
    language: str = "en"
    train_on: Literal["train", "all"] = "train"
    entities: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    relations: Candidates | None = None
    extraction: Extraction | None = None
    events: Mapping[str, EventType] = field(default_factory=dict)
    questions: Mapping[str, Classes] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    scale: Mapping[int, str] = field(default_factory=dict)
    summary: str = ""
    speaker: str = ""
    linking: Linking | None = None
    scored_by: Literal["mention", "word"] = "mention"
    repairs: frozenset[str] = frozenset()
    published: Mapping[str, Counts] = field(default_factory=dict)
    differs: str = ""
    edition_of: str = ""
    parted: Parted | None = None
    articles: Articles | None = None
    group: str | Mapping[str, str] = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise UserError(
                f"'{self.name}' can't be the name of a corpus: it stands in ids and names of folders.",
                "use letters, digits, and - _ . between them.",
            )
        for field_name, value, known in (("role", self.role, Role), ("domain", self.domain, Domain)):
            if value not in get_args(known):
                raise unknown(f"{field_name} of corpus {self.name}:", str(value), get_args(known))
        self._check_tasks()
        self._check_splits()
        if self.relations is not None:
            self._check_relations(self.relations)
        if self.extraction is not None and not isinstance(self.extraction, Extraction):
            raise UserError(
                f"The `extraction` of corpus {self.name} is a {type(self.extraction).__name__}.",
                "declare it as Extraction(…): what to find, a clause for each type of relation, how none is stated.",
            )
        if strange := self.repairs - RULES:
            raise unknown("repair rule", min(strange), RULES)

    def _check_tasks(self) -> None:
        """Check that there are tasks, and that each has what it asks about."""
        if isinstance(self.tasks, str) or not self.tasks or not all(isinstance(task, str) for task in self.tasks):
            raise UserError(
                f"Corpus {self.name} has the tasks {self.tasks!r}.", 'write them as in tasks=("ner", "re").'
            )
        for task in self.tasks:
            if task not in NEEDS:
                raise unknown(f"task of corpus {self.name}:", task, NEEDS)
            if not getattr(self, NEEDS[task]):
                raise UserError(
                    f"Corpus {self.name} is for {task}, but declares no `{NEEDS[task]}`.",
                    f"declare `{NEEDS[task]}`, or leave {task} out of `tasks`.",
                )

    def _check_splits(self) -> None:
        """Check that each split has a sequence of patterns: `("notes.csv")` is a string, for want of a comma."""
        for split, patterns in self.splits.items():
            if isinstance(patterns, str) or not patterns:
                raise UserError(
                    f"The split '{split}' of corpus {self.name} has {patterns!r} for its files.",
                    f'write a comma after a single one: "{split}": ("{patterns or "train.csv"}",).',
                )

    def _check_relations(self, relations: Candidates) -> None:
        """Check that relations are declared as such, about types that mentions have."""
        if not isinstance(relations, Candidates):
            raise UserError(
                f"The `relations` of corpus {self.name} are a {type(relations).__name__}.",
                "declare them as Candidates(…): pairs of types, labels with a sentence each, the negative label.",
            )
        names = set(self.entities.values())
        if strange := {name for pair in relations.pairs for name in pair} - names:
            raise UserError(
                f"Unknown type in `pairs` of corpus {self.name}: '{min(strange)}'.",
                f"it is no readable name in `entities`, which have: {', '.join(sorted(names)) or 'none'}.",
            )
        by_pair = [words for words in relations.labels.values() if not isinstance(words, str)]
        if strange := {name for words in by_pair for pair in words for name in pair} - names:
            raise unknown(f"type in the sentences of corpus {self.name}:", min(strange), names)

    @cached_property
    def types(self) -> dict[str, str]:
        """Mention type → key: the corpus' own label, or the readable name if several labels share it."""
        names = list(self.entities.values())
        return {label: name if names.count(name) > 1 else label for label, name in self.entities.items()}

    @cached_property
    def relation_types(self) -> frozenset[str]:
        """The types of relations that its tasks ask about."""
        asked = self.relations.labels if self.relations else {}
        return frozenset({*asked, *(self.extraction.clauses if self.extraction else ())})

    @property
    def negative(self) -> str | None:
        """Its label of pairs without a relation; None if it isn't for relation extraction."""
        return self.relations.negative if self.relations else None

    @property
    def is_demo(self) -> bool:
        """Whether it is one of the bundled demo corpora."""
        return isinstance(self.source, Bundled)

    @property
    def training_splits(self) -> tuple[str, ...]:
        """The splits that training instances come from.

        Raises:
            UserError: the corpus trains on its train split, and has none.
        """
        if self.train_on == "all":
            return tuple(self.splits)
        if "train" not in self.splits:
            raise UserError(
                f"Corpus {self.name} has no split 'train', only {', '.join(self.splits) or 'none at all'}.",
                "choose splits with 'mnlu build --splits'; or call a split 'train' in its declaration, or add "
                'train_on="all".',
            )
        return ("train",)
