"""Inference: pairs of clinical sentences, in SNLI's JSON lines; each premise comes with one hypothesis a label."""

import json
from dataclasses import dataclass
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.template import write
from mnlu_instruct.demo.words import name

PREMISES: dict[Split, int] = {"train": 1200, "test": 50}
FIRST_ID: dict[Split, int] = {"train": 1, "test": 5001}
LABELS = ["entailment", "neutral", "contradiction"]
UNDECIDED = "-"
NO_MAJORITY = ["neutral", "entailment", "contradiction", "neutral", "contradiction"]
UNDECIDED_EVERY = 170
TEST_ANNOTATORS = 5
DISSENT_SHARE = 0.3

SYMPTOMS = ["chest pain", "fever", "nausea", "back pain", "dizziness", "headache", "fatigue", "hoarseness", "heartburn"]
SYMPTOMS += ["insomnia", "leg weakness", "itching", "hearing loss", "blurred vision", "joint pain", "ear pain"]
MEASURES = ["blood pressure", "heart rate", "temperature", "blood sugar", "potassium", "sodium", "platelet count"]
BONES = ["wrist", "ankle", "elbow", "collarbone", "thumb", "forearm", "shin", "heel"]
SINCE = "( since Monday| since last week| for two days| for a month| at night| after meals|)"


@dataclass(frozen=True)
class Fact:
    """What a premise can say, what follows from it and what it rules out (always with a "not", as people write it)."""

    premise: str
    entailed: list[str]
    contradicted: list[str]


FACTS = [
    Fact(
        "{who} (reports|complains of|came in with|is seen for) {symptom}" + SINCE + ".",
        ["{they} has {symptom}.", "{they} (suffers from|is troubled by) {symptom}."],
        ["{they} does not have {symptom}.", "{they} is not troubled by {symptom}."],
    ),
    Fact(
        "{who} (takes|was started on|is treated with) {drug}( every morning| twice a day| since June|).",
        ["{they} (uses|is on) {drug}.", "{they} takes {drug}."],
        ["{they} does not (take|use) {drug}.", "{they} is not on {drug}."],
    ),
    Fact(
        "The {measure} of {who} was (high|low)( today| on Monday| at the first visit|).",
        ["{they} had the {measure} (measured|checked).", "The {measure} was (measured|checked)."],
        ["The {measure} was not (measured|checked)."],
    ),
    Fact(
        "{who} (broke|fractured) the {side} {bone}( at work| in a fall| on Sunday|).",
        ["The {side} {bone} is broken.", "{they} has a broken {bone}."],
        ["The {side} {bone} is not broken.", "{they} does not have a broken {bone}."],
    ),
    Fact(
        "The {symptom} of {who} (got better|improved|eased)( with {drug}| overnight| after two days|).",
        ["The {symptom} is (milder|better) than before.", "The {symptom} improved."],
        ["The {symptom} is not (milder|better) than before.", "The {symptom} did not improve."],
    ),
]
NEUTRAL = [
    "{they} has a (brother|sister|cousin) with {other_symptom}.",
    "{they} will (see Dr {surname}|travel|come back) next week.",
    "{they} (works as|used to be) a (teacher|cook|farmer).",
    "{they} (asked about|read about|feared) {other_symptom}.",
]


def group(split: Split, rng: Random) -> tuple[str, dict[str, str]]:
    """A premise and a hypothesis for each label."""
    fact = rng.choice(FACTS)
    title = rng.choice(["Mr", "Mrs"])
    person = f"{title} {name('surname', split, rng)}"
    age = rng.randint(20, 79)
    who = rng.choice([person, "the patient", f"a {age}-year-old {'man' if title == 'Mr' else 'woman'}"])
    values = {"who": who, "they": person if who == person else "the patient", "surname": name("surname", split, rng)}
    values["symptom"], values["other_symptom"] = rng.sample(SYMPTOMS, 2)
    values["measure"], values["side"] = rng.choice(MEASURES), rng.choice(["left", "right"])
    values["drug"], values["bone"] = name("chemical", split, rng), rng.choice(BONES)
    templates = zip(LABELS, [fact.entailed, NEUTRAL, fact.contradicted], strict=True)
    hypotheses = {label: write(rng.choice(wordings), rng, values) for label, wordings in templates}
    return write(fact.premise, rng, values), hypotheses


def annotators(label: str, split: Split, rng: Random) -> list[str]:
    """The label of each annotator: one in training, five with now and then a dissenter in the test split."""
    if label == UNDECIDED:
        return NO_MAJORITY
    if split == "train":
        return [label]
    labels = [label] * TEST_ANNOTATORS
    if rng.random() < DISSENT_SHARE:
        labels[rng.randrange(TEST_ANNOTATORS)] = rng.choice(LABELS)
    return labels


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's pairs; in training, on a handful of them the annotators did not agree."""
    rows: list[dict[str, object]] = []
    for number in range(FIRST_ID[split], FIRST_ID[split] + PREMISES[split]):
        premise, hypotheses = unseen(lambda: group(split, rng), lambda made: [made[0]], taken)
        for intended, hypothesis in hypotheses.items():
            agreed = split == "test" or (len(rows) + 1) % UNDECIDED_EVERY
            label = intended if agreed else UNDECIDED
            rows.append(
                {
                    "annotator_labels": annotators(label, split, rng),
                    "captionID": f"note{number:04d}#0",
                    "gold_label": label,
                    "pairID": f"note{number:04d}#0r1{intended[0]}",
                    "sentence1": premise,
                    "sentence2": hypothesis,
                }
            )
    rng.shuffle(rows)
    return {f"{split}.jsonl": "".join(f"{json.dumps(row)}\n" for row in rows).encode()}
