"""A folder of PubMed's files → a corpus of token ids: shards, tokenizer, manifest, card. One process reads one file.

Three steps: each file's citations become texts (`extraction`); of all records of an id one holds (`supersession`); the
texts that hold become token ids, a shard for each file (`shards`). So the bytes don't depend on the workers.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, json, to_builtins
from numpy.typing import NDArray

from mnlu_instruct import folders, interruption, workers
from mnlu_instruct.dataset import code_fingerprint
from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.pretraining import card, extraction, manifest, shards, supersession, vocabulary
from mnlu_instruct.pretraining.extraction import Choice, Extracted
from mnlu_instruct.pretraining.manifest import Manifest
from mnlu_instruct.pretraining.shards import Shard
from mnlu_instruct.pretraining.supersession import DELETED, HOLDS, REPLACED, SUPERSEDED
from mnlu_instruct.workers import Progress

NAME = re.compile(r"pubmed(\d\d)n(\d+)\.xml(\.gz)?")
"""The name of a file: the year of its baseline, and its number, by which files are read in order."""
SAMPLE = 100_000
"""The most texts that a new vocabulary is trained on, evenly spaced over all."""
FOUND, WRITTEN = ".found.json", ".written.json"
TEXTS = ".parquet"


class Plan(Struct, frozen=True):
    """What to build.

    Attributes:
        files: the files, in the order of their numbers.
        choice: what of them becomes a document.
        tokenizer: the name or path of a tokenizer; None for a new one.
        vocabulary: the size of a new one.
    """

    files: tuple[Path, ...]
    choice: Choice
    tokenizer: str | None
    vocabulary: int


class Written(Struct, frozen=True):
    """A shard, and how many citations of its file are not in it, by reason."""

    shard: Shard
    dropped: dict[str, int]


def plan(folder: Path, choice: Choice, tokenizer: str | None, size: int) -> Plan:
    """Plan a corpus of the PubMed files in a folder.

    Raises:
        UserError: there are none, their order isn't known, or the tokenizer can't be used.
    """
    found = sorted(path for pattern in ("*.xml", "*.xml.gz") for path in folder.glob(pattern))
    if not found:
        raise UserError(
            f"There are no PubMed files (*.xml.gz) in {folder}.",
            "download some of the annual baseline, such as pubmed26n0001.xml.gz, into it.",
        )
    if tokenizer:
        vocabulary.load(tokenizer)
    return Plan(tuple(ordered(found)), choice, tokenizer, size)


def ordered(paths: Sequence[Path]) -> list[Path]:
    """Files in the order in which NLM released them: by year and number; a single file may have any name.

    Raises:
        UserError: the name of one doesn't have them, or two have the same.
    """
    if len(paths) == 1:
        return list(paths)
    places: dict[tuple[int, int], Path] = {}
    for path in paths:
        named = NAME.fullmatch(path.name)
        if not named:
            raise UserError(
                f"{path} has no number in its name, so its place among the others isn't known.",
                "name it as NLM does (pubmed21n1298.xml.gz): later files replace and delete what earlier ones have.",
            )
        place = int(named[1]), int(named[2])
        if place in places:
            raise UserError(f"{places[place]} and {path} have the same number.", "remove one of the two.")
        places[place] = path
    return [places[place] for place in sorted(places)]


def write(planned: Plan, out: Path, pool: Executor | None, progress: Progress) -> Manifest:
    """Build the corpus in the folder `out`, replacing it; it is written completely or not at all.

    An interrupted build goes on where it stopped.

    Raises:
        UserError: a file is damaged or no PubMed file, or no citation becomes a document.
    """
    with folders.resumable_folder(out, _key(planned)) as folder, interruption.keeping(partial(_kept, folder)):
        names = [path.name.partition(".")[0] for path in planned.files]
        sizes = [path.stat().st_size for path in planned.files]
        reading = [(_extracted, (path, planned.choice, folder)) for path in planned.files]
        found: list[Extracted] = workers.spread(reading, pool, progress, "reading", sizes)
        fates = _fates(folder, names)
        tokenizer = folder / manifest.TOKENIZER
        if not tokenizer.is_dir():
            with folders.atomic_folder(tokenizer) as new:
                _tokenizer(planned, folder, names, fates).save_pretrained(new)
        writing = [(_tokenised, (folder, name, fate)) for name, fate in zip(names, fates, strict=True)]
        written: list[Written] = workers.spread(writing, pool, progress, "tokenising", sizes)
        made = _manifest(planned, found, written, folder)
        (folder / card.NAME).write_text(card.render(made), "utf-8")
        manifest.write(made, folder)
        for name in names:
            for suffix in (TEXTS, FOUND, WRITTEN):
                (folder / f"{name}{suffix}").unlink()
    return made


def _extracted(path: Path, choice: Choice, folder: Path) -> Extracted:
    """The texts of a file, unless they are there."""
    name = path.name.partition(".")[0]
    sheet = folder / f"{name}{FOUND}"
    if not sheet.exists():
        _note(sheet, extraction.extract(File(path.name, path), choice, folder / f"{name}{TEXTS}"))
    return json.decode(sheet.read_bytes(), type=Extracted)


def _fates(folder: Path, names: Sequence[str]) -> list[NDArray[np.int8]]:
    """The fate of each entry of each file; that of a record which holds but has no text is `HOLDS`, too.

    Raises:
        UserError: no record that holds has a text.
    """
    tables = [extraction.identities(folder / f"{name}{TEXTS}") for name in names]
    found = supersession.fates(
        [table["pmid"].to_numpy() for table in tables], [table["version"].to_numpy() for table in tables]
    )
    if not any(np.any((fate == HOLDS) & _has_text(table)) for fate, table in zip(found, tables, strict=True)):
        raise UserError("No citation in these files has an abstract that becomes a document.", "read other files.")
    return found


def _has_text(table: Any) -> NDArray[np.bool_]:
    return np.asarray(table["reason"].to_numpy() == "")


def _tokenizer(planned: Plan, folder: Path, names: Sequence[str], fates: Sequence[NDArray[np.int8]]) -> Any:
    """The tokenizer of a corpus."""
    if planned.tokenizer:
        return vocabulary.load(planned.tokenizer)
    kept = [
        (fate == HOLDS) & _has_text(extraction.identities(folder / f"{name}{TEXTS}"))
        for name, fate in zip(names, fates, strict=True)
    ]
    step = -(-sum(map(np.count_nonzero, kept)) // SAMPLE)

    def texts() -> Iterator[str]:
        every = (
            text
            for name, mask in zip(names, kept, strict=True)
            for _, some in extraction.texts(folder / f"{name}{TEXTS}", mask)
            for text in some
        )
        return (text for place, text in enumerate(every) if place % step == 0)

    return vocabulary.trained(texts(), planned.vocabulary)


def _tokenised(folder: Path, name: str, fate: NDArray[np.int8]) -> Written:
    """The shard of a file, unless it is there."""
    sheet = folder / f"{name}{WRITTEN}"
    if not sheet.exists():
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one process a file: threads would take others' cores
        source = folder / f"{name}{TEXTS}"
        reasons = extraction.identities(source)["reason"].to_numpy()
        encoder = vocabulary.Encoder(folder / manifest.TOKENIZER)
        ids, tokens, counts = [np.empty(0, np.int64)], [np.empty(0, encoder.type)], [np.empty(0, np.int64)]
        for some, texts in extraction.texts(source, (fate == HOLDS) & (reasons == "")):
            encoded, lengths = encoder.encode(texts)
            ids.append(some)
            tokens.append(encoded)
            counts.append(lengths)
        shard = shards.write(folder, name, *map(np.concatenate, (tokens, counts, ids)))
        _note(sheet, Written(shard, _dropped(reasons, fate)))
    return json.decode(sheet.read_bytes(), type=Written)


def _dropped(reasons: NDArray[Any], fate: NDArray[np.int8]) -> dict[str, int]:
    """How many citations are not in the corpus, by reason: of a replaced or removed one, that."""
    known = np.where(fate == HOLDS, reasons, np.where(fate == REPLACED, SUPERSEDED, DELETED))
    counts = Counter(known[reasons != extraction.DELETION].tolist())
    return {reason: count for reason, count in sorted(counts.items()) if reason}


def _manifest(planned: Plan, found: Sequence[Extracted], written: Sequence[Written], folder: Path) -> Manifest:
    tokenizer = vocabulary.load(str(folder / manifest.TOKENIZER))
    stated = [
        {"file": path.name, **to_builtins(one), "dropped": two.dropped}
        for path, one, two in zip(planned.files, found, written, strict=True)
    ]
    counts = shards.Corpus(folder, [one.shard.name for one in written]).counts
    return manifest.make(stated, planned.choice, tokenizer, counts, [one.shard for one in written])


def _note(path: Path, value: Struct) -> None:
    """Write a sheet, whole or not at all."""
    hidden = path.with_suffix(".part")
    hidden.write_bytes(json.encode(value))
    hidden.replace(path)


def _kept(folder: Path) -> str:
    """What an interrupted build has kept."""
    count = len(list(folder.glob(f"*{FOUND}"))) + len(list(folder.glob(f"*{WRITTEN}")))
    return f"{count:,} finished steps are kept in {folder.parent}, for the same build." if count else ""


def _key(planned: Plan) -> str:
    """A hash of everything that decides the bytes of a corpus; builds with the same key can resume each other."""
    inputs = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in planned.files]
    given = vocabulary.hashed(vocabulary.load(planned.tokenizer)) if planned.tokenizer else planned.vocabulary
    code = code_fingerprint.code(Path(__file__))
    stated = [inputs, to_builtins(planned.choice), given, code, manifest.versions()]
    return hashlib.blake2b(json.encode(stated), digest_size=8).hexdigest()
