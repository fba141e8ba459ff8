"""Search for pointer sequences: greedy or by beams, in batches, of valid continuations only or of all.

Valid are, after a mention or at the beginning, the end or a pointer at a word; inside a mention, a pointer at a later
word, or a type. Probabilities are the model's own, not renormalised. A sentence whose search is over leaves its batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from transformers import DynamicCache, EncoderDecoderCache

from mnlu_instruct.pointing import target
from mnlu_instruct.pointing.model import PointerModel, collated
from mnlu_instruct.pointing.sentences import Example
from mnlu_instruct.pointing.target import BEGIN, END, TYPES, Alphabet
from mnlu_instruct.workers import Progress

BATCH = 16


class Decoded(Struct, frozen=True):
    """The best sequence of a sentence; `finished`, if it ends by itself, not at the most symbols allowed."""

    symbols: tuple[int, ...]
    finished: bool


class Hypothesis(NamedTuple):
    """A sequence and the sum of its symbols' log-probabilities."""

    symbols: tuple[int, ...]
    score: float

    @property
    def mean(self) -> float:
        """The score by symbol, without the beginning."""
        return self.score / max(len(self.symbols) - 1, 1)


@dataclass
class Search:
    """The search for one sentence: hypotheses that go on, best first, and those that have ended."""

    alphabet: Alphabet
    beams: int
    most: int
    masked: bool
    going: list[Hypothesis] = field(default_factory=lambda: [Hypothesis((BEGIN,), 0.0)])
    ended: list[Hypothesis] = field(default_factory=list)

    def allowed(self, width: int) -> NDArray[np.bool_]:
        """Which symbols may follow each hypothesis, of shape (hypotheses, `width`)."""
        found = np.zeros((len(self.going), width), bool)
        if not self.masked:
            found[:, END : self.alphabet.pointers + sum(self.alphabet.pieces) + 1] = True
            found[:, self.alphabet.pointers] = False
            return found
        firsts, lasts = self.bounds
        for row, one in zip(found, self.going, strict=True):
            ending, typed, least, at_last = target.follows(one.symbols, self.alphabet)
            row[END] = ending
            row[TYPES : self.alphabet.pointers] = typed
            row[(lasts if at_last else firsts)[least:]] = True
        return found

    @property
    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The symbols of the words' first pieces, and of their last ones."""
        first, last = np.array(self.alphabet.bounds, np.int64).reshape(-1, 2).T
        return first, last

    def extend(self, scores: torch.Tensor) -> list[int]:
        """Go on with the best continuations; returns which hypothesis each of those that go on comes from.

        Args:
            scores: of each hypothesis with each symbol, of shape (hypotheses, symbols); −∞ for what isn't allowed.
        """
        wanted = min(2 * self.beams if self.beams > 1 else 1, scores.numel())
        best, at = scores.flatten().topk(wanted)
        going, parents = list[Hypothesis](), list[int]()
        for rank, (score, place) in enumerate(zip(best.tolist(), at.tolist(), strict=True)):
            parent, symbol = divmod(place, scores.shape[1])
            if score == -np.inf:
                break
            one = Hypothesis((*self.going[parent].symbols, symbol), score)
            if symbol != END and len(going) < self.beams:
                going.append(one)
                parents.append(parent)
            elif symbol == END and rank < self.beams:
                self.ended.append(one)
        self.going = going
        if self._over():
            return []
        return parents

    def _over(self) -> bool:
        if not self.going or len(self.going[0].symbols) > self.most:
            return True
        ranked = sorted((one.mean for one in self.ended), reverse=True)[: self.beams]
        return len(ranked) == self.beams and self.going[0].mean <= ranked[-1]

    @property
    def best(self) -> Decoded:
        """The best hypothesis: of those that have ended, if there is one."""
        one = max(self.ended or self.going, key=lambda one: one.mean)
        return Decoded(one.symbols, bool(self.ended))


def decode(
    model: PointerModel,
    given: Sequence[Example],
    progress: Progress,
    masked: bool = True,
    beams: int | None = None,
    batch: int = BATCH,
) -> list[Decoded]:
    """The best sequences of sentences.

    Args:
        model: in evaluation mode, on its device.
        given: the sentences, none longer than the model's window.
        progress: called with the share that is done.
        masked: only valid continuations.
        beams: how many hypotheses are kept; by default as many as the model's settings say.
        batch: how many sentences are searched together.
    """
    order = sorted(range(len(given)), key=lambda place: -len(given[place].ids))
    found: dict[int, Decoded] = {}
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        searches = [_search(model, given[place], masked, beams) for place in part]
        with torch.inference_mode():
            _run(model, [given[place] for place in part], searches)
        found.update(zip(part, (search.best for search in searches), strict=True))
        progress("points", len(found) / len(order))
    return [found[place] for place in range(len(given))]


def _search(model: PointerModel, one: Example, masked: bool, beams: int | None) -> Search:
    settings = model.settings
    most = max(int(settings.longest + settings.ratio * len(one.ids)), 1)
    return Search(one.alphabet, beams or settings.beams, most, masked)


def _run(model: PointerModel, given: Sequence[Example], searches: Sequence[Search]) -> None:
    """Search until all searches are over; each hypothesis that goes on is a row."""
    rows = [{"ids": one.ids, "symbols": one.symbols} for one in given]
    read = collated(rows, model.config.pad_token_id)
    ids, attended = (read[name].to(model.device) for name in ("input_ids", "attention_mask"))
    states = model.model.encoder(input_ids=ids, attention_mask=attended).last_hidden_state
    kept: tuple[Any, ...] = (ids, attended, states, *model.memory(states, ids))
    all_of, owners = kept, list(range(len(searches)))
    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    inputs = ids.new_full((len(searches), 1), BEGIN)
    while owners:
        ids, attended, states, memory, closed = kept
        hidden = model.model.decoder(
            input_ids=model.tokens(inputs, ids),
            encoder_hidden_states=states,
            encoder_attention_mask=attended,
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
        said = model.scores(hidden, memory, closed)[:, -1].float().log_softmax(-1)
        before = owners
        parents, owners, last = [], [], []
        for owner, start, scores in _blocks(before, searches, said):
            search = searches[owner]
            came_from = search.extend(scores)
            parents += [start + parent for parent in came_from]
            last += [one.symbols[-1] for one in search.going[: len(came_from)]]
            owners += [owner] * len(came_from)
        if owners:
            cache.reorder_cache(torch.tensor(parents, device=said.device))
            inputs = torch.tensor(last, device=said.device)[:, None]
        if owners != before:
            places = torch.tensor(owners, dtype=torch.long, device=said.device)
            kept = tuple(one[places] for one in all_of)


def _blocks(
    owners: Sequence[int], searches: Sequence[Search], said: torch.Tensor
) -> Iterator[tuple[int, int, torch.Tensor]]:
    """For each search that goes on: its number, its first row, and the scores of its hypotheses with each symbol."""
    start = 0
    for owner in dict.fromkeys(owners):
        search = searches[owner]
        allowed = torch.from_numpy(search.allowed(said.shape[1])).to(said.device)
        sums = said.new_tensor([one.score for one in search.going])[:, None]
        end = start + len(search.going)  # which the caller changes
        yield owner, start, (said[start:end] + sums).masked_fill(~allowed, -np.inf)
        start = end
