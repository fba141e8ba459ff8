"""The answers that a page shows: a stated sample, by question, each with its verdict and its spans laid on the text."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import DecodeError, Struct, json

from mnlu_instruct import sampling, tasks
from mnlu_instruct.predictions import Line
from mnlu_instruct.report import layout
from mnlu_instruct.report.layout import Piece, Stated
from mnlu_instruct.report.runs import Run
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Grade, Instance, Spans, Text

LIMIT = 50
"""At most so many answers of a data set and system are shown …"""
EACH = 10
"""… and of each verdict at least so many, where there are as many."""
SEED = 42

Verdict = Literal["unreadable", "wrong", "right", "free"]
VERDICTS: Mapping[Verdict, str] = {
    "unreadable": "unreadable",
    "wrong": "wrong",
    "right": "right",
    "free": "free text",
}
"""What is said of an answer, in the order in which answers are shown; a summary is neither right nor wrong."""
RANKS = {verdict: rank for rank, verdict in enumerate(VERDICTS)}

Pieces = tuple[Piece, ...]


class Shown(Struct, frozen=True):
    """One answer.

    Args:
        prediction: the model's words; `stopped`: it was stopped before its end.
        read: the answer as it was read, as the pack writes it, if that is not what the model wrote.
        passages: the text with gold and predicted spans, if spans were asked for.
        unplaced: the strings stated that have no place in the text.
    """

    system: str
    verdict: Verdict
    prediction: str
    stopped: bool
    read: str | None
    passages: tuple[Pieces, ...]
    unplaced: tuple[Stated, ...]


class Asking(Struct, frozen=True):
    """How some systems were asked, and the gold answer as their prompt pack writes it."""

    systems: tuple[str, ...]
    prompt: str
    target: str


class Card(Struct, frozen=True):
    """One question and the answers to it that are shown; `passages`: its text, if no answer has it with spans."""

    dataset: str
    id: str
    note: str
    tagged: bool
    passages: tuple[Pieces, ...]
    askings: tuple[Asking, ...]
    answers: tuple[Shown, ...]


def cards(runs: Sequence[Run], datasets: Sequence[str]) -> tuple[Card, ...]:
    """The questions of which an answer is in the sample, by data set; those with the worst answers first."""
    found = []
    for dataset in datasets:
        picked: dict[str, list[tuple[str, Line, Verdict]]] = defaultdict(list)
        for run in runs:
            for line, judged in sample(run.lines.get(dataset, ())):
                picked[line.instance.id].append((run.system, line, judged))
        of_set = [_card(dataset, answers) for answers in picked.values()]
        found += sorted(of_set, key=lambda card: (min(RANKS[one.verdict] for one in card.answers), _rank(card.id)))
    return tuple(found)


def sample(lines: Sequence[Line]) -> list[tuple[Line, Verdict]]:
    """The answers shown of one system's to a data set, with their verdicts: ten of each, then the worst first.

    Of one verdict, those come first whose ids have the smallest keyed hashes.
    """
    judged = [(line, verdict(line.answered)) for line in lines]
    judged.sort(key=lambda one: (RANKS[one[1]], _rank(one[0].instance.id), one[0].instance.id))
    seen: Counter[Verdict] = Counter()
    first: list[tuple[Line, Verdict]] = []
    others: list[tuple[Line, Verdict]] = []
    for one in judged:
        seen[one[1]] += 1
        (first if seen[one[1]] <= EACH else others).append(one)
    return (first + others)[:LIMIT]


def verdict(answered: Answered) -> Verdict:
    """Whether all of an answer is right: the same keys; the same strings of each type, in any order, and no others."""
    stated, gold = answered.parsed.answer, answered.instance.gold
    if stated is None:
        return "unreadable"
    if isinstance(gold, Text):
        return "free"
    if isinstance(gold, Spans) and isinstance(stated, dict):
        same = all(Counter(stated.get(key, ())) == Counter(one.text for one in gold.spans[key]) for key in gold.spans)
        return "right" if same and not answered.parsed.unasked else "wrong"
    return "right" if stated == gold.answer else "wrong"


def _rank(name: str) -> int:
    return sampling.rank(name, SEED)


def _card(dataset: str, answers: Sequence[tuple[str, Line, Verdict]]) -> Card:
    instance = answers[0][1].instance
    shown = tuple(_shown(system, line, judged) for system, line, judged in answers)
    plain = () if isinstance(instance.gold, Spans) else tuple((Piece(text),) for text in texts(instance))
    names = {
        name for one in shown for pieces in one.passages for piece in pieces for name in piece.gold + piece.predicted
    }
    note = f"annotators’ score {instance.gold.score:g}" if isinstance(instance.gold, Grade) else ""
    return Card(
        dataset=dataset,
        id=instance.id,
        note=note,
        tagged=len(instance.labels) > 1 or len(names) > 1,
        passages=plain,
        askings=_askings(answers),
        answers=shown,
    )


def texts(instance: Instance) -> tuple[str, ...]:
    """The text, or both texts of a pair; what others wrote as a pair's text, if it is no JSON list, as it is."""
    if instance.task not in ("nli", "sts"):
        return (instance.text,)
    try:
        return tuple(json.decode(instance.text, type=list[str]))
    except DecodeError:
        return (instance.text,)


def _askings(answers: Sequence[tuple[str, Line, Verdict]]) -> tuple[Asking, ...]:
    systems: dict[tuple[str, str], list[str]] = defaultdict(list)
    for system, line, _ in answers:
        messages = line.prediction.prompt
        named = len(messages) > 1
        prompt = "\n\n".join(
            f"[{one.get('role', '')}]\n{_content(one)}" if named else _content(one) for one in messages
        )
        systems[prompt, line.prediction.target].append(system)
    return tuple(Asking(tuple(named), prompt, target) for (prompt, target), named in systems.items())


def _content(message: Mapping[str, str]) -> str:
    return message.get("content", "")


def _shown(system: str, line: Line, judged: Verdict) -> Shown:
    answered, instance = line.answered, line.instance
    gold, stated = instance.gold, answered.parsed.answer
    passages: tuple[Pieces, ...] = ()
    unplaced: list[Stated] = []
    if isinstance(gold, Spans):
        names = {label.key: label.name for label in instance.labels}
        known = {names.get(key, key): spans for key, spans in gold.spans.items()}
        laid, unplaced = layout.lay(instance.text, known, _stated(answered, names))
        passages = (layout.pieces(instance.text, layout.marked(known), laid),)
    said = line.prediction.prediction
    read = None
    if stated is not None and not isinstance(gold, Text):
        read = tasks.TASKS[instance.task].write(stated, instance)
    return Shown(
        system=system,
        verdict=judged,
        prediction=said,
        stopped=answered.truncated,
        read=None if read == said.strip() else read,
        passages=passages,
        unplaced=tuple(unplaced),
    )


def _stated(answered: Answered, names: Mapping[str, str]) -> list[Stated]:
    """The strings of a span answer under readable type names, those of types that weren't asked last."""
    answer = answered.parsed.answer
    asked = answer.items() if isinstance(answer, dict) else ()
    found = [Stated(names.get(key, key), words) for key, strings in asked for words in strings]
    return found + [Stated(name, words) for name, words in answered.parsed.unasked]
