"""Questions of named entity recognition as words with mentions, their pieces, and answers made from mentions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.pointing import target
from mnlu_instruct.pointing.target import Alphabet, Found, Mode, Read
from mnlu_instruct.readers.words import Rule, joined, words
from mnlu_instruct.scoring.protocols.bartner import DROPPED, MISPLACED
from mnlu_instruct.tasks.answers import spans
from mnlu_instruct.types import Instance, Span, Spans, surface

WINDOW = 500
"""The most pieces of a sentence, with `<s>` and `</s>`; released: as many."""


class Sentence(Struct, frozen=True):
    """A question as words: where they are in its text, and its mentions; types are numbers in the model's order.

    `widened` counts the mentions that begin or end inside a word, which are taken as whole words.
    """

    id: str
    text: str
    places: tuple[Span, ...]
    mentions: tuple[Found, ...]
    widened: int = 0


class Example(NamedTuple):
    """A sentence as the model reads it: the ids of its pieces with `<s>` and `</s>`, its alphabet and sequence."""

    id: str
    ids: list[int]
    alphabet: Alphabet
    symbols: list[int]


def sentence(instance: Instance, types: Sequence[str], rule: Rule) -> Sentence:
    """A question as words.

    Args:
        instance: a question of named entity recognition.
        types: the keys of the types, in the model's order.
        rule: what a word is.
    """
    assert isinstance(instance.gold, Spans)
    places = words(instance.text, rule)
    found, widened = [], 0
    for number, key in enumerate(types):
        for marked in instance.gold.spans.get(key, ()):
            touched = tuple(
                word
                for word, (first, last) in enumerate(places)
                if any(start < last and first < end for start, end in marked.spans)
            )
            widened += surface(instance.text, joined(touched, places)) != marked.text
            found.append(Found(touched, number))
    return Sentence(instance.id, instance.text, tuple(places), tuple(found), widened)


def pieces(given: Sequence[Sentence], tokenizer: Any) -> list[list[list[int]]]:
    """The ids of each word's pieces, each word with a blank before it.

    Raises:
        UserError: a word has no piece.
    """
    every = [f" {one.text[start:end]}" for one in given for start, end in one.places]
    ids = iter(tokenizer(every, add_special_tokens=False)["input_ids"] if every else [])
    found = [[next(ids) for _ in one.places] for one in given]
    for one, of_words in zip(given, found, strict=True):
        for (start, end), own in zip(one.places, of_words, strict=True):
            if not own:
                raise UserError(
                    f"{one.id}: the tokenizer makes nothing of the word {one.text[start:end]!r}.",
                    "take a model with a byte-level tokenizer, such as BART's.",
                )
    return found


def examples(given: Sequence[Sentence], tokenizer: Any, mode: Mode, types: int) -> list[Example]:
    """The sentences as the model reads them, whatever their length (`too_long`)."""
    return [
        Example(
            one.id,
            [tokenizer.bos_token_id, *(piece for word in own for piece in word), tokenizer.eos_token_id],
            alphabet := Alphabet(mode, types, tuple(map(len, own))),
            target.write(one.mentions, alphabet),
        )
        for one, own in zip(given, pieces(given, tokenizer), strict=True)
    ]


def answer(found: Read, one: Sentence, instance: Instance, types: Sequence[str]) -> str:
    """What a sequence states, as the completion of a question: span lines, in text order.

    Malformed groups are lines of types that nobody asked for, so that each is a false positive: `DROPPED` for those
    that the released code drops before it counts, `MISPLACED` for those that it counts.
    """
    stated = {key: tuple(surface(one.text, place) for place in at) for key, at in places(found, one, types).items()}
    lines = [spans.write({label.key: stated.get(label.key, ()) for label in instance.labels}, instance.labels)]
    malformed: dict[str, list[str]] = {}
    for group in found.malformed:
        name = DROPPED if group.dropped else MISPLACED
        malformed.setdefault(name, []).append(" ".join(map(str, group.symbols)))
    lines += [f"{name}: {spans.BETWEEN.join(groups)}" for name, groups in sorted(malformed.items())]
    return "\n".join(lines)


def places(found: Read, one: Sentence, types: Sequence[str]) -> dict[str, list[tuple[Span, ...]]]:
    """Where the mentions are that a sequence states, by type, in text order; repeats are kept."""
    at: dict[str, list[tuple[Span, ...]]] = {}
    for mention in sorted(found.mentions):
        at.setdefault(types[mention.type], []).append(joined(mention.words, one.places))
    return at


def too_long(given: Iterable[Example], window: int = WINDOW) -> list[Example]:
    """The sentences with more pieces than the model's window."""
    return [one for one in given if len(one.ids) > window]


def check_types(names: Mapping[str, str], model: Mapping[str, str], source: str) -> None:
    """Check that a corpus asks for the types that a model has.

    Args:
        names: the types of the corpus: keys and readable names.
        model: those of the model.
        source: the corpus, for messages.

    Raises:
        UserError: it doesn't.
    """
    if set(names) != set(model):
        raise UserError(
            f"{source} asks for {', '.join(names)}; the model points at {', '.join(model)}.",
            "evaluate it on a corpus with its types, or train one for this corpus.",
        )
