"""Reading of a declared corpus: its files are found, and its records checked against the declaration."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from mnlu_instruct import assets, files
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers import Repairs
from mnlu_instruct.sentences import EXTRA, INSTALL, available
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Document, Pair, Question, Record

Status = Literal["ready", "partial", "missing"]

BUNDLED = assets.PACKAGE / "demo" / "data"
"""The folder of the bundled demo corpora."""


def directory(corpus: Corpus, data: Path) -> Path:
    """The folder of a corpus' files, given the data directory."""
    return (BUNDLED if corpus.is_demo else data) / (corpus.folder or corpus.name)


def missing(corpus: Corpus, data: Path, split: str) -> list[str]:
    """What a split lacks: the patterns that match no file, or an extra of this package that its corpus needs."""
    if corpus.relations and not available(corpus.relations.splitter):
        return [EXTRA]
    folder = directory(corpus, data)
    return [pattern for pattern in corpus.splits[split] if not files.on_disk(folder, pattern)]


def status(corpus: Corpus, data: Path) -> Status:
    """Whether all files of all splits are there ("ready"), some ("partial"), or none ("missing")."""
    folder = directory(corpus, data)
    found = [bool(files.on_disk(folder, pattern)) for patterns in corpus.splits.values() for pattern in patterns]
    return "ready" if all(found) else "partial" if any(found) else "missing"


def input_files(corpus: Corpus, data: Path, split: str) -> list[Path]:
    """The files on disk that a split is read from, sorted; of packed files, the archive."""
    folder = directory(corpus, data)
    return sorted({path for pattern in corpus.splits[split] for path in files.on_disk(folder, pattern)})


def records(corpus: Corpus, split: str, data: Path, ledger: Ledger) -> Iterator[Record]:
    """The records of a split, in file order; ids begin with `corpus/split/`, groups with `corpus/`.

    Raises:
        UserError: a file is missing or broken, a document id occurs twice, or a label is not declared.
    """
    if split not in corpus.splits:
        raise unknown(f"split of {corpus.name}", split, corpus.splits)
    folder = directory(corpus, data)
    absent = missing(corpus, data, split)
    if absent == [EXTRA]:
        raise UserError(f"{corpus.name} needs {EXTRA}.", INSTALL)
    if absent:
        raise UserError(
            f"{corpus.name}: {files.split_pattern(absent[0])[0]} is not in {folder}.",
            f"{corpus.source.advice}; 'mnlu corpora show {corpus.name}' says which files go where.",
        )
    found = [file for pattern in corpus.splits[split] for file in files.find(folder, pattern)]
    if not found:
        raise UserError(
            f"{corpus.name}: {corpus.splits[split][0]} matches no file inside the archive in {folder}.",
            "compare the names of the files in it with the `splits` of the declaration.",
        )
    repairs = Repairs(corpus.repairs, ledger, corpus.ignored, bool(corpus.relation_types))
    seen: dict[str, tuple[int, str]] = {}
    for record in _of_split(corpus, split, corpus.read(found, repairs)):
        content = hash(msgspec.structs.replace(record, origin=""))
        if record.id in seen:
            first, place = seen[record.id]
            if first == content and repairs.drops("duplicate-document", record.origin):
                continue
            raise UserError(
                f"{record.origin}: document {record.id} was already at {place}.",
                "delete one of the two, or give them different ids.",
            )
        seen[record.id] = content, record.origin
        _check_ids(record)
        _check_labels(record, corpus)
        _check_score(record, corpus)
        prefix = f"{corpus.name}/{split}/"
        group = _group(record, corpus)
        yield msgspec.structs.replace(record, id=prefix + record.id, group=f"{corpus.name}/{group}")
    if not seen and any(file.read().strip() for file in found):
        raise UserError(
            f"{corpus.name}: there is no document in {found[0].name}{' and the other files' if found[1:] else ''}.",
            "are these the files of its `splits`, and in the format that it declares?",
        )


def _of_split(corpus: Corpus, split: str, found: Iterator[Record]) -> Iterable[Record]:
    """Those of a file's records that are of a split: all, unless the declaration parts them.

    Raises:
        UserError: the declaration parts them into other splits.
    """
    if corpus.parted is None:
        return found
    parts = corpus.parted(list(found))
    if split not in parts:
        raise UserError(
            f"The `parted` of corpus {corpus.name} has no split '{split}', only {', '.join(parts)}.",
            "give it the same splits as `splits`.",
        )
    return parts[split]


def _group(record: Record, corpus: Corpus) -> str:
    """The group of a record: the one that its reader found, or what the declaration says.

    Raises:
        UserError: the declaration says nothing about this record.
    """
    if not corpus.group:
        return record.group
    if not isinstance(corpus.group, str):
        if record.id not in corpus.group:
            raise UserError(
                f"{record.origin}: the `group` of corpus {corpus.name} lacks document {record.id}.",
                "it needs all documents' ids.",
            )
        return corpus.group[record.id]
    found = re.search(corpus.group, record.id)
    if found is None:
        raise UserError(
            f"{record.origin}: the `group` of corpus {corpus.name}, '{corpus.group}', isn't in the id {record.id}.",
            "it is searched in the ids of documents; its first group in parentheses is the patient or source.",
        )
    return found[1] if found.re.groups else found[0]


def _check_ids(record: Record) -> None:
    if isinstance(record, Document):
        ids = [mention.id for mention in record.mentions]
        if len(set(ids)) < len(ids):
            twice = next(name for name in ids if ids.count(name) > 1)
            raise UserError(
                f"{record.origin}: document {record.id} has two mentions '{twice}'.", "give them different ids."
            )


def _check_labels(record: Record, corpus: Corpus) -> None:
    for kind, labels, known in _labels(record, corpus):
        if strange := labels - known.keys() - corpus.ignored:
            raise UserError(
                f"{record.origin}: {kind} {min(strange)!r} is not declared by corpus {corpus.name}.",
                f"add it to the corpus' labels or to `ignored`; declared: {', '.join(sorted(known)) or 'none'}.",
            )


def _check_score(record: Record, corpus: Corpus) -> None:
    if not isinstance(record, Pair) or record.score is None:
        return
    low, high = min(corpus.scale), max(corpus.scale)
    if not low <= record.score <= high:
        raise UserError(
            f"{record.origin}: score {record.score} is not on the scale {low}–{high} of corpus {corpus.name}.",
            "correct the score, or the corpus' `scale`.",
        )


def _labels(record: Record, corpus: Corpus) -> Iterator[tuple[str, set[str], Mapping[str, object]]]:
    """(kind of label, the record's labels, the declared labels) for each kind of label that a record has."""
    if isinstance(record, Document):
        if corpus.entities:
            yield "mention type", {mention.type for mention in record.mentions}, corpus.entities
        if known := dict.fromkeys(corpus.relation_types):
            yield "relation", {relation.type for relation in record.relations}, known
        if corpus.events:
            yield "event", {event.type for event in record.events}, corpus.events
            for event in record.events:
                if kind := corpus.events.get(event.type):
                    yield "role", {argument.role for argument in event.arguments}, {**kind.spans, **kind.classes}
        if corpus.questions:
            yield "question", {judgement.question for judgement in record.judgements}, corpus.questions
            for judgement in record.judgements:
                yield "class", set(judgement.keys), corpus.questions[judgement.question].options
    elif isinstance(record, Pair) and record.label is not None:
        yield "label", {record.label}, corpus.options
    elif isinstance(record, Question):
        yield "answer", {record.answer}, corpus.options
