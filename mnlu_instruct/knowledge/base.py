"""A knowledge base as a folder: concepts and their names in Arrow files, which are memory-mapped, and a manifest.

`concepts.arrow` has a row a concept: its id, other ids that stand for it, and its names as rows of `names.arrow`, in
the order of the source. `names.arrow` has a row a name, sorted, with the rows of the concepts that it is a name of.
`ids.arrow` has each id and other id, sorted, with the rows of its concepts. The same files give the same bytes.
"""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from msgspec import Struct, ValidationError, json

from mnlu_instruct import files, folders
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.files import File
from mnlu_instruct.knowledge.formats import KINDS, Concept
from mnlu_instruct.knowledge.spelling import RULES

MANIFEST = "knowledge.json"
TABLES = ("concepts", "names", "ids")
HINT = "build it again: 'mnlu kb build --help'."


class Counts(Struct, frozen=True):
    """What is in a knowledge base.

    Args:
        concepts: those with a name; `nameless`: those without one, which are left out.
        names: distinct ones; `shared` are those of several concepts.
        others: the alternative ids.
        repeats: names that a concept has twice, once spelt alike.
    """

    concepts: int
    names: int
    others: int
    shared: int
    repeats: int
    nameless: int


class Manifest(Struct, frozen=True):
    """What a knowledge base was built from, and what is in it; `content` is a hash of its tables."""

    name: str
    kind: str
    rule: str
    sources: dict[str, str]
    counts: Counts
    content: str


@dataclass(frozen=True)
class KnowledgeBase:
    """A knowledge base, memory-mapped. Concepts and names are numbered by their rows."""

    folder: Path
    manifest: Manifest
    tables: Mapping[str, Any]

    def spelt(self, words: str) -> str:
        """Words as names are spelt here."""
        return RULES[self.manifest.rule](words)

    def name(self, number: int) -> str:
        """A name."""
        return str(self._names[number])

    def id(self, concept: int) -> str:
        """The id of a concept."""
        return str(self._ids[concept])

    def named(self, words: str) -> tuple[int, ...]:
        """The concepts with a name that is these words, spelt as names are."""
        found = self.number(self.spelt(words))
        return () if found is None else self.concepts(found)

    def number(self, name: str) -> int | None:
        """The number of a name."""
        return _found(self._names, name)

    def concepts(self, name: int) -> tuple[int, ...]:
        """The concepts that a name is of."""
        return tuple(self.tables["names"]["concepts"][name].as_py())

    def names(self, concept: int) -> tuple[int, ...]:
        """The names of a concept, in the order of the source."""
        return tuple(self.tables["concepts"]["names"][concept].as_py())

    def with_ids(self, ids: Iterable[str]) -> tuple[int, ...]:
        """The concepts that these ids stand for, as their own or as others."""
        found: dict[int, None] = {}
        for one in ids:
            place = _found(self._known, one)
            if place is not None:
                found.update(dict.fromkeys(self.tables["ids"]["concepts"][place].as_py()))
        return tuple(found)

    def every_name(self) -> list[str]:
        """All names in order."""
        found: list[str] = self.tables["names"]["name"].to_pylist()
        return found

    @cached_property
    def _names(self) -> "_Column":
        return _Column(self.tables["names"]["name"])

    @cached_property
    def _ids(self) -> "_Column":
        return _Column(self.tables["concepts"]["id"])

    @cached_property
    def _known(self) -> "_Column":
        return _Column(self.tables["ids"]["id"])


class _Column(Sequence[str]):
    """A column of strings, read one by one."""

    def __init__(self, column: Any) -> None:
        (self._chunk,) = column.chunks

    def __len__(self) -> int:
        return len(self._chunk)

    def __getitem__(self, place: Any) -> Any:
        return self._chunk[place].as_py()


def _found(sorted_: "_Column", words: str) -> int | None:
    place = bisect_left(sorted_, words)
    return place if place < len(sorted_) and sorted_[place] == words else None


def located(path: Path) -> list[File]:
    """The file at a path, which may lead into an archive: `ncbi-disease.tar.gz/ncbi-disease/train_dictionary.txt`.

    Raises:
        UserError: there is none.
    """
    on_disk = next((one for one in (path, *path.parents) if one.exists()), path)
    found = files.find(on_disk.parent, str(path.relative_to(on_disk.parent))) if on_disk.is_file() else []
    if not found:
        raise UserError(f"{path} is no file.", "give the path of a terminology's file, or of one inside an archive.")
    return found


def build(kind: str, path: Path, out: Path, rule: str = "lower", overwrite: bool = False) -> Manifest:
    """Build a knowledge base from a terminology's file.

    Args:
        kind: the file's format (`formats.KINDS`).
        path: the file, which may be in an archive.
        out: the folder to write.
        rule: how names are spelt (`spelling.RULES`).
        overwrite: whether a knowledge base there may be replaced.

    Raises:
        UserError: an unknown kind or rule, a file that is missing or not of its kind, or one without a concept.
    """
    for what, given, known in (("kind of terminology", kind, KINDS), ("rule of spelling", rule, RULES)):
        if given not in known:
            raise unknown(what, given, known)
    folders.check(out, overwrite, MANIFEST)
    (file,) = located(path)
    concepts = list(KINDS[kind](file))
    if not concepts:
        raise UserError(f"There is no concept in {path}.", f"is it a file of the kind {kind}?")
    return written(concepts, out, kind, rule, {path.name: hashlib.sha256(file.read()).hexdigest()})


