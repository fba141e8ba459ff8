"""Invented names of chemicals, diseases, genes and people, in pools that keep some names out of each split."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from mnlu_instruct.demo.draws import Split, stream
from mnlu_instruct.demo.template import choose

Kind = Literal["chemical", "disease", "gene", "surname"]

# A name is one of few stems and one of few endings, so that a name never seen is made of parts that were.
CHEMICAL = (
    "(bra|cli|dax|fex|gor|hul|jin|kel|lum|mev|nor|ost|pra|quo|ruv|sil|tev|uro|vim|zab)"
    "(ban|cor|dim|fen|lam|len|mor|nix|pir|rel|sul|tox)(ol|ine|azole|mab|statin|cillin|ide|oxan)"
)
DISEASE_STEM = "(brec|cald|dron|fusc|gral|hest|jemp|lact|morn|nod|plur|quent|rhab|serv|tolv|vesc)(al|an|el|er|ic|or|um)"
PLAIN_DISEASE = "(||||(acute|chronic|recurrent|familial|juvenile|latent) ){stem}(itis|osis|opathy)"
EPONYMIC_DISEASE = "(Ard|Bex|Jur|Lind|Mor|Ostr|Pav|Ven)(al|en|in|os) (fever|syndrome|disease)"
EPONYM_SHARE = 0.2
GENE = "(A|D|G|H|K|N|R|S|T|W)(BX|CQ|FZ|LV|MJ|PX|RZ)(1|2|3|4|5|6|7|8|9)(|1|2|3|4|5|6|7|8|9)"
SURNAME = "(Ash|Bar|Cul|Dor|Fen|Hol|Kir|Lan|Mar|Nor|Pel|Ros|Tan|Wil)(bury|combe|den|ford|ley|man|sby|ton|well|wick)"


@dataclass(frozen=True)
class Pool:
    """The names of one kind: those every split may use, and those of one split alone."""

    shared: tuple[str, ...]
    train_only: tuple[str, ...]
    test_only: tuple[str, ...]

    def names(self, split: Split) -> tuple[str, ...]:
        """All names that texts of this split may use."""
        return self.shared + (self.train_only if split == "train" else self.test_only)

    def number(self, name: str) -> int:
        """The name's place in the pool, from 1, to serve as its concept number."""
        return (self.shared + self.train_only + self.test_only).index(name) + 1


def chemical(rng: Random) -> str:
    """A drug name such as ``kelpirstatin``."""
    return choose(CHEMICAL, rng)


def disease(rng: Random) -> str:
    """A disease name such as ``chronic caldelitis``, ``hestorosis`` or ``Arden fever``."""
    if rng.random() < EPONYM_SHARE:
        return choose(EPONYMIC_DISEASE, rng)
    return choose(PLAIN_DISEASE, rng).format(stem=choose(DISEASE_STEM, rng))


def gene(rng: Random) -> str:
    """A gene symbol such as ``KRV2``."""
    return choose(GENE, rng)


def surname(rng: Random) -> str:
    """A family name such as ``Fenwick``."""
    return choose(SURNAME, rng)


def pool(kind: Kind, make: Callable[[Random], str], shared: int, train_only: int, test_only: int) -> Pool:
    """A pool of that many different names of one kind."""
    rng = stream(f"words/{kind}")
    names: dict[str, None] = {}
    while len(names) < shared + train_only + test_only:
        names[make(rng)] = None
    ordered = tuple(names)
    return Pool(ordered[:shared], ordered[shared : shared + train_only], ordered[shared + train_only :])


POOLS: dict[Kind, Pool] = {
    "chemical": pool("chemical", chemical, shared=300, train_only=1000, test_only=200),
    "disease": pool("disease", disease, shared=300, train_only=1000, test_only=200),
    "gene": pool("gene", gene, shared=300, train_only=1000, test_only=200),
    "surname": pool("surname", surname, shared=30, train_only=50, test_only=30),
}


def name(kind: Kind, split: Split, rng: Random) -> str:
    """A name of this kind, drawn from those of this split."""
    return rng.choice(POOLS[kind].names(split))
