"""docs/leakage.md: which test sets training corpora have seen, and how much of them.

`make docs` writes it. What is searched are the files in the data directory.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from mnlu_instruct import corpora, files, workers
from mnlu_instruct.catalogue import suites
from mnlu_instruct.leakage.documents import held_out
from mnlu_instruct.leakage.index import RUN, SHORTEST
from mnlu_instruct.leakage.overlap import Overlap
from mnlu_instruct.leakage.report import ANY, Cell, cells
from mnlu_instruct.leakage.search import Found, search_corpora, search_splits
from mnlu_instruct.markdown import table
from mnlu_instruct.pages.corpora import NONE
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus

SUITES = ("paper", "blurb", "blue")
UNSEEN = "paper"

INTRODUCTION = """\
# What the test sets have seen

Written by `make docs`, don't edit. `mnlu leakage --suite paper` counts again, on the files that you have.

Fu et al. (2024) report BioMistral-NLU's scores on "15 unseen medical NLU datasets" (Table 5), after tuning on
MNLU-Instruct. The data sets are others; their documents are not all. Here the training splits of MNLU-Instruct's
corpora are searched for the documents of these test sets, and of BLURB's and BLUE's own.
"""

DEFINITIONS = f"""\
## What counts as shared

A document is an abstract, a trial, a note; a sentence or a pair where the corpus has lost the rest. All counts are of
documents of the test set. It shares something with a training corpus

- *by id* if both are one article: groups that are ids of PubMed, or of MEDLINE before it (GENIA's, JNLPBA's), are
  compared with those of the same index. So articles are found of which only the id is there.
- *by text* if a whole text of it (an abstract, a sentence, one sentence of a pair, a question) is a text of the corpus,
- *by words* if {RUN} words of it in a row stand in the corpus, or a whole text of {SHORTEST} to {RUN - 1} words.
  *Half* counts those of whose words at least half do; fewer may be no more than a phrase that abstracts share.

Texts are compared in Unicode NFKC, case folded, as words: runs of letters and digits. White space and punctuation
don't count, so a tokenised corpus compares with an untokenised one. Texts of fewer than {SHORTEST} words are not
searched for: they could be anyone's. What hashes find is compared letter by letter: nothing is found that isn't there.

What this can't find: an article in other words without its id; ids where a corpus has none (BC2GM, GAD, BIOSSES, DDI,
BioASQ's questions, GENIA's and LINNAEUS' sentences); what a base model has read before.

`mnlu build --exclude-leaks SUITE` leaves out every training document that shares anything, by any of the three; of the
result `mnlu leakage --train DIR` prints zeros.
"""


def page(data: Path, processes: int = 1) -> str:
    """The whole page, from the corpora registered and the files in a data directory."""
    with workers.crew(processes) as pool:
        found = search_corpora(None, SUITES, data, pool, _quiet)
        calls = [(search_splits, (name, (split,), SUITES, data, True)) for name, split in _other_splits(data)]
        overlaps = zip(_other_splits(data), workers.run(calls, pool, lambda _: None), strict=True)
        others = [replace(one, corpus=f"{name}/{split}") for (name, split), one in overlaps]
    parts = [INTRODUCTION, _answer(found), DEFINITIONS, _pairs(found), _others(others, data), _searched(found)]
    return "\n".join(parts)


def _answer(found: Found) -> str:
    """Which of the paper's test sets are unseen."""
    names = [dataset.name for dataset in suites.load(UNSEEN).datasets]
    together = {cell.test: cell for cell in found.cells if cell.train == ANY}
    seen = [together[name] for name in names if name in together and together[name].shared]
    unseen = [name for name in names if name in together and not together[name].shared]
    absent = [name for name in names if name not in together]
    most = ", ".join(f"{cell.test} {_percent(cell.share)}" for cell in sorted(seen, key=lambda cell: -cell.share))
    words = (
        f"Test sets that share documents with training corpora: {len(seen)} of {len(names)} ({most or NONE}). "
        f"Nothing was found of: {', '.join(unseen) or NONE}. "
        f"Not there to be searched for: {', '.join(absent) or NONE}.\n"
    )
    rows = [
        (
            cell.test,
            *map(_number, (cell.documents, cell.shared)),
            _percent(cell.share),
            *map(_number, (*cell.kinds.values(), cell.half)),
            _percent(cell.covered),
            ", ".join(f"{name} {count:,}" for name, count in _by_corpus(found, cell.test)) or NONE,
        )
        for cell in together.values()
    ]
    columns = ("test set", "documents", "shared", "%", "by id", "by text", "by words", "half", "its words, %", "with")
    return f"## Which are unseen\n\n{words}\n{table(columns, rows)}"


