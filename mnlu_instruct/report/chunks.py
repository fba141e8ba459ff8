"""The data of the page's script: an index of the questions, and chunks of questions with their answers.

The chunks are in the page, as far as they fit, or in files beside it. These files are scripts, since a page opened from
disk can load nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from markupsafe import Markup
from msgspec import Struct, json

from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import answers
from mnlu_instruct.report.answers import RANKS, Card, Judged, Shown

LADDER = ((50, 20_000), (30, 20_000), (20, 10_000), (10, 10_000), (5, 5_000), (2, 2_000), (1, 1_000))
"""Sizes of samples, of which the first that fits is taken: answers per data set and system, characters of each."""
SIZE = 1_000_000
"""Bytes of a chunk: it ends with the question that reaches this size."""
ENTRIES = 10_000
"""Questions of an index file: it ends with the chunk that reaches this number."""

INDEX = "index-0.js"
"""The first file of a folder of chunks."""

Answers = Sequence[Sequence[Judged]]
"""The answers to a data set's questions, by system, in the order in which they are shown."""


Entry = tuple[int, int, bool | None, int]
"""What the filter needs of an answer: its system, the rank of its verdict, whether seen, and `answers.bits`."""


class Question(Struct, frozen=True, array_like=True):
    """A question's id, and its answers as the filter needs them."""

    id: str
    answers: tuple[Entry, ...]


class Part(Struct, frozen=True):
    """The index of a chunk: its questions, and their data set by index."""

    dataset: int
    questions: tuple[Question, ...]


class Sample(Struct, frozen=True):
    """The answers in the page.

    Args:
        limit: the most answers per data set and system; `long`: the most characters of a text or answer.
        index: the parts, as JSON that may stand in a page; `chunks`: the cards of each.
        shown: how many answers of each data set and system (both by index) there are.
    """

    limit: int
    long: int
    index: Markup
    chunks: tuple[Markup, ...]
    shown: dict[tuple[int, int], int]


NOTHING = Sample(0, 0, Markup("[]"), (), {})


def fitting(judged: Sequence[Answers], room: int) -> Sample:
    """The largest sample of `LADDER` that takes less than `room` bytes; an empty one if none does."""
    for limit, long in LADDER:
        picked = [[answers.sample(some, limit) for some in of_set] for of_set in judged]
        parts: list[Part] = []
        chunks: list[Markup] = []
        size = 0
        for dataset, of_set in enumerate(picked):
            for cards, content in _chunks(answers.cards(of_set, long), room - size):
                parts.append(_part(dataset, cards))
                chunks.append(inlined(content))
                size += len(content)
            if size >= room:
                break
        index = inlined(json.encode(parts))
        if size + len(index.encode()) < room:
            shown = {
                (dataset, system): len(some)
                for dataset, of_set in enumerate(picked)
                for system, some in enumerate(of_set)
            }
            return Sample(limit, long, index, tuple(chunks), shown)
    return NOTHING


def write(judged: Sequence[Answers], key: str, folder: Path) -> int:
    """Write all answers as scripts into a folder, and return how many files of the index there are.

    Args:
        judged: the answers to each data set's questions.
        key: tells the page that the files belong to it.
        folder: an existing folder.
    """
    parts: list[Part] = []
    for dataset, of_set in enumerate(judged):
        for cards, content in _chunks(answers.cards(of_set), None):
            _script(folder / f"answers-{len(parts)}.js", "answers", len(parts), key, content)
            parts.append(_part(dataset, cards))
    number = 0
    for number, some in enumerate(_grouped(parts)):
        _script(folder / f"index-{number}.js", "index", number, key, json.encode(some))
    return number + 1


def fingerprint(runs: Sequence[Run]) -> str:
    """A hash of the runs' scores and answers, by which a page knows its files and its scripts."""
    digest = blake2b(json.encode([(run.system, run.about, run.card) for run in runs]), digest_size=16)
    for run in runs:
        for lines in run.lines.values():
            for line in lines:
                digest.update(json.encode((line.instance.id, line.prediction.prediction)))
    return digest.hexdigest()


def inlined(content: bytes) -> Markup:
    """JSON escaped for a script element, which only `<` could end."""
    return Markup(content.replace(b"<", rb"\u003c").decode())


def _chunks(cards: Iterable[Card], room: int | None) -> Iterator[tuple[list[Card], bytes]]:
    """Cards in encoded chunks, until `room` bytes are used."""
    some: list[Card] = []
    encoded: list[bytes] = []
    size = 0
    for card in cards:
        some.append(card)
        encoded.append(json.encode(card).replace(b"<", rb"\u003c"))
        size += len(encoded[-1]) + 1
        if size >= SIZE or (room is not None and size >= room):
            yield some, b"[" + b",".join(encoded) + b"]"
            if room is not None:
                room -= size
                if room <= 0:
                    return
            some, encoded, size = [], [], 0
    if some:
        yield some, b"[" + b",".join(encoded) + b"]"


def _part(dataset: int, cards: Sequence[Card]) -> Part:
    return Part(dataset, tuple(Question(card.id, tuple(map(_entry, card.answers))) for card in cards))


def _entry(answer: Shown) -> Entry:
    return answer.system, RANKS[answer.verdict], answer.seen, answers.bits(answer.errors)


def _grouped(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts of each index file."""
    some: list[Part] = []
    for part in parts:
        some.append(part)
        if sum(len(one.questions) for one in some) >= ENTRIES:
            yield some
            some = []
    yield some


def _script(path: Path, kind: str, number: int, key: str, content: bytes) -> None:
    path.write_bytes(b'arrived("%s",%d,"%s",%s);\n' % (kind.encode(), number, key.encode(), content))
