"""Question answering: yes/no/maybe questions on short study reports, in PubMedQA's JSON layout (test only)."""

import json
from dataclasses import dataclass
from functools import partial
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.template import write
from mnlu_instruct.demo.words import name

Item = dict[str, object]

DECISIONS = {"yes": 36, "no": 27, "maybe": 27}
FIRST_ID = 94000001


@dataclass(frozen=True)
class Topic:
    """A kind of question: its wording, what was known before, and result and answer for each decision."""

    question: str
    background: str
    results: dict[str, str]
    answers: dict[str, str]


METHODS = "(Forty|Sixty|Ninety) (patients|adults) were (followed|observed) for (six|ten|twelve) (weeks|months)."
TOPICS = [
    Topic(
        "(Does|Can) {C} (prevent|relieve) {D}?",
        "{D} is (common|hard to treat). {C} is a (new|well known) drug.",
        {
            "yes": "{D} was (much|clearly) (less frequent|milder) with {C} than with placebo.",
            "no": "{D} was (just as frequent|no milder) with {C} (as|than) with placebo.",
            "maybe": "{D} was milder with {C} in (women|the young) but not in (men|the old).",
        },
        {
            "yes": "{C} (helps|works) against {D}.",
            "no": "{C} (does not help|has no effect) against {D}.",
            "maybe": "{C} may help some patients with {D}; the evidence is (mixed|not conclusive).",
        },
    ),
    Topic(
        "Is {G} (linked to|involved in) {D}?",
        "The cause of {D} is (not known|unclear). {G} is active in (nerve|liver|muscle) cells.",
        {
            "yes": "{G} was mutated in (most|nearly all) patients with {D} and in no (control|healthy person).",
            "no": "{G} was the same in patients with {D} and in (controls|healthy people).",
            "maybe": "{G} was mutated in (a few|some) patients with {D} but also in some (controls|healthy people).",
        },
        {
            "yes": "{G} is (linked to|involved in) {D}.",
            "no": "{G} is not (linked to|involved in) {D}.",
            "maybe": "{G} may be (linked to|involved in) {D}, but larger studies are needed.",
        },
    ),
    Topic(
        "Does {C} (change|affect) the {G} level?",
        "{C} is used against {D}. The {G} level (varies|differs) between patients.",
        {
            "yes": "The {G} level (rose|fell) by half after {C} and did not change with placebo.",
            "no": "The {G} level did not change after {C}( or placebo|).",
            "maybe": "The {G} level (rose|fell) in (one|the first) of two groups after {C}, and only a little.",
        },
        {
            "yes": "{C} (changes|affects) the {G} level.",
            "no": "{C} does not (change|affect) the {G} level.",
            "maybe": "{C} may (change|affect) the {G} level; the results (differ|are not conclusive).",
        },
    ),
    Topic(
        "Should patients with {D} be tested for {G}?",
        "A test for {G} is (cheap|new|quick). Its use in {D} is (debated|not known).",
        {
            "yes": "The {G} test (found|predicted) {D} in nine of ten patients.",
            "no": "The {G} test was (wrong|negative) in nine of ten patients with {D}.",
            "maybe": "The {G} test (found|predicted) {D} in half of the patients.",
        },
        {
            "yes": "The {G} test (is useful|should be done) in {D}.",
            "no": "The {G} test (is not useful|should not be done) in {D}.",
            "maybe": "The {G} test may be useful in some patients with {D}.",
        },
    ),
]


def item(decision: str, rng: Random) -> Item:
    """One question with its contexts, decision and long answer."""
    topic = rng.choice(TOPICS)
    names = {"C": name("chemical", "test", rng), "D": name("disease", "test", rng), "G": name("gene", "test", rng)}
    parts = [("BACKGROUND", topic.background), ("METHODS", METHODS), ("RESULTS", topic.results[decision])]
    if rng.random() < 1 / 2:
        del parts[1]
    return {
        "QUESTION": write(topic.question, rng, names),
        "CONTEXTS": [sentences(text, rng, names) for _, text in parts],
        "LABELS": [label for label, _ in parts],
        "final_decision": decision,
        "LONG_ANSWER": write(topic.answers[decision], rng, names),
    }


def sentences(template: str, rng: Random, names: dict[str, str]) -> str:
    """Several sentences, each written on its own so that each starts with an upper-case letter."""
    return " ".join(write(f"{part.rstrip('.')}.", rng, names) for part in template.split(". "))


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The test split's questions; none for training, for which the task stays unseen."""
    if split == "train":
        return {}
    decisions = [decision for decision, count in DECISIONS.items() for _ in range(count)]
    rng.shuffle(decisions)
    items: dict[str, Item] = {}
    for number, decision in enumerate(decisions, FIRST_ID):
        items[str(number)] = unseen(partial(item, decision, rng), lambda made: [str(made["QUESTION"])], taken)
    return {"test.json": (json.dumps(items, indent=1) + "\n").encode()}
