"""The token sequences of many names as a trie in level order: arrays that are memory-mapped, a few bytes a name.

Nodes are numbered level by level, those of one parent side by side and by their tokens; node 0 is the root. So the
children of node `n` are the nodes from `first_child[n]` to `first_child[n + 1]`, whatever the size of the trie. A name
ends in a node of its own, whose token is the end-of-text; `names` has the names of those nodes, in their order.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, ValidationError, json
from numpy.typing import NDArray

from mnlu_instruct import folders
from mnlu_instruct.errors import UserError

MANIFEST = "trie.json"
ARRAYS = ("token", "first_child", "names", "alike")
LONGEST = 254
"""The most tokens of a name; longer ones are left out, and counted."""
BATCH = 10_000
"""Names that are encoded at a time."""
HINT = "build it again."

Encode = Callable[[Sequence[str]], list[list[int]]]
"""The tokens of each of some texts, without any that a tokenizer adds at its ends."""
Ints = NDArray[Any]


class Manifest(Struct, frozen=True):
    """What a trie was made of.

    Args:
        base: the hash of the names' knowledge base; `tokenizer`: that of the vocabulary (`fingerprint`).
        end: the id of the end-of-text.
        nodes: of the trie, `names` in it.
        alike: names whose tokens another name has, too; they are found with that one.
        empty: names without a token, and `long`: with too many. Both are left out.
        content: a hash of the arrays.
    """

    base: str
    tokenizer: str
    end: int
    nodes: int
    names: int
    alike: int
    empty: int
    long: int
    content: str


@dataclass(frozen=True)
class Trie:
    """A trie.

    Args:
        token: of each node, in the smallest type that holds the vocabulary.
        first_child: of each node, and one more.
        names: the number of the name of each leaf, a node in which a name ends.
        alike: pairs of numbers of names with the same tokens, shape (pairs, 2), sorted: the first is a leaf's.
    """

    manifest: Manifest
    token: Ints
    first_child: Ints
    names: Ints
    alike: Ints

    @cached_property
    def root(self) -> Ints:
        """The tokens that names begin with."""
        return np.asarray(self.token[1 : self.first_child[1]]).astype(np.int64)

    @cached_property
    def leaves(self) -> Ints:
        """The nodes in which names end, ascending."""
        found = np.flatnonzero(self.token == self.manifest.end)
        return found[1:]  # the root has the same token

    def children(self, nodes: Ints) -> tuple[Ints, Ints]:
        """The children of some nodes, one after the other, and the place of each one's parent among these."""
        starts = np.asarray(self.first_child[nodes], np.int64)
        counts = np.asarray(self.first_child[nodes + 1], np.int64) - starts
        parents = np.repeat(np.arange(len(nodes)), counts)
        offsets = np.arange(len(parents)) - np.repeat(np.cumsum(counts) - counts, counts)
        return starts[parents] + offsets, parents

    def name(self, leaf: int) -> tuple[int, ...]:
        """The numbers of the names that end in a leaf."""
        first = int(self.names[np.searchsorted(self.leaves, leaf)])
        low, high = np.searchsorted(self.alike[:, 0], [first, first + 1])
        return (first, *self.alike[low:high, 1].tolist())

    def spelt(self) -> dict[tuple[int, ...], tuple[int, ...]]:
        """All sequences of tokens, without the end, with the numbers of their names: small tries only."""
        found: dict[tuple[int, ...], tuple[int, ...]] = {}
        open_: list[tuple[int, tuple[int, ...]]] = [(0, ())]
        while open_:
            node, before = open_.pop()
            for child in range(int(self.first_child[node]), int(self.first_child[node + 1])):
                if self.token[child] == self.manifest.end:
                    found[before] = self.name(child)
                else:
                    open_.append((child, (*before, int(self.token[child]))))
        return found


def fingerprint(vocabulary: dict[str, int]) -> str:
    """A hash of a tokenizer's vocabulary."""
    return hashlib.sha256(json.encode(sorted(vocabulary.items()))).hexdigest()


def build(names: Sequence[str], encode: Encode, end: int, size: int, base: str = "", tokenizer: str = "") -> Trie:
    """The trie of some names.

    Args:
        names: to be found by their places.
        encode: the tokens of a name, which must not have the end.
        end: the token at which a name ends.
        size: of the vocabulary.
        base: for the manifest, as `tokenizer`.

    Raises:
        UserError: no name has a token.
    """
    kind = np.dtype(">u2" if size <= 1 << 16 else ">u4")
    encoded, numbers, empty, long = _encoded(names, encode, end, kind)
    if not len(numbers):
        raise UserError("No name has a token.", "are the knowledge base and the tokenizer those that you mean?")
    rows, lengths, order = _sorted(encoded, kind, end)
    numbers = numbers[order]
    shared = _shared(rows, lengths)
    repeated = np.flatnonzero(shared == lengths)
    token, first_child, ends = _levels(rows, lengths, shared, end)
    arrays = {
        "token": token,
        "first_child": first_child,
        "names": numbers[ends].astype(np.int32),
        "alike": _alike(numbers, repeated),
    }
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(np.ascontiguousarray(arrays[name]).view(np.uint8).data)
    manifest = Manifest(
        base, tokenizer, end, len(token), len(numbers), len(repeated), empty, long, content=digest.hexdigest()
    )
    return Trie(manifest, **arrays)