def written(concepts: Sequence[Concept], out: Path, kind: str, rule: str, sources: Mapping[str, str]) -> Manifest:
    """Write a knowledge base of concepts, whose pieces with one id are put together.

    Raises:
        UserError: no concept has a name left after spelling.
    """
    gathered, repeats = _gathered(concepts, rule)
    named = {
        one: found for one, found in (_fewest(gathered) if rule == "released" else gathered).items() if found.names
    }
    if not named:
        raise UserError("No concept has a name.", f"spelt by the rule '{rule}', nothing is left of its names.")
    tables = _tables(named)
    with folders.atomic_folder(out) as folder:
        digest = hashlib.sha256()
        for name in TABLES:
            with (
                pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink,
                pa.ipc.new_file(sink, tables[name].schema) as to,
            ):
                to.write_table(tables[name])
            digest.update((folder / f"{name}.arrow").read_bytes())
        counts = Counts(
            concepts=len(named),
            names=len(tables["names"]),
            others=sum(len(one.others) for one in named.values()),
            shared=sum(len(some) > 1 for some in tables["names"]["concepts"].to_pylist()),
            repeats=repeats,
            nameless=len(gathered) - len(named),
        )
        manifest = Manifest(out.name, kind, rule, dict(sources), counts, digest.hexdigest())
        (folder / MANIFEST).write_bytes(json.format(json.encode(manifest), indent=2) + b"\n")
    return manifest


def opened(folder: Path) -> KnowledgeBase:
    """A knowledge base, memory-mapped.

    Raises:
        UserError: the folder holds none, or a broken one.
    """
    try:
        manifest = json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise UserError(f"{folder} is no knowledge base: it has no {MANIFEST}.", HINT) from error
    except ValidationError as error:
        raise UserError(f"{folder / MANIFEST} is broken: {error}.", HINT) from error
    tables = {}
    for name in TABLES:
        try:
            with pa.memory_map(str(folder / f"{name}.arrow")) as source:
                tables[name] = pa.ipc.open_file(source).read_all()
        except (OSError, pa.ArrowInvalid) as error:
            raise UserError(f"{folder / name}.arrow is missing or broken.", HINT) from error
    return KnowledgeBase(folder, manifest, tables)


def _gathered(concepts: Iterable[Concept], rule: str) -> tuple[dict[str, Concept], int]:
    """The concepts by their ids, in the order of the file, with names as they are spelt; and how many were repeats."""
    spelt = RULES[rule]
    names: dict[str, dict[str, None]] = {}
    others: dict[str, dict[str, None]] = {}
    given = 0
    for one in concepts:
        given += len(one.names)
        names.setdefault(one.id, {}).update(dict.fromkeys(filter(None, map(spelt, one.names))))
        others.setdefault(one.id, {}).update(dict.fromkeys(one.others))
    found = {one: Concept(one, tuple(names[one]), tuple(others[one])) for one in names}
    return found, given - sum(len(one.names) for one in found.values())


def _fewest(concepts: Mapping[str, Concept]) -> dict[str, Concept]:
    """The concepts, each name left only to the one with fewest names; to the first of several."""
    keeper: dict[str, Concept] = {}
    for one in sorted(concepts.values(), key=lambda one: len(one.names)):
        for name in one.names:
            keeper.setdefault(name, one)
    return {
        key: Concept(key, tuple(name for name in one.names if keeper[name] is one), one.others)
        for key, one in concepts.items()
    }


def _tables(concepts: Mapping[str, Concept]) -> dict[str, Any]:
    """The tables of a knowledge base."""
    by_name: dict[str, list[int]] = {}
    by_id: dict[str, dict[int, None]] = {}
    for number, one in enumerate(concepts.values()):
        for name in one.names:
            by_name.setdefault(name, []).append(number)
        for known in (one.id, *one.others):
            by_id.setdefault(known, {})[number] = None
    names, ids = sorted(by_name), sorted(by_id)
    place = {name: number for number, name in enumerate(names)}
    numbers = pa.list_(pa.int32())
    return {
        "concepts": pa.table(
            {
                "id": pa.array([one.id for one in concepts.values()], pa.large_string()),
                "others": pa.array([one.others for one in concepts.values()], pa.list_(pa.string())),
                "names": pa.array([[place[name] for name in one.names] for one in concepts.values()], numbers),
            }
        ),
        "names": pa.table(
            {
                "name": pa.array(names, pa.large_string()),
                "concepts": pa.array([by_name[name] for name in names], numbers),
            }
        ),
        "ids": pa.table(
            {
                "id": pa.array(ids, pa.large_string()),
                "concepts": pa.array([list(by_id[one]) for one in ids], numbers),
            }
        ),
    }


def names_per_concept(base: KnowledgeBase) -> Counter[int]:
    """How many concepts have how many names."""
    return Counter(base.tables["concepts"]["names"].combine_chunks().value_lengths().to_pylist())