def _by_corpus(found: Found, test: str) -> list[tuple[str, int]]:
    """The corpora that share documents of a test set, with how many, most first."""
    shared = [(cell.train, cell.shared) for cell in found.cells if cell.test == test and cell.train != ANY]
    return sorted(((name, count) for name, count in shared if count), key=lambda item: (-item[1], item[0]))


def _pairs(found: Found) -> str:
    shown = [cell for cell in found.cells if cell.shared and cell.train != ANY]
    listed = "".join(
        f"Of {name}, {count:,} documents are known by id alone: their texts are not there, and could share more.\n"
        for name, count in found.listed.items()
    )
    return f"## Training corpus × test set\n\n{_cells(shown)}\n{listed}"


def _others(overlaps: Sequence[Overlap], data: Path) -> str:
    found = [cell for cell in cells(overlaps, held_out(SUITES, data)) if cell.half and cell.train != ANY]
    return (
        "## Splits that a build doesn't read by itself\n\n"
        "Further splits and editions of training corpora, and the benchmarks' own training and development splits, "
        f"where they have at least half of a document.\n\n{_cells(found)}"
    )


def _cells(shown: Iterable[Cell]) -> str:
    rows = [
        (
            cell.train,
            cell.test,
            *map(_number, (cell.documents, cell.shared)),
            _percent(cell.share),
            *map(_number, (*cell.kinds.values(), cell.half, cell.train_documents)),
            _example(cell),
        )
        for cell in sorted(shown, key=lambda cell: cell.train)
    ]
    columns = ("corpus", "test set", "documents", "shared", "%", "by id", "by text", "by words", "half")
    return table((*columns, "documents of the corpus", "for example"), rows)


def _example(cell: Cell) -> str:
    one = cell.examples[0]
    covered = f", {_percent(one.covered)} of its words" if one.covered else ""
    return f"{one.test} in {one.train} (by {', '.join(one.kinds)}{covered})"


def _searched(found: Found) -> str:
    rows = [
        (name, _number(count), _published(corpora.get(name)), _number(found.listed.get(name, 0)))
        for name, count in found.searched.items()
    ]
    columns = ("corpus", "documents searched", "records published", "known by id alone")
    return (
        f"## What was searched\n\nThe training splits, as far as their files are there.\n\n{table(columns, rows)}\n"
        f"Not there, and neither searched nor searched for: {', '.join(found.missing)}.\n"
    )


def _published(corpus: Corpus) -> str:
    counts = [
        corpus.published[split].documents if split in corpus.published else None for split in corpus.training_splits
    ]
    return NONE if None in counts else _number(sum(count for count in counts if count))


def _other_splits(data: Path) -> Iterator[tuple[str, str]]:
    """The splits that hold neither training nor test data."""
    for corpus in corpora.registry().values():
        if corpus.is_demo or (corpus.role == "eval" and corpus.edition_of):
            continue
        usual = corpus.training_splits if corpus.role == "train" and not corpus.edition_of else ("test",)
        for split in corpus.splits:
            if (split not in usual or corpus.edition_of) and not reading.missing(corpus, data, split):
                yield corpus.name, split


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(count: int) -> str:
    return f"{count:,}"


def _quiet(stage: str, share: float) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(files.data_directory(), processes=2), "utf-8")
