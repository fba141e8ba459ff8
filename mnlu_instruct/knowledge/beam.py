"""Beam search whose answers are names in a trie, for encoder–decoder models and decoders of transformers.

Beams carry their node of the trie. In each step a beam's candidates are the children of its node, so only their logits
are looked at; the best two times as many candidates as beams are kept, of which those that end a name are hypotheses if
they are among the first half. A mention is done when no beam lives, or when it has as many hypotheses as beams and the
best living beam, by its score so far, is no better than the worst of them. That is what `generate` of transformers does
(`early_stopping=False`), and finds the same names; but where fewer names than beams can be reached, there are fewer
hypotheses, and settings such as a forced first token, bans of n-grams and a least length don't apply.

The score of a hypothesis is the sum of its tokens' log-probabilities, over the whole vocabulary, divided by a power of
their number; with the end, without the words before the name.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from mnlu_instruct.knowledge.trie import Ints, Trie

ROOT = 0


@dataclass(frozen=True)
class Asked:
    """What is known before a name: the tokens that an encoder reads (none of a decoder alone), and those before it."""

    before: list[int]
    source: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Hypothesis:
    """Names with the same tokens, by their numbers, and their score."""

    names: tuple[int, ...]
    score: float


@dataclass
class Clock:
    """CPU seconds spent in the model, and in all else: the trie and the choice of candidates."""

    model: float = 0.0
    search: float = 0.0


def search(
    model: Any,
    asked: Sequence[Asked],
    trie: Trie,
    beams: int = 5,
    penalty: float = 1.0,
    batch: int = 64,
    beat: Callable[[int], None] = lambda _: None,
    clock: Clock | None = None,
) -> list[list[Hypothesis]]:
    """The likeliest names after each of some beginnings, best first; fewer than beams, if no more can be reached.

    Args:
        model: a model of transformers, in evaluation mode.
        asked: in any order.
        trie: of the names, in the model's vocabulary.
        beams: how many.
        penalty: the power of the number of tokens that sums of log-probabilities are divided by.
        batch: how many are asked at a time.
        beat: called with how many were asked after each batch.
        clock: adds up the time.
    """
    import torch  # noqa: PLC0415 (seconds)

    states = _encoded if model.config.is_encoder_decoder else _prompted
    found: list[list[Hypothesis]] = [[] for _ in asked]
    with torch.inference_mode():
        for places in _batches(asked, batch, model.config.is_encoder_decoder):
            rows = states(model, [asked[place] for place in places])
            timer = clock or Clock()
            for place, hypotheses in zip(
                places, _searched(rows, len(places), trie, beams, penalty, timer), strict=True
            ):
                found[place] = hypotheses
            beat(len(places))
    return found


def _batches(asked: Sequence[Asked], size: int, by_length: bool) -> Iterator[list[int]]:
    """The places of what is asked together. A decoder with an encoder can't be told to pass over padding before its
    tokens, so these are equally many in a batch."""
    order = sorted(range(len(asked)), key=lambda place: (len(asked[place].before), len(asked[place].source), place))
    key = (lambda place: len(asked[place].before)) if by_length else (lambda _: 0)
    for _, places in groupby(order, key):
        some = list(places)
        yield from (some[start : start + size] for start in range(0, len(some), size))


class _Rows:
    """The rows of a batch in the model: what a step needs to give the next tokens' logits."""

    def __init__(self, model: Any, first: dict[str, Any], constant: dict[str, Any], lengths: Any = None) -> None:
        """`constant` is given in each step, a row each; `lengths` are the positions of decoders alone."""
        self._model, self._inputs, self._constant, self._lengths = model, first, constant, lengths
        self._cache: Any = None

    def logits(self) -> tuple[Any, Any]:
        """The logits of the next token of each row, in single precision, and their logsumexp."""
        out = self._model(**self._inputs, **self._given(), past_key_values=self._cache, use_cache=True)
        self._cache = out.past_key_values
        logits = out.logits[:, -1].float()
        return logits, logits.logsumexp(-1)

    def next(self, rows: Any, tokens: Any, moved: bool) -> None:
        """Go on with some rows, which may be repeated, each with a token; `moved`, if they aren't these in order."""
        import torch  # noqa: PLC0415

        if moved:
            self._cache.reorder_cache(rows)
            self._constant = {name: one[rows] for name, one in self._constant.items()}
        if self._lengths is None:
            self._inputs = {"decoder_input_ids": tokens[:, None]}
            return
        self._lengths = self._lengths[rows] + 1
        mask = self._constant["attention_mask"]
        self._constant["attention_mask"] = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
        self._inputs = {"input_ids": tokens[:, None], "position_ids": self._lengths[:, None] - 1}

    def _given(self) -> dict[str, Any]:
        from transformers.modeling_outputs import BaseModelOutput  # noqa: PLC0415

        if self._lengths is not None:
            return dict(self._constant)
        states = BaseModelOutput(last_hidden_state=self._constant["states"])
        return {"encoder_outputs": states, "attention_mask": self._constant["attention_mask"]}


