"""Text infilling, BART's noise (Lewis et al., 2020), on token ids of many documents at once.

Spans of tokens, whose lengths are Poisson numbers, are replaced by one mask each; a span of length 0 inserts a mask.
Nothing is looked up or decided one document at a time, and no random number is shared by two documents (`streams`).

- `exact`: the share of masked units is the budget ⌈ratio · n⌉ exactly, and all arrangements of the spans, in which none
  overlap, are equally likely.
- `released`: as BioBART was trained: from left to right, at one token in ten a span begins, which ends with its
  sentence; of length 0, the mask comes after that token. About 24 % of abstracts are masked, not 30 %.
- `fairseq`: as fairseq's noise for BART: spans begin at distinct random places and may run into each other, where the
  mask of one deletes that of the other. So fewer are masked than the budget says.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mnlu_instruct.errors import UserError
from mnlu_instruct.pretraining import ragged, streams
from mnlu_instruct.pretraining.ragged import Counts, Flags
from mnlu_instruct.pretraining.streams import Keys
from mnlu_instruct.yaml_files import YamlModel

RELEASED = 0.1
"""The chance that a span begins at a token, in the style `released`."""
LENGTHS, CUT, PLACES, ORDER, INSERTIONS, REPLACED, REPLACEMENT = range(7)
"""What a document's random numbers are for: each use has a generator of its own."""
RANKS = 2**40
"""How many ranks the sentences of a document may have."""
Style = Literal["exact", "released", "fairseq"]


class Noise(YamlModel):
    """The noise of a pretraining.

    Attributes:
        style: how spans are placed; see `mnlu_instruct.pretraining.noise`.
        ratio: the share of units that spans cover; not of `released`, which has no such budget.
        rate: the mean of the spans' lengths (λ of the Poisson distribution).
        unit: whether spans are of subwords or of whole words.
        replace: the chance that a random token stands for a span instead of the mask; 0.1 in `fairseq`, else 0.
        permute: whether sentences are shuffled first; so in `fairseq`, unless it is said.
    """

    style: Style = "exact"
    ratio: float = Field(0.3, ge=0, le=1)
    rate: float = Field(3.0, gt=0, le=100)
    unit: Literal["subword", "word"] = "subword"
    replace: float | None = Field(None, ge=0, le=1)
    permute: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> "Noise":
        given = sorted({"ratio", "unit", "replace"} & self.model_fields_set)
        if self.style == "released" and given:
            raise UserError(
                f"The noise style 'released' has no '{given[0]}'.",
                "leave it out of `noise`: a span of subwords begins at one token in ten, and becomes a mask.",
            )
        return self

    @property
    def replaced(self) -> float:
        """The chance that a random token stands for a span."""
        return (0.1 if self.style == "fairseq" else 0.0) if self.replace is None else self.replace

    @property
    def permuted(self) -> bool:
        """Whether sentences are shuffled."""
        return self.style == "fairseq" if self.permute is None else self.permute


@dataclass(frozen=True)
class Alphabet:
    """What noise has to know of a vocabulary.

    Attributes:
        mask: the id of the mask.
        regular: the ids that may stand for a span, without special tokens.
        begins_word: for each id, whether it begins with a blank.
        ends_sentence: for each id, whether it ends with a full stop, question mark or exclamation mark.
    """

    mask: int
    regular: NDArray[np.integer[Any]]
    begins_word: Flags
    ends_sentence: Flags


@dataclass(frozen=True)
class Noised:
    """Documents with noise.

    Attributes:
        tokens: their token ids, one document after the other.
        counts: how many each has.
        masks: how many spans each has, which are its masks and replacements.
        covered: for each token of what was given (after a permutation), whether a span covers it.
    """

    tokens: NDArray[np.integer[Any]]
    counts: Counts
    masks: Counts
    covered: Flags


@dataclass(frozen=True)
class Spans:
    """Spans over units, in the order of all documents' units, none of which is in two.

    Attributes:
        counts: how many each document has.
        before: for each span, how many units that no span covers come before it, in all documents together.
        lengths: how many units it covers.
    """

    counts: Counts
    before: Counts
    lengths: Counts


def add(tokens: NDArray[np.integer[Any]], counts: Counts, keys: Keys, alphabet: Alphabet, noise: Noise) -> Noised:
    """Add noise to documents.

    Args:
        tokens: token ids of all documents, without special tokens.
        counts: how many each document has.
        keys: the documents' keys (`streams.keys`).
        alphabet: of the vocabulary.
        noise: which noise.
    """
    if noise.permuted:
        tokens = _permuted(tokens, counts, keys, alphabet)
    if noise.style == "released":
        begins = _begins_sentence(tokens, counts, alphabet)
        sentences = np.diff(np.flatnonzero(begins), append=len(tokens))
        spans = _walked(sentences, ragged.sums(begins, counts), keys, noise)
        return _assembled(tokens, counts, spans, keys, alphabet, 0.0)
    if noise.unit == "subword":
        return _by_budget(tokens, counts, counts, keys, alphabet, noise, None)
    begins = _begins_word(tokens, counts, alphabet)
    widths = np.diff(np.flatnonzero(begins), append=len(tokens))
    return _by_budget(tokens, counts, ragged.sums(begins, counts), keys, alphabet, noise, widths)


