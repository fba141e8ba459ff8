"""The grammar of relations: clauses (`tasks/answers/clauses.py`) whose names are copied from the source text.

A name begins at any word of the text and goes on word by word: in the grammar, `bare7` is the seventh word and what may
follow it, or nothing. All names share these rules, so a grammar is as long as its text. A word is a run of digits, a
run of letters of which only the first may be a capital, a run of capitals ("NF-kappaB" is NF, -, kappa, B), or one
other character.

An answer inside is read as it was meant, or at least as relations between parts of the text: names without quotes have
no semicolon, and where the reader couldn't tell, none of the words that part names.
"""

import re
from bisect import bisect
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import accumulate

from mnlu_instruct.evaluation.engines.ebnf import ROOT, literal
from mnlu_instruct.tasks.answers import clauses
from mnlu_instruct.tasks.answers.clauses import BETWEEN, END, QUOTE, Clause
from mnlu_instruct.types import Instance, normalise

WORD = re.compile(r" ?(?:&#?[0-9A-Za-z]+;|\d+|[^\W\d_a-z]?[a-z]+|[^\W\d_a-z]+(?![a-z])|\S)")
"""A word with the blank before it. A character reference in a text is one: its letters aren't coded one by one."""
BARE, QUOTED = "bare", "quoted"
"""The rules of names without and with quotes."""

Code = Callable[[str], str]
"""Writes a text in the characters that a tokenizer has."""


def grammar(instance: Instance, code: Code) -> str:
    """The grammar of the answers to a question about the relations of a text."""
    known = clauses.compiled(frozenset(instance.labels))
    stated = list(known.written.values())
    words = WORD.findall(normalise(instance.text))
    partings = {parting for one in stated if not one.quoted for parting in (*one.between, one.pair)}
    runs = list(_runs(words, _cuts(words, partings))) if partings else [words]
    none = literal(code(known.none + END))
    if not any(_begins(word, partings) for run in runs for word in run):
        return f"{ROOT}{none}"
    lines = [
        f"{ROOT}clause ({literal(BETWEEN)} clause)* {literal(END)} | {none}",
        f"clause ::= {' | '.join(_clause(one, code) for one in stated)}",
    ]
    for quoted in sorted({one.quoted for one in stated}):
        lines += _names(runs, partings, quoted, code)
    return "\n".join(lines)


def _clause(clause: Clause, code: Code) -> str:
    """The parts of a clause."""
    quote = literal(code(QUOTE))
    name = f"{quote} {QUOTED} {quote}" if clause.quoted else BARE
    before, after, pair, first, last = (
        literal(code(words))
        for words in (clause.before, clause.after, clause.pair, clause.between[0], clause.between[-1])
    )
    several = f"({pair} {name} | ({first} {name})+ {last} {name})" if clause.lists else f"{pair} {name}"
    return f"{before} {name} {several} {after}"


def _cuts(words: Sequence[str], partings: Collection[str]) -> set[int]:
    """The words, by number, to which no name goes on, because the name would have words that part names.

    If all clauses have the same words between two names, the reader finds the names by the text.
    """
    if len(partings) == 1:
        return set()
    text, ends = "".join(words), list(accumulate(map(len, words)))
    return {bisect(ends, found.end() - 1) for one in partings for found in re.finditer(_complete(one), text)}


def _complete(parting: str) -> str:
    """A pattern of the words that part names, up to where they are complete.

    Words between blanks are without the second: "this and", parted by " and " from "that", is read as "this" and "and
    that".
    """
    return rf"{re.escape(parting.rstrip())}(?!\w)" if parting.startswith(" ") else re.escape(parting)


def _runs(words: Sequence[str], cuts: set[int]) -> Iterator[list[str]]:
    """The runs of words that names are parts of."""
    run: list[str] = []
    for number, word in enumerate(words):
        if (_apart(word) or number in cuts) and run:
            yield run
            run = []
        if not _apart(word):
            run.append(word)
    if run:
        yield run


def _apart(word: str) -> bool:
    """Whether a word is in no name without quotes: after it, the next clause might begin."""
    return word.endswith(BETWEEN.strip())


def _begins(word: str, partings: Iterable[str]) -> bool:
    """Whether a name may begin with a word: not with a comma that parts names, as it would after no name."""
    return not any(parting.startswith(word.strip()) for parting in partings)


def _names(runs: Iterable[Sequence[str]], partings: Collection[str], quoted: bool, code: Code) -> Iterator[str]:
    """The rules of names: the first begins at any word; `bare7` goes on with the seventh, or not."""
    rule, starts, further, number = QUOTED if quoted else BARE, [], [], 0
    for run in runs:
        for left, word in zip(range(len(run) - 1, -1, -1), run, strict=True):
            number += 1
            then = f" {rule}{number + 1}" if left else ""
            shown = code(clauses.escaped(word) if quoted else word)
            if _begins(word, partings):
                starts.append(f"{literal(shown.lstrip())}{then}")
            further.append(f'{rule}{number} ::= "" | {literal(shown)}{then}')
    yield f"{rule} ::= {' | '.join(starts)}"
    yield from further
