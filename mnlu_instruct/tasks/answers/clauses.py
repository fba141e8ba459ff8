r"""Clauses: `aspirin is reported to cause asthma; aspirin is reported to cause rash.`, one for each relation of a text.

The labels of a question are its types of relations, each with its clause: `{1} is reported to cause {2}`. A clause of
`{1}`, `{2}` and `{3}` states relations of two or more ends: `{1}, {2}, and {3} form a positive combination`. The words
between its slots part the names; two names stand apart as the last two of more do, without a comma. Slots in quotes,
`"{1}"`, make names safe: in them, quotes and backslashes are escaped with `\`. The label `NO_RELATION` says that there
is no relation.

The reader is derived from the same clauses. Where a clause can be cut in several places, because a name has the words
that part names, the first cut counts whose names stand in the source text, in whatever case, else the first.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import combinations

from msgspec import Struct

from mnlu_instruct.types import NO_RELATION, Label, Parsed, Stated, normalise

BETWEEN, END, QUOTE = "; ", ".", '"'
SLOT = re.compile(r'("?)\{([123])\}\1')
QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'
WHOLE_QUOTED = re.compile(QUOTED)
PIECE = re.compile(rf'(?:^|{BETWEEN})((?:[^";]+|{QUOTED}|(?!{BETWEEN}).)*)')
"""A clause after what parts it from the one before; that may stand in quotes, too."""
SPACES = re.compile(r"\s+")
ESCAPED = re.compile(r'(["\\])')
UNESCAPED = re.compile(r"\\(.)")


class Clause(Struct, frozen=True, dict=True):
    """The clause of a type: the words before, between and after its slots; `turned`, if `{2}` stands before `{1}`.

    `between` are the words between its slots: one text, or two where it has three slots.
    """

    type: str
    before: str
    between: tuple[str, ...]
    after: str
    quoted: bool
    turned: bool = False

    @property
    def lists(self) -> bool:
        """Whether it states relations of two or more ends."""
        return len(self.between) > 1

    @cached_property
    def pair(self) -> str:
        """The words between two names: those before the last of more, without a comma."""
        return self.between[-1].removeprefix(",") if self.lists else self.between[0]

    @cached_property
    def parting(self) -> re.Pattern[str]:
        """What parts the names; of quoted ones, all names with what parts them."""
        words = "|".join(map(re.escape, sorted({*self.between, self.pair}, key=len, reverse=True)))
        return re.compile(rf"{QUOTED}(?:(?:{words}){QUOTED})+" if self.quoted else words)

    def write(self, names: Sequence[str]) -> str:
        """The clause about some names."""
        shown = list(map(_quoted, names)) if self.quoted else list(names)
        if self.turned:
            shown.reverse()
        if len(shown) > 2:
            words = self.between[0].join(shown[:-1]) + self.between[-1] + shown[-1]
        else:
            words = self.pair.join(shown)
        return f"{self.before}{words}{self.after}"

    def read(self, piece: str, source: str) -> Stated | None:
        """The relation that a piece of an answer states, None if it isn't such a clause."""
        end = len(piece) - len(self.after)
        if not (piece.endswith(self.after) and piece.startswith(self.before) and end > len(self.before)):
            return None
        names = self._names(piece[len(self.before) : end], source)
        if names and self.turned:
            names.reverse()
        return (self.type, *names) if names else None

    def _names(self, words: str, source: str) -> list[str]:
        """The names in the words between beginning and end of a clause; none, if they aren't names that it parts."""
        found = [names for names in self._cuts(words) if self._are_names(names)]
        if len(found) > 1:
            text = normalise(source).lower()
            found = [names for names in found if all(name.lower() in text for name in names)] or found
        return found[0] if found else []

    def _cuts(self, words: str) -> Iterator[list[str]]:
        """The ways in which words can be cut into names."""
        if self.quoted:
            yield list(map(_unquoted, WHOLE_QUOTED.findall(words))) if self.parting.fullmatch(words) else []
        elif self.lists:
            yield self.parting.split(words)
        else:
            place = words.find(self.pair)
            while place >= 0:
                yield [words[:place], words[place + len(self.pair) :]]
                place = words.find(self.pair, place + 1)

    def _are_names(self, names: list[str]) -> bool:
        return (len(names) > 1 if self.lists else len(names) == 2) and all(map(str.strip, names))


