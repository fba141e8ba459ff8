"""The answers that a page shows, by question: each with its verdict, and with its spans highlighted in the text."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import DecodeError, Struct, json

from mnlu_instruct import tasks
from mnlu_instruct.dataset import sampling_keys
from mnlu_instruct.evaluation import predictions
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import layout
from mnlu_instruct.report.layout import Piece, Stated
from mnlu_instruct.scoring import linking, relations
from mnlu_instruct.scoring.error_kinds import KINDS, Kind, errors
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Grade, Instance, Linked, Relations, Spans, Text

SEED = 42
MOST = 1_000
"""The most strings of an answer that are looked for in the text; answers can be endless."""
BRIEF = 200
"""The most characters shown of a type's name, and of a string that isn't found in the text."""

Verdict = Literal["unreadable", "wrong", "right", "free"]
VERDICTS: Mapping[Verdict, str] = {
    "unreadable": "unreadable",
    "wrong": "wrong",
    "right": "right",
    "free": "free text",
}
"""The verdicts in words, in the order in which answers are shown; a summary is neither right nor wrong."""
RANKS = {verdict: rank for rank, verdict in enumerate(VERDICTS)}


class Judged(Struct, frozen=True):
    """A system's answer, its verdict, and how many errors of each kind it has; `system` is the run's index."""

    system: int
    line: Line
    verdict: Verdict
    errors: Mapping[Kind, int] = {}


class Mark(Struct, frozen=True, array_like=True):
    """A piece of the text under spans: its length in UTF-16 units, and types (by index) that cover it or end there."""

    length: int
    gold: tuple[int, ...]
    predicted: tuple[int, ...]
    gold_ends: tuple[int, ...]
    predicted_ends: tuple[int, ...]


class Shown(Struct, frozen=True, omit_defaults=True):
    """One answer.

    Args:
        said: the model's raw output; `stopped`: it was stopped before its end.
        seen: whether the model was trained on the question's text, if that is known.
        errors: how many errors of each kind it has.
        read: the parsed answer, written as a completion, if that is not what the model wrote.
        marks: the text of a question about spans: stretches with spans, and lengths of those without.
        unplaced: the predicted strings not found in the text; `ignored`: how many more were not looked for.
    """

    system: int
    verdict: Verdict
    said: str
    stopped: bool = False
    seen: bool | None = None
    errors: Mapping[Kind, int] = {}
    read: str | None = None
    marks: tuple[Mark | int, ...] = ()
    unplaced: tuple[Stated, ...] = ()
    ignored: int = 0


class Asking(Struct, frozen=True):
    """A prompt, the systems that got it, and the gold completion.

    Args:
        prompt: its parts around the text, which the page's script puts in again.
    """

    systems: tuple[int, ...]
    prompt: tuple[str, ...]
    target: str


class Card(Struct, frozen=True):
    """One question and the answers to it that are shown.

    Args:
        texts: the text, or both of a pair.
        types: the names of span types, which marks refer to; `named`: whether to name them on the text.
        asks: whether the prompt says more than which labels there are: which pair, which question.
    """

    id: str
    note: str
    texts: tuple[str, ...]
    types: tuple[str, ...]
    named: bool
    asks: bool
    askings: tuple[Asking, ...]
    answers: tuple[Shown, ...]


def judge(runs: Sequence[Run], dataset: str) -> tuple[tuple[Judged, ...], ...]:
    """Each system's answers to a data set's questions, in the order in which they are shown: the worst first.

    Answers with the same verdict are ordered by a keyed hash of the question's id.
    """
    return tuple(
        tuple(
            sorted(
                _judged(place, run.lines.get(dataset, ())),
                key=lambda one: (RANKS[one.verdict], _rank(one.line.instance.id), one.line.instance.id),
            )
        )
        for place, run in enumerate(runs)
    )


def _judged(system: int, lines: Sequence[Line]) -> Iterator[Judged]:
    none = predictions.negative(lines) if lines else None
    for line in lines:
        answered = line.answered
        yield Judged(system, line, verdict(answered), errors(answered, none))


def sample(judged: Sequence[Judged], limit: int) -> tuple[Judged, ...]:
    """At most `limit` of a system's answers to a data set: `each(limit)` of each verdict, then the worst first."""
    often: Counter[Verdict] = Counter()
    first: list[Judged] = []
    others: list[Judged] = []
    for one in judged:
        often[one.verdict] += 1
        (first if often[one.verdict] <= each(limit) else others).append(one)
    return tuple((first + others)[:limit])


