"""The laws of the noise, on documents that hypothesis makes, and its rates, on many documents."""

import math
from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnlu_instruct.errors import UserError
from mnlu_instruct.pretraining import noise, ragged, streams
from mnlu_instruct.pretraining.noise import Alphabet, Noise, Noised

SIZE, MASK, STOP = 1_000, 999, 7
ALPHABET = Alphabet(
    mask=MASK,
    regular=np.arange(MASK),
    begins_word=np.arange(SIZE) % 3 > 0,
    ends_sentence=np.arange(SIZE) == STOP,
)
"""Of three tokens, two begin a word; none of the documents has the mask."""
COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=12)
STYLES = st.one_of(
    st.builds(
        Noise,
        style=st.sampled_from(("exact", "fairseq")),
        ratio=st.floats(0, 1),
        rate=st.floats(0.2, 8),
        unit=st.sampled_from(("subword", "word")),
        permute=st.booleans(),
        replace=st.just(0.0),
    ),
    st.builds(Noise, style=st.just("released"), permute=st.booleans()),
)


def documents(counts: list[int], seed: int = 1) -> tuple[NDArray[Any], NDArray[np.int64]]:
    tokens = np.random.default_rng(seed).integers(0, MASK, sum(counts)).astype(np.uint16)
    tokens[::11] = STOP
    return tokens, np.array(counts, np.int64)


def noised(counts: list[int], settings: Noise, seed: int = 1, epoch: int = 0) -> tuple[NDArray[Any], Noised]:
    tokens, lengths = documents(counts)
    return tokens, noise.add(tokens, lengths, streams.keys(seed, epoch, np.arange(len(counts))), ALPHABET, settings)


def split(tokens: NDArray[Any], counts: NDArray[np.int64]) -> list[list[int]]:
    return [part.tolist() for part in np.split(tokens, np.cumsum(counts)[:-1])]


@given(COUNTS, STYLES)
def test_tokens_that_no_span_covers_stay_in_order_and_there_is_a_mask_for_each_span(
    counts: list[int], settings: Noise
) -> None:
    tokens, found = noised(counts, settings)
    if settings.permuted:
        keys = streams.keys(1, 0, np.arange(len(counts)))
        tokens = noise._permuted(tokens, np.array(counts), keys, ALPHABET)
    left = split(np.where(found.covered, MASK, tokens), np.array(counts))
    for given_one, out, masks in zip(left, split(found.tokens, found.counts), found.masks, strict=True):
        assert [one for one in given_one if one != MASK] == [one for one in out if one != MASK]
        assert out.count(MASK) == masks
    assert found.tokens.dtype == tokens.dtype and len(found.tokens) == found.counts.sum()


