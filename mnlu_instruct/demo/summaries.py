"""Summaries: doctor-patient dialogues with the note written from each, in ACI-Bench's CSV layout."""

from dataclasses import dataclass
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.files import csv_bytes
from mnlu_instruct.demo.template import choose, write
from mnlu_instruct.demo.words import name

SIZES: dict[Split, int] = {"train": 2000, "test": 50}
FIRST_ID: dict[Split, int] = {"train": 1, "test": 5001}
MEDICATION_SHARE = 0.7
ASKED_MEDICATION_SHARE = 0.8
FINDING_SHARE = 0.4

COMPLAINT = (
    "((left|right) (knee|hip|shoulder|ankle|ear) pain|a (dry|wet) cough|a sore throat|(lower|upper) back pain"
    "|a (stuffy|runny) nose|(burning|watery) eyes|an itchy (arm|scalp|leg)|a (mild|dull|throbbing) headache)"
)
DURATION = "(two|three|four|five|six) (days|weeks|months)"
FREQUENCY = "(every morning|every evening|twice a day|once a week)"
FINDING = "(temperature is (high|normal)|blood pressure is (high|low|normal)|pulse is (fast|slow|regular))"
TEST = "(a blood test|an x-ray|an ultrasound scan|a throat swab|a urine test|an allergy test|physiotherapy)"
RETURN = "(one week|two weeks|three weeks|ten days|one month)"


@dataclass(frozen=True)
class Encounter:
    """What was said, and the note on it."""

    dialogue: str
    note: str


def encounter(split: Split, rng: Random) -> Encounter:
    """A visit: complaint, mostly medication, sometimes a finding, and a plan."""
    turns: list[str] = []
    note: list[str] = []
    facts = {
        "complaint": choose(COMPLAINT, rng),
        "duration": choose(DURATION, rng),
        "drug": name("chemical", split, rng),
        "dose": str(rng.randint(1, 40) * 5),
        "frequency": choose(FREQUENCY, rng),
        "finding": choose(FINDING, rng),
        "test": choose(TEST, rng),
        "return": choose(RETURN, rng),
        "surname": name("surname", split, rng),
    }

    def say(speaker: str, template: str) -> None:
        turns.append(f"[{speaker}] {write(template, rng, facts)}")

    def record(heading: str, template: str) -> None:
        note.append(f"{heading}: {template.format(**facts)}")

    say("doctor", "(Good morning|Hello|Good afternoon), (Mr|Mrs) {surname}. (What brings you in|How can I help you)?")
    say("patient", "(I have had|I am here because of|I came about) {complaint} for {duration}.")
    record("CHIEF COMPLAINT", "{complaint} for {duration}")
    if rng.random() < ASKED_MEDICATION_SHARE:
        say("doctor", "(Do you take any medicine|Are you on any tablets|Any medication at the moment)?")
        if rng.random() < MEDICATION_SHARE:
            say("patient", "(Yes, I take|Yes, I am on|I use) {drug}, {dose} milligrams {frequency}.")
            record("MEDICATION", "{drug} {dose} mg {frequency}")
        else:
            say("patient", "(No, nothing|No, none at all|No, I do not).")
            record("MEDICATION", "none")
    if rng.random() < FINDING_SHARE:
        say("doctor", "(Let me check|Let me see|I will examine you). Your {finding}.")
        say("patient", "(I see|All right|Good to know).")
        record("EXAM", "{finding}")
    say("doctor", "(I would like to|We will|I want to) (order|arrange) {test}. (Please come|Come) back in {return}.")
    say("patient", "(Thank you|I will do that|That is fine)(, doctor|).")
    record("PLAN", "{test}, return in {return}")
    return Encounter("\n".join(turns), "\n".join(note))


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's table of encounters."""
    rows = [["dataset", "encounter_id", "dialogue", "note"]]
    for number in range(FIRST_ID[split], FIRST_ID[split] + SIZES[split]):
        made = unseen(lambda: encounter(split, rng), lambda drawn: [drawn.dialogue], taken)
        rows.append(["demo", f"D{number:04d}", made.dialogue, made.note])
    return {f"{split}.csv": csv_bytes(rows)}
