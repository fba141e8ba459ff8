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
from mnlu_instruct.sources.sentences import Splitter
from mnlu_instruct.types import NO_RELATION, Domain

NAME = re.compile(r"\w(?:[\w.-]*\w)?")
"""The names that a corpus may have."""
Role = Literal["train", "eval"]
Access = Literal["open", "registration", "dua"]
TEST = "test"
"""The name of the split that a test set is, which nothing is trained on."""


UNSEEN = "the released archive could not be had when its corpus was declared"
PACKED = "GitHub packs the repository anew on request"
"""Reasons why no checksum of a file is declared (`Remote.unverified`)."""


@dataclass(frozen=True)
class Remote:
    """One file that `mnlu fetch` downloads.

    Args:
        path: the path to save it to, below the corpus' folder.
        sha256: of the released file; None if it can't be known, and `unverified` says why.
        size: in bytes, if known.
        at: its remote folder below the bases of its `Download`, if that is not the folder of `path`.
        unpack: the folder inside an archive whose files are unpacked into the corpus' folder, "." for all; "" keeps
            the archive packed.
        url: its address, if it is not below the bases of its `Download`.
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
                f"{self.path}: a remote file needs either `sha256`, or `unverified` with the reason why there is none.",
                "give one of the two.",
            )

    @property
    def place(self) -> str:
        """Its remote path below a base."""
        return f"{self.at}/{self.path.rpartition('/')[2]}" if self.at else self.path


@dataclass(frozen=True)
class Download:
    """Files that anyone may download, some after a registration.

    Args:
        url: the web page of the corpus, or its only file.
        bases: the URLs that the paths of `files` are relative to: the official one, then mirrors; `url`, if none.
        files: what `mnlu fetch` downloads; if there are none, the corpus is downloaded by hand.
        by_hand: how to get the other files of the corpus, if `files` are not all.
    """

    url: str
    access: Access = "open"
    bases: tuple[str, ...] = ()
    files: tuple[Remote, ...] = ()
    by_hand: str = ""

    @property
    def advice(self) -> str:
        """How to get the files, in words."""
        if self.files:
            rest = f"; then {self.by_hand}" if self.by_hand else ""
            return f"'mnlu fetch' downloads it from {self.url}{rest}"
        return f"{'' if self.access == 'open' else 'register, then '}download {self.url}"


def github(repository: str, commit: str, folder: str = "") -> tuple[str, ...]:
    """The base URLs of a folder in a GitHub repository at a commit: GitHub itself, and a mirror."""
    below = f"{folder}/" if folder else ""
    return (
        f"https://raw.githubusercontent.com/{repository}/{commit}/{below}",
        f"https://cdn.jsdelivr.net/gh/{repository}@{commit}/{below}",
    )


@dataclass(frozen=True)
class Agreement:
    """Files that need a registration or a signed data use agreement: `where` to apply, `what` to sign."""

    where: str
    what: str
    access: Access = "dua"

    @property
    def advice(self) -> str:
        """How to get the files, in words."""
        return f"sign {self.what} at {self.where}"


@dataclass(frozen=True)
class Local:
    """Files of one's own: `where` they are from, in words. They are under the terms that `licence` states.

    Args:
        where: "our hospital's data office".
        access: "open" if anyone may have the files; otherwise cards and reports warn that they must not be passed on.
    """

    where: str
    access: Access = "dua"

    @property
    def advice(self) -> str:
        """How to get the files, in words."""
        return f"they are your own ({self.where}): put them there"


@dataclass(frozen=True)
class Bundled:
    """Synthetic files that come with this package."""

    access: Access = "open"
    advice: str = "comes with mnlu-instruct"


PLACES = ("{1}", "{2}")
"""What stands for the two mentions in an option sentence."""
TypePair = tuple[str, str]
"""Readable names of two mention types, in the order in which a pair of them is asked about."""


@dataclass(frozen=True)
class Candidates:
    """The candidate pairs of relation extraction, and the possible answers about them.

    Args:
        source: where the rule for candidates comes from.
        pairs: the type pairs that are asked about, in either text order; two of the same type are asked in text order.
        labels: relation label → option sentence about `{1}` and `{2}`, or a sentence by type pair; a label without a
            sentence for a type pair is not an option for that pair.
        negative: the label of pairs without any relation; its sentence is in `labels`.
        directed: the labels that lead from head to tail: `{1}` of their sentence is the head. Where the types of a pair
            allow both directions (they are equal, or `pairs` has both orders, or the label has a sentence for each),
            there is an option for each. Other labels hold in both directions, and so do their sentences.
        scope: a pair lies within one document, within one sentence of a passage, or within one passage.
        splitter: what parts a passage into sentences (`sentences`).
        reach: how many consecutive passages count as one, in scope "passage".
        beyond: whether pairs with a relation are also asked about if they lie outside the scope, in the whole document.
        by: pairs are of mentions, or of concepts: a concept is named by its first mention, all its mentions are marked.
        last_wins: whether only the last of several relations of a pair counts; otherwise all of them hold.
    """

    source: str
    pairs: tuple[TypePair, ...]
    labels: Mapping[str, str | Mapping[TypePair, str]]
    negative: str
    directed: frozenset[str] = frozenset()
    scope: Literal["document", "sentence", "passage"] = "document"
    splitter: Splitter = "punkt"
    reach: int = 1
    beyond: bool = False
    by: Literal["mention", "concept"] = "mention"
    last_wins: bool = False

    def __post_init__(self) -> None:
        if strange := self.directed - set(self.labels):
            raise unknown("directed label", min(strange), self.labels)
        if self.negative not in self.labels:
            raise unknown("label: `negative` is", self.negative, self.labels)
        for pair in self.pairs:
            if isinstance(pair, str) or len(pair) != 2:
                raise UserError(f"`pairs` has {pair!r}.", 'write pairs of types: (("Drug", "Dose"),).')
        self._check_sentences()

    def _check_sentences(self) -> None:
        """Check that sentences name both mentions, or that none names any."""
        named: dict[bool, str] = {}
        for label, words in self.labels.items():
            for sentence in (words,) if isinstance(words, str) else words.values():
                places = [place in sentence for place in PLACES]
                named.setdefault(any(places), sentence)
                if any(places) and not all(places):
                    raise UserError(
                        f"The sentence of the label '{label}' has only one of {{1}} and {{2}}: '{sentence}'.",
                        "they stand for the two mentions asked about, as in '{1} inhibits {2}'.",
                    )
        if len(named) > 1:
            raise UserError(
                f"One label's sentence names the mentions, '{named[True]}', another's doesn't: '{named[False]}'.",
                "write {1} and {2} into all sentences, as in '{1} is not related to {2}', or into none.",
            )

    def sentence(self, label: str, types: TypePair) -> str | None:
        """The option sentence of a label for a type pair; None if it is no option for that pair."""
        words = self.labels[label]
        if isinstance(words, str):
            return words if types in self.pairs else None
        return words.get(types)


@dataclass(frozen=True)
class Rules:
    """How the relations of a text are written down; published studies differ in it.

    Args:
        order: of the relations, by their places in the text, or as in the file.
        named: which name of a concept is written: that of the first mention of it alone (else a part, else the first
            mention), or the alphabetically last one.
        repeats: whether relations of the same type and names are stated as often as they are annotated.
        lower: whether names are lower-cased.
    """

    order: Literal["text", "file"] = "text"
    named: Literal["first", "last"] = "first"
    repeats: bool = False
    lower: bool = False


@dataclass(frozen=True)
class Extraction:
    """End-to-end relation extraction: what is asked for, and the words that state it.

    Args:
        what: what to find in a text: "drug–drug interactions".
        clauses: relation type → what states it, with `{1}` and `{2}` for its ends, head and tail; or, for relations of
            two or more ends, with `{1}`, `{2}` and `{3}`, whose words between are those between all: "{1}, {2}, and
            {3} interact". Relations of other types are not asked for.
        none: what states that there is none, without a full stop.
        by: relations are between mentions, or between concepts: one is right under the words of any of its mentions.
        unordered: whether the ends of a relation have no order: "a and b" is "b and a".
        rules: which name of a concept is written, in which order relations stand, and whether the same is stated twice.
    """

    what: str
    clauses: Mapping[str, str]
    none: str
    by: Literal["mention", "concept"] = "mention"
    unordered: bool = False
    rules: "Rules" = Rules()

    def __post_init__(self) -> None:
        if NO_RELATION in self.clauses:
            raise UserError(
                f"'{NO_RELATION}' can't be a type of relation: it stands for there being none.",
                "say in `none` how that is stated; or let the reader call that type by another name.",
            )
        for kind, words in self.clauses.items():
            if not all(place in words for place in PLACES):
                raise UserError(
                    f"The clause of '{kind}' lacks {{1}} or {{2}}: '{words}'.",
                    "they stand for the names of the two ends, as in '{1} is reported to cause {2}'.",
                )


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
        scored_by: the unit of its named-entity scores: whole mentions, or their words.
        repairs: the rules of `readers.repairs` that its known defects need.
        differs: how its counts differ from the published ones, and why.
        edition_of: the corpus that this is another edition of; a build reads an edition only if it is named.
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
    scored_by: Literal["mention", "word"] = "mention"
    repairs: frozenset[str] = frozenset()
    published: Mapping[str, Counts] = field(default_factory=dict)
    differs: str = ""
    edition_of: str = ""
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
                    f"Corpus {self.name} is for {task}, but its `{NEEDS[task]}` are empty.",
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

    @property
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