def _by_budget(
    tokens: NDArray[np.integer[Any]], counts: Counts, units: Counts, keys: Keys, alphabet: Alphabet, noise: Noise,
    widths: Counts | None,
) -> Noised:  # fmt: skip
    """The styles that have a budget of units (subwords, or words of `widths` subwords)."""
    # 0.07 · 100 is 7.000000000000001: such a rest is no unit.
    budget = np.ceil(noise.ratio * units - 1e-9).astype(np.int64)
    drawn, lengths = _lengths(budget, keys, noise.rate)
    if noise.style == "exact":
        return _assembled(tokens, counts, _apart(units, drawn, lengths, keys), keys, alphabet, noise.replaced, widths)
    kept = ragged.sums(lengths > 0, drawn)
    spans = _running(units, kept, lengths[lengths > 0], keys)
    found = _assembled(tokens, counts, spans, keys, alphabet, noise.replaced, widths)
    others = streams.split(keys, INSERTIONS)
    inserted = _inserted(found.counts, drawn - kept, others)
    more = _assembled(found.tokens, found.counts, inserted, others, alphabet, noise.replaced)
    return Noised(more.tokens, more.counts, spans.counts + inserted.counts, found.covered)


def _lengths(budget: Counts, keys: Keys, rate: float) -> tuple[Counts, Counts]:
    """Poisson lengths until the budget of a document is met, the last one cut: how many, and the lengths.

    The others of a document are in random order anyway. The last one, which is never 0, changes places with one of
    them, so that each order of the lengths is equally likely.
    """
    tries = np.where(budget > 0, np.ceil(budget / rate + 3 * np.sqrt(budget / rate) + 4), 0).astype(np.int64)
    generators = streams.split(keys, LENGTHS)
    while True:
        lengths = streams.poisson(streams.uniform(generators, tries), rate)
        done, limit = ragged.before(lengths, tries), np.repeat(budget, tries)
        short = ragged.sums(lengths, tries) < budget
        if not short.any():
            break
        tries = np.where(short, 2 * tries, tries)
    needed = done < limit
    counts = ragged.sums(needed, tries)
    lengths = np.minimum(lengths, limit - done)[needed]
    last, some = np.cumsum(counts)[counts > 0] - 1, counts[counts > 0]
    places = streams.uniform(streams.split(keys[counts > 0], CUT), np.ones_like(some))
    other = last + 1 - some + (places * some).astype(np.int64)
    lengths[last], lengths[other] = lengths[other], lengths[last]
    return counts, lengths


def _apart(units: Counts, drawn: Counts, lengths: Counts, keys: Keys) -> Spans:
    """Spans that don't overlap: each is a slot among the units that none covers."""
    slots = np.flatnonzero(_chosen(drawn, units - ragged.sums(lengths, drawn) + drawn, streams.split(keys, PLACES)))
    return Spans(drawn, slots - np.arange(len(slots)), lengths)


def _running(units: Counts, drawn: Counts, lengths: Counts, keys: Keys) -> Spans:
    """Spans that begin at distinct units and run into each other; one that begins inside others has no mask."""
    begin = np.flatnonzero(_chosen(drawn, units, streams.split(keys, PLACES)))
    end = np.maximum.accumulate(np.minimum(begin + lengths, np.repeat(np.cumsum(units), drawn)))
    own = np.ones(len(begin), bool)
    own[1:] = begin[1:] >= end[:-1]
    firsts = np.flatnonzero(own)
    covered = end[np.append(firsts[1:], len(begin))[: len(firsts)] - 1] - begin[firsts]
    return Spans(ragged.sums(own, drawn), begin[firsts] - (np.cumsum(covered) - covered), covered)


def _inserted(counts: Counts, masks: Counts, keys: Keys) -> Spans:
    """Masks at random places."""
    slots = np.flatnonzero(_chosen(masks, counts + masks, streams.split(keys, PLACES)))
    return Spans(masks, slots - np.arange(len(slots)), np.zeros_like(slots))


