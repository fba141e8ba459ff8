"""The documents that questions are drawn from: `documents` in a build recipe, for few-shot training.

They are drawn before any question is left out for its length, so that models with other tokenizers get the same ones.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from msgspec import Struct

from mnlu_instruct.dataset import store
from mnlu_instruct.dataset.apportionment import apportion
from mnlu_instruct.dataset.recipe import Documents
from mnlu_instruct.dataset.row_counts import stated, states_nothing
from mnlu_instruct.dataset.sampling_keys import key, ranks
from mnlu_instruct.dataset.store import Mask, StoredSplit, Words
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger

STAGE = "documents"
NOT_LISTED, NOT_DRAWN = "not in the list of documents", "not among the documents drawn"
SHOTS = b"mnlu-shots"
NONE = ""
"""The stratum of documents in which nothing is found."""


class Offer(Struct, frozen=True, dict=True):
    """The stored questions of a corpus' split, and which of them can be asked."""

    corpus: str
    split: str
    held: StoredSplit
    asked: Mask

    @cached_property
    def column(self) -> Words:
        """For each question its document."""
        return store.words(self.held, "document")

    @cached_property
    def documents(self) -> list[str]:
        """The documents that can be asked about, in the order of the corpus' files."""
        return list(dict.fromkeys(self.column.words[code] for code in self.column.codes[self.asked].tolist()))


def drawn(offer: Offer, wanted: Documents, seed: int, ledger: Ledger) -> Mask:
    """The questions about the documents that are drawn; the other documents are counted as drops.

    Raises:
        UserError: the list can't be read or names a document that isn't there; there are fewer than are to be drawn.
    """
    path = wanted.listed.get(offer.corpus)
    order = offer.documents if path is None else _among(offer, path)
    chosen = frozenset(order if wanted.n is None else _draw(offer, order, wanted, wanted.n, seed))
    allowed = frozenset(order)
    for name in offer.documents:
        if name not in chosen:
            reason = NOT_DRAWN if name in allowed else NOT_LISTED
            ledger.drop(STAGE, reason, f"{offer.corpus}/{offer.split}/{name}")
    return offer.asked & offer.column.among(chosen)


def listed(path: str) -> list[str]:
    """The ids in a list of documents, one a line.

    Raises:
        UserError: it can't be read, is empty, or has an id twice.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UserError(f"The list of documents {path} can't be read: {reason}.", "it has an id a line.") from error
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        name = line.strip()
        if name in found:
            raise UserError(f"{path}, line {number}: '{name}' is in line {found[name]}, too.", "list it once.")
        if name:
            found[name] = number
    if not found:
        raise UserError(f"The list of documents {path} is empty.", "it has an id a line.")
    return list(found)


def _among(offer: Offer, path: str) -> list[str]:
    """The listed documents that can be asked about, in the order of the list.

    Raises:
        UserError: one isn't there at all.
    """
    there, askable = set(offer.column.words), set(offer.documents)
    names = listed(path)
    for name in names:
        if name not in there:
            raise UserError(
                f"{path}: the split {offer.split} of {offer.corpus} has no document '{name}' with a question.",
                f"its first one is '{offer.column.words[0]}'." if there else "it has none.",
            )
    return [name for name in names if name in askable]


def _draw(offer: Offer, order: Sequence[str], wanted: Documents, n: int, seed: int) -> Sequence[str]:
    if n > len(order):
        raise UserError(
            f"documents.n is {n:,}, but the split {offer.split} of {offer.corpus} has {len(order):,} to draw from.",
            f"draw {len(order)} or fewer.",
        )
    if wanted.draw == "study":
        return [order[place] for place in np.random.default_rng(seed).permutation(len(order))[:n]]
    ranked = _ranked(order, seed)
    if wanted.draw == "uniform":
        return ranked[:n]
    stratum = _strata(offer, order)
    waiting = defaultdict[str, list[str]](list)
    for name in ranked:
        waiting[stratum[name]].append(name)
    sizes = {name: len(waiting[name]) for name in sorted(waiting)}
    shares = apportion(n, sizes, sizes)
    return [name for one, share in shares.items() for name in waiting[one][:share]]


def _ranked(order: Sequence[str], seed: int) -> list[str]:
    """The documents by hashes of their ids and the seed, so that a larger draw has those of a smaller one."""
    places = ranks(np.array([key(name) for name in order], np.uint64), seed, person=SHOTS)
    return [order[place] for place in np.argsort(places, kind="stable")]


def _strata(offer: Offer, order: Sequence[str]) -> Mapping[str, str]:
    """For each document the label in its answers that occurs in the fewest documents; `NONE` if there is none."""
    places = np.flatnonzero(offer.asked)
    labels: dict[str, set[str]] = {name: set() for name in offer.documents}
    for code, one in zip(offer.column.codes[places].tolist(), store.instances(offer.held.path, places), strict=True):
        if not states_nothing(one, offer.held.negative):
            labels[offer.column.words[code]] |= {label for label, count in stated(one.gold).items() if count}
    spread = Counter(label for name in order for label in labels[name])
    return {name: min(labels[name], key=lambda one: (spread[one], one), default=NONE) for name in order}