def save(trie: Trie, out: Path) -> None:
    """Write a trie to a folder, whole or not at all; one that is there is replaced."""
    with folders.atomic_folder(out) as folder:
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(trie, name))
        (folder / MANIFEST).write_bytes(json.format(json.encode(trie.manifest), indent=2) + b"\n")


def opened(folder: Path) -> Trie:
    """A trie, memory-mapped.

    Raises:
        UserError: the folder holds none, or a broken one.
    """
    try:
        manifest = json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        return Trie(manifest, **{name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS})
    except (FileNotFoundError, ValidationError, ValueError) as error:
        raise UserError(f"{folder} holds no whole trie.", HINT) from error


def check(trie: Trie, base: str, tokenizer: str) -> None:
    """Check that a trie was made of a knowledge base's names, by a tokenizer.

    Raises:
        UserError: it wasn't.
    """
    if trie.manifest.tokenizer != tokenizer:
        raise UserError("The trie was made with another tokenizer than the model's.", "delete it; it is made again.")
    if trie.manifest.base != base:
        raise UserError("The trie was made of another knowledge base's names.", "delete it; it is made again.")


def _encoded(names: Sequence[str], encode: Encode, end: int, kind: np.dtype[Any]) -> tuple[Any, Ints, int, int]:
    """The tokens of all names that have some, each with the end; their places; how many are empty, and too long."""
    pieces: list[Ints] = []
    lengths: list[int] = []
    numbers: list[int] = []
    empty = long = 0
    for start in range(0, len(names), BATCH):
        tokens: list[int] = []
        for number, one in enumerate(encode(names[start : start + BATCH]), start):
            if end in one:
                raise UserError(f"The name {names[number]!r} has the end-of-text in it.", "leave it out.")
            empty += not one
            long += len(one) > LONGEST
            if 0 < len(one) <= LONGEST:
                tokens += [*one, end]
                lengths.append(len(one) + 1)
                numbers.append(number)
        pieces.append(np.array(tokens, kind))
    return (np.concatenate(pieces or [np.empty(0, kind)]), np.array(lengths)), np.array(numbers), empty, long


def _sorted(encoded: tuple[Ints, Ints], kind: np.dtype[Any], end: int) -> tuple[Ints, Ints, Ints]:
    """Names as rows of tokens, filled up with the end, sorted; their lengths; and the order.

    Big-endian numbers side by side are in the order of the longer numbers that they make up, of 64 bits, which are
    compared far faster.
    """
    tokens, lengths = encoded
    a_word = 8 // kind.itemsize
    rows = np.full((len(lengths), -(-int(lengths.max()) // a_word) * a_word), end, kind)
    rows[np.arange(rows.shape[1]) < lengths[:, None]] = tokens
    order = np.lexsort(rows.view(">u8").astype(np.uint64).T[::-1])
    return rows[order], lengths[order], order


def _shared(rows: Ints, lengths: Ints) -> Ints:
    """How many tokens each row has in common with the one before it: all, if both are alike."""
    differ = rows[1:] != rows[:-1]
    found = np.where(differ.any(1), differ.argmax(1), lengths[1:])
    shared: Ints = np.concatenate([[0], found])
    return shared


def _levels(rows: Ints, lengths: Ints, shared: Ints, end: int) -> tuple[Ints, Ints, Ints]:
    """The arrays of the trie, level by level: tokens, first children, and the row of each leaf."""
    native = rows.dtype.newbyteorder("=")
    tokens, children = [np.array([end], native)], []
    ends = []
    above, count = np.zeros(1, np.int64), 1
    for depth in range(int(lengths.max())):
        new = (shared <= depth) & (depth < lengths)
        before = np.concatenate([[0], np.cumsum(new)])
        children.append(count + before[above])
        above = np.flatnonzero(new)
        level = rows[above, depth].astype(native)
        ends.append(above[lengths[above] == depth + 1])
        tokens.append(level)
        count += len(above)
    children += [np.full(len(above), count), np.array([count])]
    first_child = np.concatenate(children).astype(np.int32)
    return np.concatenate(tokens), first_child, np.concatenate(ends)


def _alike(numbers: Ints, repeated: Ints) -> Ints:
    """Pairs of the name that stands for others with the same tokens, and each of these, sorted."""
    first = np.arange(len(numbers))
    first[repeated] = 0
    first = np.maximum.accumulate(first)
    pairs = np.stack([numbers[first[repeated]], numbers[repeated]], 1)
    found: Ints = pairs[np.lexsort(pairs.T[::-1])].astype(np.int32)
    return found
