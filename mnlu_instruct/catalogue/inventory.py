"""`mnlu corpora` and `mnlu corpora show`: the registered corpora with their files, labels and counts."""

from pathlib import Path
from typing import Any

from mnlu_instruct import corpora, files, tasks
from mnlu_instruct.catalogue.check import Reading, read_split
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus

Row = dict[str, Any]


def listing(data: Path, task: str | None = None, role: str | None = None) -> list[Row]:
    """One row per corpus, in the order of names; only of a task or a role, if given."""
    wanted = tasks.kinds(tasks.parse([task])) if task else None
    return [
        _row(corpus, data)
        for corpus in corpora.registry().values()
        if (wanted is None or wanted & tasks.kinds(corpus.tasks)) and role in (None, corpus.role)
    ]


def details(reference: str, data: Path) -> Row:
    """The row of a corpus (by name or path), with its files and checksums, how to get them, its labels and counts."""
    corpus = corpora.get(reference)
    folder = reading.directory(corpus, data)
    found: list[Row] = []
    for split, patterns in corpus.splits.items():
        for pattern in patterns:
            paths = files.on_disk(folder, pattern)
            if not paths:
                found.append({"split": split, "file": files.split_pattern(pattern)[0], "sha256": None})
            for path in paths:
                name = path.relative_to(folder).as_posix()
                found.append({"split": split, "file": name, "sha256": files.sha256(path)})
    ready = [split for split in corpus.splits if not reading.missing(corpus, data, split)]
    return {
        **_row(corpus, data),
        "cite": corpus.cite,
        "get": corpus.source.advice,
        "differs": corpus.differs,
        "files": list({(one["split"], one["file"]): one for one in found}.values()),
        "labels": _labels(corpus),
        "counts": [
            {"split": split, "of": name, "count": count}
            for split in ready
            for name, count in _counts(read_split(reference, split, data)).items()
        ],
    }


def _row(corpus: Corpus, data: Path) -> Row:
    return {
        "name": corpus.name,
        "title": corpus.title,
        "role": corpus.role,
        "tasks": list(corpus.tasks),
        "domain": corpus.domain,
        "access": corpus.source.access,
        "licence": corpus.licence,
        "status": reading.status(corpus, data),
        "folder": str(reading.directory(corpus, data)),
        "splits": list(corpus.splits),
    }


def _counts(one: Reading) -> dict[str, int]:
    return {name: count for name, count in {**one.totals, **one.instances}.items() if count}


def _labels(corpus: Corpus) -> list[Row]:
    """Every label of a corpus and the name that prompts show for it."""
    rows = [("mention", label, name) for label, name in corpus.entities.items()]
    if corpus.relations:
        for label, words in corpus.relations.labels.items():
            by_pair = (
                [("", words)] if isinstance(words, str) else [(f" ({' – '.join(p)})", w) for p, w in words.items()]
            )
            rows += [("relation", label + pair, sentence) for pair, sentence in by_pair]
    if corpus.extraction:
        rows += [("relation clause", label, words) for label, words in corpus.extraction.clauses.items()]
    for key, kind in corpus.events.items():
        rows.append(("event", key, kind.name))
        rows += [("span attribute", f"{key}/{role}", name) for role, name in kind.spans.items()]
        for role, attribute in kind.classes.items():
            rows += [("class attribute", f"{key}/{role}={value}", name) for value, name in attribute.values.items()]
    for question, classes in corpus.questions.items():
        rows += [(f"class of {question}", label, name) for label, name in classes.options.items()]
    rows += [("option", label, name) for label, name in corpus.options.items()]
    rows += [("score", str(score), words) for score, words in corpus.scale.items()]
    return [{"of": of, "label": label, "name": name} for of, label, name in rows]