def _walked(sentences: Counts, counts: Counts, keys: Keys, noise: Noise) -> Spans:
    """The walk of `released`, in each sentence: tokens that are passed until a span begins, its length, and again.

    Args:
        sentences: the number of tokens of each sentence.
        counts: the number of sentences of each document.
        keys: the documents' keys.
        noise: the rate of lengths.
    """
    generators = streams.split(np.repeat(keys, counts), ragged.numbered(counts))
    passing, lasting = streams.split(generators, PLACES), streams.split(generators, LENGTHS)
    tries = np.ceil(RELEASED * sentences + 4).astype(np.int64)
    while True:
        passed = streams.geometric(streams.uniform(passing, tries), RELEASED)
        lengths = streams.poisson(streams.uniform(lasting, tries), noise.rate)
        taken = np.maximum(lengths, 1)
        short = ragged.sums(passed + taken, tries) < sentences
        if not short.any():
            break
        tries = np.where(short, 2 * tries, tries)
    begin = ragged.before(passed + taken, tries) + passed
    limit = np.repeat(sentences, tries)
    there = begin < limit
    begin, lengths = begin[there], np.minimum(lengths, limit - begin)[there]
    each = ragged.sums(there, tries)
    # Of length 0, the token itself is kept, and the mask comes after it.
    place = begin + np.repeat(ragged.starts(sentences), each) + (lengths == 0)
    spans = ragged.sums(each, counts)
    return Spans(spans, place - (np.cumsum(lengths) - lengths), lengths)


def _chosen(counts: Counts, sizes: Counts, keys: Keys) -> Flags:
    """Choose `counts` of the `sizes` slots of each document, each choice being equally likely.

    Slots are drawn until so many distinct ones are found; if more than half are wanted, those that are not chosen. No
    slot is sorted.
    """
    fewer = np.minimum(counts, sizes - counts)
    first, marked = ragged.starts(sizes), np.zeros(sizes.sum(), bool)
    left, used = fewer, np.zeros_like(counts)
    while left.any():
        places = streams.uniform(keys, left, used) * np.repeat(sizes, left)
        marked[np.repeat(first, left) + places.astype(np.int64)] = True
        used = used + left
        left = fewer - ragged.sums(marked, sizes)
    found: Flags = marked ^ np.repeat(counts > fewer, sizes)
    return found


def _assembled(
    tokens: NDArray[np.integer[Any]], counts: Counts, spans: Spans, keys: Keys, alphabet: Alphabet, replaced: float,
    widths: Counts | None = None,
) -> Noised:  # fmt: skip
    """The documents with one token for each span, the mask or a random one; units are subwords, or of `widths`."""
    kept = np.ones(len(tokens) if widths is None else len(widths), bool)
    kept[np.repeat(spans.before, spans.lengths) + np.arange(spans.lengths.sum())] = False
    places = spans.before
    if widths is not None:
        places = np.append(0, np.cumsum(widths[kept]))[places]
        kept = np.repeat(kept, widths)
    places = places + np.arange(len(places))
    found = np.empty(np.count_nonzero(kept) + len(places), tokens.dtype)
    masked = np.zeros(len(found), bool)
    masked[places] = True
    found[~masked] = tokens[kept]
    found[places] = _standing(spans.counts, keys, alphabet, replaced)
    return Noised(found, ragged.sums(kept, counts) + spans.counts, spans.counts, ~kept)


def _standing(counts: Counts, keys: Keys, alphabet: Alphabet, replaced: float) -> NDArray[np.integer[Any]] | int:
    """The tokens that stand for spans."""
    if not replaced:
        return alphabet.mask
    chosen = streams.uniform(streams.split(keys, REPLACED), counts) < replaced
    number = (streams.uniform(streams.split(keys, REPLACEMENT), counts) * len(alphabet.regular)).astype(np.int64)
    return np.where(chosen, alphabet.regular[number], alphabet.mask)


def _permuted(
    tokens: NDArray[np.integer[Any]], counts: Counts, keys: Keys, alphabet: Alphabet
) -> NDArray[np.integer[Any]]:
    """The documents with their sentences in random order."""
    begins = _begins_sentence(tokens, counts, alphabet)
    begin = np.flatnonzero(begins)
    lengths = np.diff(begin, append=len(tokens))
    sentences = ragged.sums(begins, counts)
    ranks = streams.uniform(streams.split(keys, ORDER), sentences) * RANKS
    order = np.argsort(ranks.astype(np.int64) + np.repeat(np.arange(len(counts)), sentences) * RANKS, kind="stable")
    return tokens[ragged.segments(begin[order], lengths[order])]


def _begins_word(tokens: NDArray[np.integer[Any]], counts: Counts, alphabet: Alphabet) -> Flags:
    begins: Flags = alphabet.begins_word[tokens]
    begins[ragged.starts(counts)[counts > 0]] = True
    return begins


def _begins_sentence(tokens: NDArray[np.integer[Any]], counts: Counts, alphabet: Alphabet) -> Flags:
    """Whether a token begins a sentence: after a full stop and with a blank, or first of all."""
    begins: Flags = alphabet.begins_word[tokens]
    begins[1:] &= alphabet.ends_sentence[tokens[:-1]]
    begins[ragged.starts(counts)[counts > 0]] = True
    return begins