def each(limit: int) -> int:
    """How many answers of each verdict a sample of `limit` answers has at least, if there are as many."""
    return -(-limit // 5)


def cards(judged: Sequence[Sequence[Judged]], long: int | None = None) -> Iterator[Card]:
    """The questions of a data set with the systems' answers; those with the worst answers first.

    Args:
        judged: the answers, by system.
        long: texts and answers are cut after so many characters, with a note that says so.
    """
    answers: dict[str, list[Judged]] = defaultdict(list)
    for of_system in judged:
        for one in of_system:
            answers[one.line.instance.id].append(one)
    worst = {name: min(RANKS[one.verdict] for one in found) for name, found in answers.items()}
    for name in sorted(answers, key=lambda name: (worst[name], _rank(name), name)):
        yield _card(answers[name], long)


def verdict(answered: Answered) -> Verdict:
    """The verdict; a right answer has exactly the gold keys, strings of each type, or relations, in any order."""
    stated, gold = answered.parsed.answer, answered.instance.gold
    if stated is None:
        return "wrong" if answered.too_long else "unreadable"
    if isinstance(gold, Text):
        return "free"
    if isinstance(gold, Spans) and isinstance(stated, dict):
        same = all(Counter(stated.get(key, ())) == Counter(one.text for one in gold.spans[key]) for key in gold.spans)
        return "right" if same and not answered.parsed.unasked else "wrong"
    if isinstance(gold, Relations):
        found = relations.compared(answered)
        return "wrong" if found.missed or found.strange else "right"
    if isinstance(gold, Linked):
        return "right" if linking.right(answered) else "wrong"
    return "right" if stated == gold.answer else "wrong"


def bits(found: Mapping[Kind, int]) -> int:
    """Kinds of errors as the bits of a number, in the order of `KINDS`."""
    return sum(1 << place for place, kind in enumerate(KINDS) if kind in found)


def texts(instance: Instance) -> tuple[str, ...]:
    """The text, or both texts of a pair; a pair's text from elsewhere, if it isn't a JSON list, stays as it is."""
    if instance.task not in ("nli", "sts"):
        return (instance.text,)
    try:
        return tuple(json.decode(instance.text, type=list[str]))
    except DecodeError:
        return (instance.text,)


def _rank(name: str) -> int:
    return sampling_keys.rank(name, SEED)


def _card(judged: Sequence[Judged], long: int | None) -> Card:
    instance = judged[0].line.instance
    types: dict[str, int] = {}
    shown = tuple(_shown(one, types, long) for one in judged)
    note = f"annotators’ score {instance.gold.score:g}" if isinstance(instance.gold, Grade) else ""
    return Card(
        id=instance.id,
        note=note,
        texts=tuple(_cut(text, long) for text in texts(instance)),
        types=tuple(types),
        named=len(instance.labels) > 1 or len(types) > 1,
        asks=instance.task in ("eae", "eac", "re", "qa"),
        askings=_askings(judged, long),
        answers=shown,
    )


def _askings(judged: Sequence[Judged], long: int | None) -> tuple[Asking, ...]:
    systems: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in judged:
        messages = one.line.prediction.prompt
        named = len(messages) > 1
        prompt = "\n\n".join(
            f"[{message.get('role', '')}]\n{_content(message)}" if named else _content(message) for message in messages
        )
        systems[prompt, one.line.prediction.target].append(one.system)
    text = judged[0].line.instance.text
    return tuple(
        Asking(tuple(places), tuple(_cut(part, long) for part in _split(prompt, text)), _cut(target, long))
        for (prompt, target), places in systems.items()
    )


def _content(message: Mapping[str, str]) -> str:
    return message.get("content", "")


def _split(prompt: str, text: str) -> list[str]:
    return prompt.split(text) if text else [prompt]


def _shown(judged: Judged, types: dict[str, int], long: int | None) -> Shown:
    line, answered = judged.line, judged.line.answered
    gold, stated = line.instance.gold, answered.parsed.answer
    marks: tuple[Mark | int, ...] = ()
    unplaced: list[Stated] = []
    strings: list[Stated] = []
    if isinstance(gold, Spans):
        names = {label.key: label.name for label in line.instance.labels}
        known = {names.get(key, key): spans for key, spans in gold.spans.items()}
        strings = _stated(answered, names)
        laid, unplaced = layout.lay(line.instance.text, known, strings[:MOST])
        marks = _marks(layout.pieces(line.instance.text, layout.marked(known), laid), types, long)
    said = line.prediction.prediction
    read = None
    if stated is not None and not isinstance(gold, Text):
        read = tasks.TASKS[line.instance.task].write(stated, line.instance)
    return Shown(
        system=judged.system,
        verdict=judged.verdict,
        said=_cut(said, long),
        stopped=answered.truncated,
        seen=line.prediction.seen,
        errors=judged.errors,
        read=None if read is None or read == said.strip() else _cut(read, long),
        marks=marks,
        unplaced=tuple(Stated(one.type, _brief(one.text)) for one in unplaced),
        ignored=max(len(strings) - MOST, 0),
    )


def _stated(answered: Answered, names: Mapping[str, str]) -> list[Stated]:
    """The strings of a span answer with the types' names; those of types that weren't asked come last."""
    answer = answered.parsed.answer
    asked = answer.items() if isinstance(answer, dict) else ()
    found = [Stated(names.get(key, key), words) for key, strings in asked for words in strings]
    return found + [Stated(_brief(name), words) for name, words in answered.parsed.unasked]


def _brief(words: str) -> str:
    return words if len(words) <= BRIEF else f"{words[: BRIEF - 1]}…"


def _marks(pieces: Sequence[Piece], types: dict[str, int], long: int | None) -> tuple[Mark | int, ...]:
    """The lengths and marks of the pieces, up to `long` characters; new types are added to `types`."""
    found: list[Mark | int] = []
    left = long
    for piece in pieces:
        text = piece.text if left is None else piece.text[:left]
        length = len(text.encode("utf-16-le")) // 2
        if piece.gold or piece.predicted:
            names = (piece.gold, piece.predicted, piece.gold_ends, piece.predicted_ends)
            found.append(Mark(length, *(tuple(types.setdefault(one, len(types)) for one in some) for some in names)))
        else:
            found.append(length)
        if left is not None:
            left -= len(text)
            if left == 0:
                break
    return tuple(found)


def _cut(words: str, long: int | None) -> str:
    """The words, or their beginning and how much is missing."""
    if long is None or len(words) <= long:
        return words
    return f"{words[:long]} […] ({len(words) - long:,} more characters in predictions.jsonl)"
