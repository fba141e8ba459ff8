"""Sentence similarity: pairs of short sentences with a score from 0 to 5, in STS-B's tab-separated layout."""

from dataclasses import dataclass
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.files import lines_bytes
from mnlu_instruct.demo.template import capitalised

SIZES: dict[Split, int] = {"train": 4000, "test": 120}
OTHER_WORDING_SHARE = 0.4
OTHER_WORDING_LOSS = 0.1
NO_DETAIL_SHARE = 0.3
RATERS = [2, 4, 5]


@dataclass(frozen=True)
class Field:
    """One part of a sentence: what it adds to the score, and its meanings in two wordings each."""

    weight: float
    meanings: list[tuple[str, str]]


FIELDS = [
    Field(
        1.0,
        [
            ("the doctor", "the physician"),
            ("the nurse", "the ward nurse"),
            ("the student", "the trainee"),
            ("the pharmacist", "the druggist"),
            ("the patient", "the sick man"),
            ("the visitor", "the guest"),
            ("the midwife", "the birth helper"),
            ("the surgeon", "the operating doctor"),
        ],
    ),
    Field(
        1.25,
        [
            ("ordered", "requested"),
            ("counted", "tallied"),
            ("lost", "mislaid"),
            ("inspected", "looked at"),
            ("cleaned", "wiped"),
            ("brought", "delivered"),
            ("labelled", "put a label on"),
            ("dropped", "let fall"),
            ("hid", "concealed"),
        ],
    ),
    Field(
        1.75,
        [
            ("the tablets", "the pills"),
            ("the bandages", "the dressings"),
            ("the blood samples", "the tubes of blood"),
            ("the wheelchair", "the rolling chair"),
            ("the chart", "the record"),
            ("the x-ray images", "the radiographs"),
            ("the blankets", "the bed covers"),
            ("the syringes", "the injection needles"),
            ("the thermometer", "the fever gauge"),
            ('the box marked "urgent"', 'the "urgent" box'),
        ],
    ),
    Field(
        1.0,
        [
            ("in the morning", "before noon"),
            ("after the visit", "once the visit was over"),
            ("without delay", "at once"),
            ("with great care", "very carefully"),
            ("during the night", "at night"),
            ("for the third time", "once more"),
            ("because of the alarm", "when the alarm rang"),
            ("near the entrance", "by the front door"),
            ("on the top floor", "upstairs"),
            ("for a colleague", "for a fellow worker"),
        ],
    ),
]


@dataclass(frozen=True)
class Pair:
    """Two sentences and how similar they are."""

    score: float
    first: str
    second: str


def sentence(parts: list[str]) -> str:
    """The parts as a sentence; an empty part is left out."""
    return capitalised(" ".join(part for part in parts if part)) + "."


def pair(rng: Random) -> Pair:
    """Two sentences that share some of their fields, in the same or in other words; the score is what they share."""
    kept = rng.sample(range(len(FIELDS)), rng.randint(0, len(FIELDS)))
    first: list[str] = []
    second: list[str] = []
    score = 0.0
    for number, field in enumerate(FIELDS):
        meaning, other = rng.sample(field.meanings, 2)
        wording = rng.choice(meaning)
        first.append(wording)
        if number not in kept:
            second.append(rng.choice(other))
        elif rng.random() < OTHER_WORDING_SHARE:
            second.append(meaning[1] if wording == meaning[0] else meaning[0])
            score += field.weight * (1 - OTHER_WORDING_LOSS)
        else:
            second.append(wording)
            score += field.weight
    if len(FIELDS) - 1 not in kept and rng.random() < NO_DETAIL_SHARE:
        second[-1] = ""
        score += FIELDS[-1].weight / 2 if kept else 0.0
    raters = rng.choice(RATERS)
    return Pair(round(score * raters) / raters, sentence(first), sentence(second))


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's table, without header or quoting."""
    rows = []
    for number in range(1, SIZES[split] + 1):
        made = unseen(lambda: pair(rng), lambda drawn: [drawn.first, drawn.second], taken)
        rows.append(f"demo-ward\tnotes\t2024\t{number:04d}\t{made.score:.3f}\t{made.first}\t{made.second}")
    return {f"{split}.csv": lines_bytes(rows)}