class Clauses(Struct, frozen=True, dict=True):
    """The clauses of a question, and what says that there is no relation.

    `written` are the clauses by type. `clauses` are those that are read, of which runs of white space are single
    blanks, as in answers; those with more words come first.
    """

    written: dict[str, Clause]
    clauses: tuple[Clause, ...]
    none: str

    @cached_property
    def _parting(self) -> re.Pattern[str]:
        """Where an answer is cut into clauses: before the beginning of one, if all begin with words of their own."""
        openings = {clause.before for clause in self.clauses}
        return re.compile(f"{BETWEEN}(?={'|'.join(map(re.escape, sorted(openings)))})" if all(openings) else BETWEEN)

    def pieces(self, text: str) -> list[str]:
        """The parts of an answer that should be clauses."""
        if all(clause.quoted for clause in self.clauses):
            return PIECE.findall(text)
        return self._parting.split(text)


@cache
def compiled(labels: frozenset[Label]) -> Clauses:
    """The clauses of some labels.

    Raises:
        ValueError: a clause's slots are neither `{1}` and `{2}`, nor `{1}`, `{2}` and `{3}` in this order.
    """
    stating = [label for label in labels if label.key != NO_RELATION]
    ordered = sorted(stating, key=lambda label: (-len(label.name), label.key))
    none = next((label.name for label in labels if label.key == NO_RELATION), "")
    return Clauses(
        {label.key: clause(label) for label in stating},
        tuple(clause(Label(label.key, SPACES.sub(" ", label.name))) for label in ordered),
        normalise(none),
    )


def clause(label: Label) -> Clause:
    """The clause of a type, from its label.

    Raises:
        ValueError: its slots are neither `{1}` and `{2}`, nor `{1}`, `{2}` and `{3}` in this order; or nothing parts
            them.
    """
    before, *parts = SLOT.split(label.name)
    quotes, slots, words = parts[::3], parts[1::3], parts[2::3]
    if slots not in (["1", "2"], ["2", "1"], ["1", "2", "3"]):
        raise ValueError(f"'{label.name}' needs the slots {{1}} and {{2}}, or {{1}}, {{2}} and {{3}} in this order")
    if not all(words[:-1]):
        raise ValueError(f"'{label.name}' needs words between its slots")
    if len(set(quotes)) > 1:
        raise ValueError(f"'{label.name}' has some slots in quotes, others not")
    return Clause(label.key, before, tuple(words[:-1]), words[-1], bool(quotes[0]), slots[0] == "2")


def write(relations: Sequence[Stated], labels: Iterable[Label]) -> str:
    """The clauses of some relations, in their order, or what says that there are none."""
    known = compiled(frozenset(labels))
    stated = [known.written[kind].write(names) for kind, *names in relations]
    return f"{BETWEEN.join(stated) or known.none}{END}"


def read(text: str, labels: Iterable[Label], source: str) -> Parsed:
    """Parse clauses into relations, each once, in the order stated.

    Clauses that state no relation are counted and passed over; an answer of nothing else is unreadable.

    Args:
        text: the answer; one full stop at its end is no part of a name.
        labels: the types with their clauses.
        source: the text that the question is about.
    """
    known = compiled(frozenset(labels))
    stated = normalise(text).removesuffix(END)
    if stated == known.none:
        return Parsed(())
    found = [_relation(piece, known.clauses, source) for piece in known.pieces(stated)]
    relations = tuple(dict.fromkeys(one for one in found if one is not None))
    return Parsed(relations or None, unread=found.count(None))


def _relation(piece: str, clauses: Iterable[Clause], source: str) -> Stated | None:
    return next((one for clause in clauses if (one := clause.read(piece, source)) is not None), None)


def confused(labels: Sequence[Label]) -> Iterator[tuple[Label, Label | None]]:
    """The clauses that can't be told apart: what the first says of two or three names is read as the second, or not.

    Raises:
        ValueError: as `clause`.
    """
    known, by_key = compiled(frozenset(labels)), {label.key: label for label in labels}
    for one in known.clauses:
        names = ("Name 1", "Name 2", "Name 3")[: 3 if one.lists else 2]
        stated = write([(one.type, *names)], labels)
        read_as = read(stated, labels, "").answer
        if read_as != ((one.type, *names),):
            kind = read_as[0][0] if isinstance(read_as, tuple) and read_as else None
            yield by_key[one.type], by_key[kind] if kind else None
    for first, second in combinations(labels, 2):
        if first.name == second.name:
            yield first, second


def escaped(words: str) -> str:
    """Words as they stand between quotes."""
    return ESCAPED.sub(r"\\\1", words)


def _quoted(name: str) -> str:
    return f"{QUOTE}{escaped(name)}{QUOTE}"


def _unquoted(name: str) -> str:
    words = name[1:-1]
    return UNESCAPED.sub(r"\1", words) if "\\" in words else words
