"""docs/corpora.md: every registered corpus, with its counts as read beside the published ones.

`make docs` writes it. What is read are the files in the data directory; a split without files there has only published
counts.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from mnlu_instruct import corpora, files
from mnlu_instruct.catalogue.check import Reading, check
from mnlu_instruct.markdown import table
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts, Download

INTRODUCTION = """\
# Corpora

Written by `make docs`, don't edit. `mnlu corpora show NAME` says where each file goes, `mnlu fetch NAME` downloads it
where that is allowed, `mnlu corpora check NAME` counts again.

A cell of the counts is *as read / as published*: one number where both agree or nothing is published, – where there was
nothing to read. Read are the files that the tests of this project use; of some corpora these are a part only, or a
conversion.
"""

ROLES = {"train": "Training corpora", "eval": "Test sets"}
NONE = "–"


def page(data: Path, processes: int = 1) -> str:
    """The whole page, from the corpora registered and the files in a data directory."""
    readings = {(one.corpus, one.split): one for one in check(None, data, processes, lambda _stage, _share: None)}
    known = [corpus for corpus in corpora.registry().values() if not corpus.is_demo]
    parts = [INTRODUCTION]
    for role, title in ROLES.items():
        chosen = [corpus for corpus in known if corpus.role == role]
        parts += [f"## {title}\n", _overview(chosen)]
        parts += ["\n".join(_section(corpus, readings)) for corpus in chosen]
    return "\n".join(parts)


def _overview(chosen: Iterable[Corpus]) -> str:
    rows = [
        (f"[{one.name}](#{one.name})", ", ".join(one.tasks), one.domain, one.source.access, one.licence)
        for one in chosen
    ]
    return table(("corpus", "tasks", "domain", "access", "licence"), rows)


def _section(corpus: Corpus, readings: Mapping[tuple[str, str], Reading]) -> Iterator[str]:
    """One corpus."""
    yield f"### {corpus.name}\n"
    tasks = ", ".join(corpus.tasks)
    yield f"**{corpus.title}**: {tasks}; {corpus.domain}; {corpus.source.access}; licence: {corpus.licence}.\n"
    yield f"- Source: {_source(corpus)}"
    yield f"- Cite: {corpus.cite}"
    if corpus.edition_of:
        yield f"- Another edition of {corpus.edition_of}; a build reads it only where it is named."
    found = [readings[corpus.name, split] for split in corpus.splits if (corpus.name, split) in readings]
    if changes := list(_changes(found)):
        yield f"- Reading: {'; '.join(changes)}"
    if corpus.differs:
        yield f"- Differs: {corpus.differs}"
    yield ""
    yield _counts(corpus, {one.split: one for one in found})


def _source(corpus: Corpus) -> str:
    source = corpus.source
    if isinstance(source, Download):
        how = (
            "`mnlu fetch`" if source.files else "by hand" if source.access == "open" else "by hand, after registration"
        )
        return f"<{source.url}>, {how}"
    return f"{source.where}, after signing {source.what}" if isinstance(source, Agreement) else source.advice


def _changes(found: Iterable[Reading]) -> Iterator[str]:
    """What was mended and dropped, by split and rule."""
    for one in found:
        for words, counts in (("mended", one.repairs), ("dropped", one.drops)):
            if counts:
                yield f"{one.split}: {words} {', '.join(f'{count:,} × {rule}' for rule, count in counts.items())}"


def _counts(corpus: Corpus, found: Mapping[str, Reading]) -> str:
    """A row a split; columns that no split has are left out."""
    rows = {split: _row(corpus.published.get(split, Counts()), found.get(split)) for split in corpus.splits}
    names = [name for name in next(iter(rows.values())) if any(row[name] != NONE for row in rows.values())]
    return table(("split", *names), [(split, *(row[name] for name in names)) for split, row in rows.items()])


def _row(published: Counts, reading: Reading | None) -> dict[str, str]:
    totals = reading.totals if reading else {}
    cells = {name: _cell(totals.get(name), count) for name, count in asdict(published).items()}
    asked = sum(reading.instances.values()) if reading else 0
    return {**cells, "questions": f"{asked:,}" if asked else NONE}


def _cell(read: int | None, published: int | None) -> str:
    if published is None:
        return f"{read:,}" if read else NONE
    if read == published:
        return f"{read:,}"
    return f"{NONE if read is None else format(read, ',')} / {published:,}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(files.data_directory(), processes=2), "utf-8")