def _encoded(model: Any, asked: Sequence[Asked]) -> _Rows:
    """Rows of an encoder–decoder model, whose encoder has read the sources."""
    ids, mask = _padded([one.source for one in asked], model.device, left=False)
    states = model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
    before, _ = _padded([one.before for one in asked], model.device, left=False)
    return _Rows(model, {"decoder_input_ids": before}, {"states": states, "attention_mask": mask})


def _prompted(model: Any, asked: Sequence[Asked]) -> _Rows:
    """Rows of a decoder, padded on the left."""
    ids, mask = _padded([one.before for one in asked], model.device, left=True)
    places = (mask.cumsum(1) - 1).clamp(min=0)
    return _Rows(model, {"input_ids": ids, "position_ids": places}, {"attention_mask": mask}, mask.sum(1))


def _padded(rows: Sequence[list[int]], device: Any, left: bool) -> tuple[Any, Any]:
    """Rows of ids of one length, and 1 where they aren't padding."""
    import torch  # noqa: PLC0415

    longest = max(map(len, rows))
    ids, mask = np.zeros((len(rows), longest), np.int64), np.zeros((len(rows), longest), np.int64)
    for place, row in enumerate(rows):
        part = slice(longest - len(row), None) if left else slice(len(row))
        ids[place, part], mask[place, part] = row, 1
    return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)


@dataclass
class _Live:
    """The living beams of a batch: the mention, node and sum of log-probabilities of each; best first in a mention."""

    mention: Ints
    node: Ints
    total: Ints


def _searched(
    rows: _Rows, mentions: int, trie: Trie, beams: int, penalty: float, clock: Clock
) -> list[list[Hypothesis]]:
    """The hypotheses of a batch."""
    import torch  # noqa: PLC0415

    done: list[list[tuple[float, int]]] = [[] for _ in range(mentions)]
    live = _Live(np.arange(mentions), np.full(mentions, ROOT), np.zeros(mentions))
    length = 0
    while len(live.node):
        begun = time.process_time()
        logits, norms = rows.logits()
        between = time.process_time()
        length += 1
        parent, node, total = _candidates(logits, norms, live, trie, 2 * beams)
        best = _first(live.mention[parent], total, 2 * beams)
        parent, node, total = parent[best], node[best], total[best]
        mention = live.mention[parent]
        rank = np.arange(len(mention)) - np.searchsorted(mention, mention)
        over = trie.token[node] == trie.manifest.end
        for place in np.flatnonzero(over & (rank < beams)).tolist():
            done[mention[place]].append((float(total[place]) / length**penalty, int(node[place])))
        going = np.flatnonzero(~over)
        going = going[_first(mention[going], total[going], beams)]
        going = going[_improving(done, mention[going], total[going] / length**penalty, beams)]
        live = _Live(mention[going], node[going], total[going])
        if len(going):
            tokens = torch.from_numpy(trie.token[live.node].astype(np.int64)).to(logits.device)
            moved = len(going) != len(logits) or bool((parent[going] != np.arange(len(going))).any())
            kept = torch.from_numpy(parent[going]).to(logits.device)
            clock.search += time.process_time() - between
            rows.next(kept, tokens, moved)
        else:
            clock.search += time.process_time() - between
        clock.model += between - begun
    return [
        [Hypothesis(trie.name(node), score) for score, node in sorted(some, key=lambda one: (-one[0], one[1]))[:beams]]
        for some in done
    ]


def _candidates(logits: Any, norms: Any, live: _Live, trie: Trie, most: int) -> tuple[Ints, Ints, Ints]:
    """The beam, node and sum of each candidate. At the root, where all nodes are one, only the best are made."""
    import torch  # noqa: PLC0415

    if not live.node.any():
        first = logits[:, torch.from_numpy(trie.root).to(logits.device)]
        values, places = first.topk(min(most, first.shape[1]), -1)
        parent = np.repeat(np.arange(len(live.node)), values.shape[1])
        return parent, places.cpu().numpy().ravel() + 1, (values - norms[:, None]).cpu().double().numpy().ravel()
    node, parent = trie.children(live.node)
    tokens = torch.from_numpy(trie.token[node].astype(np.int64)).to(logits.device)
    rows = torch.from_numpy(parent).to(logits.device)
    found = (logits[rows, tokens] - norms[rows]).cpu().double().numpy()
    return parent, node, live.total[parent] + found


def _first(mention: Ints, total: Ints, most: int) -> Ints:
    """The places of the best candidates of each mention, mention by mention, best first."""
    order = np.lexsort((-total, mention))
    sorted_ = mention[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_, sorted_)
    found: Ints = order[rank < most]
    return found


def _improving(done: list[list[tuple[float, int]]], mention: Ints, scores: Ints, beams: int) -> Ints:
    """Whether each living beam's mention still lacks hypotheses, or its best beam is better than the worst of them."""
    going: dict[int, bool] = {}
    for one, score in zip(mention.tolist(), scores.tolist(), strict=True):
        if one not in going:  # the first is the best
            done[one] = sorted(done[one], key=lambda found: (-found[0], found[1]))[:beams]
            going[one] = len(done[one]) < beams or score > done[one][-1][0]
    return np.array([going[one] for one in mention.tolist()], bool)