@given(COUNTS, st.integers(0, 100), st.floats(0.2, 8), st.integers(0, 5))
def test_exact_covers_the_budget_exactly(counts: list[int], percent: int, rate: float, seed: int) -> None:
    _, found = noised(counts, Noise(ratio=percent / 100, rate=rate), seed)
    assert ragged.sums(found.covered, np.array(counts)).tolist() == [-(-percent * one // 100) for one in counts]


@given(COUNTS, st.integers(0, 100), st.integers(0, 5))
def test_of_words_whole_ones_are_covered_and_as_many_as_the_budget_says(
    counts: list[int], percent: int, seed: int
) -> None:
    tokens, found = noised(counts, Noise(ratio=percent / 100, unit="word"), seed)
    covered = split(found.covered, np.array(counts))
    for one, flags in zip(split(tokens, np.array(counts)), covered, strict=True):
        starts = [place for place, token in enumerate(one) if place == 0 or ALPHABET.begins_word[token]]
        words = [flags[start:end] for start, end in pairwise([*starts, len(one)])]
        assert all(len(set(word)) == 1 for word in words)
        assert sum(word[0] for word in words) == -(-percent * len(words) // 100)


@given(COUNTS, STYLES.filter(lambda one: not one.permuted and one.style != "released"))
def test_without_a_ratio_nothing_changes(counts: list[int], settings: Noise) -> None:
    tokens, found = noised(counts, settings.model_copy(update={"ratio": 0.0}))
    assert np.array_equal(found.tokens, tokens) and not found.covered.any() and not found.masks.any()


@given(COUNTS, STYLES, st.randoms(use_true_random=False))
def test_a_document_gets_the_same_noise_in_whatever_company(counts: list[int], settings: Noise, random: Any) -> None:
    tokens, lengths = documents(counts)
    texts, order = split(tokens, lengths), list(range(len(counts)))
    random.shuffle(order)
    keys = streams.keys(3, 2, np.array(order))
    mixed = np.array([token for place in order for token in texts[place]], np.uint16)
    together = noise.add(mixed, lengths[order], keys, ALPHABET, settings)
    for place, out in zip(order, split(together.tokens, together.counts), strict=True):
        key = streams.keys(3, 2, np.array([place]))
        alone = noise.add(np.array(texts[place], np.uint16), lengths[[place]], key, ALPHABET, settings)
        assert alone.tokens.tolist() == out


@pytest.mark.parametrize("style", ["exact", "released", "fairseq"])
def test_epochs_seeds_and_documents_differ(style: Any) -> None:
    settings = Noise(style=style)
    _, first = noised([60] * 3, settings)
    assert not np.array_equal(first.covered, noised([60] * 3, settings, epoch=1)[1].covered)
    assert not np.array_equal(first.covered, noised([60] * 3, settings, seed=2)[1].covered)
    one, other, _ = split(first.covered, np.array([60] * 3))
    assert one != other


@pytest.mark.parametrize(("style", "stepwise"), [("released", "walked"), ("fairseq", "budgeted")])
def test_as_much_is_masked_as_one_document_at_a_time_in_steps(style: Any, stepwise: str) -> None:
    lengths, documents = [40, 30, 25, 5], 3_000
    sentences = np.concatenate([[STOP - 2, *[STOP + 1] * (one - 2), STOP] for one in lengths])
    tokens, counts = np.tile(sentences, documents), np.full(documents, len(sentences))
    found = noise.add(tokens, counts, streams.keys(1, 0, np.arange(documents)), ALPHABET, Noise(style=style))
    random = Random(1)
    steps = [globals()[stepwise](lengths, random) for _ in range(documents)]
    covered, masks = (sum(column) / len(tokens) for column in zip(*steps, strict=True))
    assert found.covered.mean() == pytest.approx(covered, abs=0.004)
    assert found.masks.sum() / len(tokens) == pytest.approx(masks, abs=0.0015)


def walked(sentences: list[int], random: Random) -> tuple[int, int]:
    """The released walk: how many tokens it masks, with how many masks."""
    covered = masks = 0
    for length in sentences:
        place = 0
        while place < length:
            if random.random() < 0.1:
                masks += 1
                span = poisson(random)
                covered += min(span, length - place)
                place += max(span, 1)
            else:
                place += 1
    return covered, masks


def budgeted(sentences: list[int], random: Random) -> tuple[int, int]:
    """fairseq's steps: lengths until the budget, distinct starts, a mask that another span runs over is gone."""
    size = sum(sentences)
    budget, spans = math.ceil(0.3 * size), []
    while sum(spans) < budget:
        spans.append(min(poisson(random), budget - sum(spans)))
    inserted, spans = spans.count(0), [one for one in spans if one]
    covered, swallowed = set(), set()
    starts = random.sample(range(size), len(spans))
    for start, span in zip(starts, spans, strict=True):
        covered |= set(range(start, min(start + span, size)))
        swallowed |= set(range(start + 1, start + span))
    return len(covered), inserted + len(set(starts) - swallowed)


def poisson(random: Random) -> int:
    """A Poisson number of mean 3 (Knuth)."""
    product, count = random.random(), 0
    while product > math.exp(-3):
        product, count = product * random.random(), count + 1
    return count


def test_released_masks_a_quarter_of_endless_text() -> None:
    counts = np.array([200_000])
    found = noise.add(np.full(200_000, 10), counts, streams.keys(1, 0, np.arange(1)), ALPHABET, Noise(style="released"))
    assert found.covered.mean() == pytest.approx(0.249, abs=0.003)


def test_lengths_are_poisson_numbers() -> None:
    counts, lengths = noise._lengths(np.array([300_000]), streams.keys(1, 0, np.arange(1)), 3.0)
    assert lengths.sum() == 300_000 and counts.tolist() == [len(lengths)]
    assert (lengths == 0).mean() == pytest.approx(np.exp(-3), abs=0.002)
    assert lengths.mean() == pytest.approx(3, abs=0.02) and lengths.var() == pytest.approx(3, abs=0.05)


def test_all_arrangements_are_equally_likely() -> None:
    """Of five tokens, two are covered. As the noise shows where the tokens are, each pattern is an arrangement."""
    documents, tokens = 60_000, np.arange(10, 15)
    counts = np.full(documents, 5)
    found = noise.add(
        np.tile(tokens, documents),
        counts,
        streams.keys(5, 0, np.arange(documents)),
        ALPHABET,
        Noise(ratio=0.4, rate=1.0),
    )
    patterns = Counter(map(tuple, split(found.tokens, found.counts)))
    by_masks: dict[int, list[int]] = {}
    for pattern, times in patterns.items():
        by_masks.setdefault(pattern.count(MASK), []).append(times)
    # A span of two tokens has four places, and two spans of one token have ten.
    assert len(by_masks[1]) == 4
    assert max(by_masks[1]) < 1.1 * min(by_masks[1])
    kept_two_masks = {tuple(one for one in pattern if one != MASK) for pattern in patterns if pattern.count(MASK) == 2}
    assert len(kept_two_masks) == 10


def test_a_cut_span_is_at_any_place() -> None:
    """Lengths of budget 4 and rate 3: the cut one, drawn last, would else be the last of the document always."""
    keys = streams.keys(1, 0, np.arange(20_000))
    counts, lengths = noise._lengths(np.full(20_000, 4), keys, 3.0)
    pairs = lengths[np.repeat(counts == 2, counts)].reshape(-1, 2)
    pairs = pairs[(pairs > 0).all(1)]
    assert pairs[:, 0].mean() == pytest.approx(pairs[:, 1].mean(), abs=0.05)


def test_spans_of_fairseq_swallow_the_masks_of_others() -> None:
    units, drawn = np.array([6, 6]), np.array([2, 1])
    # Whatever the places are: what is covered and what is left fill each document.
    spans = noise._running(units, drawn, np.array([3, 3, 9]), streams.keys(1, 0, np.arange(2)))
    assert (spans.counts <= drawn).all() and (spans.lengths <= 6).all()
    both = noise._running(np.array([3]), np.array([3]), np.array([2, 2, 2]), streams.keys(1, 0, np.arange(1)))
    assert both.lengths.tolist() == [3] and both.counts.tolist() == [1]


def test_random_tokens_stand_for_some_spans() -> None:
    tokens, found = noised([500] * 200, Noise(replace=0.25))
    kept = split(np.where(found.covered, MASK, tokens), np.full(200, 500))
    assert sum(one != MASK for part in kept for one in part) == (~found.covered).sum()
    assert (found.tokens == MASK).sum() / found.masks.sum() == pytest.approx(0.75, abs=0.02)


@given(COUNTS)
def test_a_permutation_moves_whole_sentences(counts: list[int]) -> None:
    tokens, lengths = documents(counts)
    keys = streams.keys(1, 0, np.arange(len(counts)))
    moved = noise._permuted(tokens, lengths, keys, ALPHABET)
    for one, other in zip(split(tokens, lengths), split(moved, lengths), strict=True):
        begins = noise._begins_sentence(np.array(one, np.uint16), np.array([len(one)]), ALPHABET)
        sentences = split(np.array(one), np.diff(np.flatnonzero(begins), append=len(one))) if one else []
        assert sorted(one) == sorted(other)
        assert all(any(other[at : at + len(some)] == some for at in range(len(other))) for some in sentences)


@pytest.mark.parametrize("key", ["ratio", "unit", "replace"])
def test_released_has_no_budget(key: str) -> None:
    with pytest.raises(UserError, match=f"style 'released' has no '{key}'"):
        Noise(style="released", **{key: "word" if key == "unit" else 0.3})  # type: ignore[arg-type]
