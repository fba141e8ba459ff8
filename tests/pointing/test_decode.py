"""The search: valid sequences only, the likeliest of all for enough beams, the same in any batch."""

from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

from mnlu_instruct.pointing.decode import Decoded, decode
from mnlu_instruct.pointing.model import PointerModel, Settings, collated
from mnlu_instruct.pointing.sentences import Example, Sentence, examples
from mnlu_instruct.pointing.target import BEGIN, END, TYPES, Mode, follows, read

TEXTS = ["my legs", "arms", "my legs and arms ached badly", "the left atrium is dilated"]


def loaded(base: Path, mode: Mode, **settings: float) -> tuple[PointerModel, list[Example]]:
    tokenizer = AutoTokenizer.from_pretrained(base)
    network = PointerModel.started(
        str(base),
        tokenizer,
        Settings((("A", "disease"), ("B", "protein")), mode, **settings),  # type: ignore[arg-type]
    ).eval()
    with torch.no_grad():  # so that a random model says more than one thing
        network.model.shared.weight.mul_(5)
    given = []
    for text in TEXTS:
        words, start = [], 0
        for word in text.split():
            words.append((start, start + len(word)))
            start += len(word) + 1
        given.append(Sentence(text, text, tuple(words), ()))
    return network, examples(given, tokenizer, mode, 2)


def silent(stage: str, share: float) -> None:
    pass


@pytest.mark.parametrize("mode", ["word", "span"])
@pytest.mark.parametrize("beams", [1, 4])
def test_masked_sequences_are_well_formed_but_for_an_end_that_is_missing(base: Path, mode: Mode, beams: int) -> None:
    network, given = loaded(base, mode)
    for one, found in zip(given, decode(network, given, silent, beams=beams), strict=True):
        malformed = read(found.symbols, one.alphabet).malformed
        assert len(malformed) <= (not found.finished), found
        assert found.symbols[0] == BEGIN
        assert (found.symbols[-1] == END) == found.finished


def test_free_sequences_need_not_be_well_formed(base: Path) -> None:
    network, given = loaded(base, "span")
    found = decode(network, given, silent, masked=False)
    assert any(read(one.symbols, part.alphabet).malformed for one, part in zip(found, given, strict=True))


@pytest.mark.parametrize("beams", [1, 3])
def test_a_batch_gives_what_its_sentences_give_alone(base: Path, beams: int) -> None:
    network, given = loaded(base, "word")
    alone = [decode(network, [one], silent, beams=beams)[0] for one in given]
    assert decode(network, given, silent, beams=beams) == alone
    assert decode(network, given, silent, beams=beams, batch=2) == alone


def test_greedy_takes_the_likeliest_valid_symbol(base: Path) -> None:
    network, given = loaded(base, "word")
    one = given[2]
    symbols = [BEGIN]
    while symbols[-1] != END and len(symbols) <= 10 + int(0.5 * len(one.ids)):
        scores = _next(network, one, symbols)
        best = max(_valid(symbols, one), key=lambda symbol: scores[symbol].item())
        symbols.append(best)
    assert decode(network, [one], silent, beams=1) == [Decoded(tuple(symbols), symbols[-1] == END)]


def test_enough_beams_find_the_best_of_all_sequences(base: Path) -> None:
    network, given = loaded(base, "word", longest=4, ratio=0.0)
    one = given[0]
    ended: dict[tuple[int, ...], float] = {}
    going = {(BEGIN,): 0.0}
    for _ in range(4):
        longer = {}
        for symbols, score in going.items():
            scores = _next(network, one, list(symbols))
            for symbol in _valid(list(symbols), one):
                kept = ended if symbol == END else longer
                kept[*symbols, symbol] = score + scores[symbol].item()
        going = longer
    best = max(ended, key=lambda symbols: ended[symbols] / (len(symbols) - 1))
    assert decode(network, [one], silent, beams=100) == [Decoded(best, finished=True)]


def _next(network: PointerModel, one: Example, symbols: list[int]) -> torch.Tensor:
    """Log-probabilities of the next symbol, without a cache."""
    batch = collated([{"ids": one.ids, "symbols": [*symbols, END]}], 1)
    with torch.no_grad():
        found: torch.Tensor = network(**batch)["logits"][0, -1].log_softmax(-1)
    return found


def _valid(symbols: list[int], one: Example) -> list[int]:
    ending, typed, least, at_last = follows(symbols, one.alphabet)
    types = list(range(TYPES, one.alphabet.pointers)) if typed else []
    return [END] * ending + types + [bounds[at_last] for bounds in one.alphabet.bounds[least:]]
