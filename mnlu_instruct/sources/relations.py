"""What a corpus declares about its relations: pairs that are asked about, one by one, and all of a text at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.sentences import Splitter
from mnlu_instruct.types import NO_RELATION

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
class Writing:
    """How the relations of a text are written down; published studies differ in it.

    Args:
        order: of the relations, by their places in the text, or as in the file.
        named: which name of a concept is written: that of the first mention of it alone (else a part, else the first
            mention), or the alphabetically last one, or all of its names, parted by ` | `.
        repeats: whether relations of the same type and names are stated as often as they are annotated.
        lower: whether names are lower-cased.
    """

    order: Literal["text", "file"] = "text"
    named: Literal["first", "last", "all"] = "first"
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
        writing: which name of a concept is written, in which order relations stand, whether the same is stated twice.
    """

    what: str
    clauses: Mapping[str, str]
    none: str
    by: Literal["mention", "concept"] = "mention"
    unordered: bool = False
    writing: Writing = Writing()

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
