"""Shared by the tests of tasks: documents and corpora made by hand, and random mentions."""

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Bundled, Corpus
from mnlu_instruct.tasks import Task
from mnlu_instruct.types import Document, Instance, Mention, Record, Span


def corpus(**declared: Any) -> Corpus:
    """A corpus with the given declarations; fields that tasks never read are filled in."""

    def read(*_: object) -> Iterator[Record]:
        return iter(())

    unseen: dict[str, Any] = {
        "name": "c", "title": "C", "role": "train", "domain": "clinical", "tasks": ("summ",), "summary": "x",
        "speaker": "Doctor", "source": Bundled(), "licence": "", "cite": "", "read": read, "splits": {},
    }  # fmt: skip
    return Corpus(**{**unseen, **declared})


def document(text: str, **marked: Any) -> Document:
    return Document(id="c/train/1", text=text, group="c/1", origin="f:1", **marked)


def mention(name: str, kind: str, *places: Span, concepts: Iterable[str] = ()) -> Mention:
    return Mention(name, kind, places, tuple(concepts))


def find(text: str, words: str, name: str, kind: str, *, nth: int = 0, concepts: Iterable[str] = ()) -> Mention:
    """The mention of some words, at their nth occurrence in a text (from 0)."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return mention(name, kind, (start, start + len(words)), concepts=concepts)


def ask(task: Task, record: Record, declared: Corpus) -> tuple[list[Instance], dict[str, list[str]]]:
    """The questions, and the examples of drops by reason."""
    ledger = Ledger()
    asked = list(task.ask(record, declared, ledger))
    assert all(entry.stage == "ask" and entry.action == "dropped" for entry in ledger.counts)
    return asked, {entry.reason: examples for entry, examples in ledger.examples.items()}


WORDS = st.sampled_from(["fever", "IL-2", "None", "...", ".", ":", "(A)", "{1}", "a...b", "[[", "\n", "\u2028", "  "])
"""Words that test the grammar of completions: separators, markup and white space among them."""

TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


@st.composite
def mentions_of(draw: st.DrawFn, text: str, kinds: list[str]) -> list[Mention]:
    """Mentions anywhere in a text: nested, adjacent, identical, discontinuous, with several concepts."""
    bounds = st.integers(0, len(text))
    span = st.tuples(bounds, bounds).map(lambda pair: (min(pair), max(pair))).filter(lambda pair: pair[0] < pair[1])
    places = draw(st.lists(st.lists(span, min_size=1, max_size=2).map(sorted).map(tuple), max_size=6))
    concepts = st.lists(st.sampled_from(["C1", "C2", "C3"]), max_size=2, unique=True).map(tuple)
    return [
        Mention(f"T{number}", draw(st.sampled_from(kinds)), spans, draw(concepts))
        for number, spans in enumerate(places, 1)
    ]
