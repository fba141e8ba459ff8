"""Events: social-history notes with substance use, work and living situation, as brat files in SHAC's scheme.

A line template marks its annotations: ``[Amount: 1 pack]`` is a span with its role, ``[Type=alone: alone]`` one with
an attribute value, ``[Tobacco & Status=current: Smokes]`` one with two roles. A label that names an event is a
trigger; all other spans of the line are arguments of each event in it.
"""

import re
from dataclasses import dataclass, field
from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.files import zip_bytes
from mnlu_instruct.demo.template import write
from mnlu_instruct.demo.words import name

SIZES: dict[Split, int] = {"train": 1500, "test": 100}
EVENTS = ["Alcohol", "Drug", "Tobacco", "Employment", "LivingStatus"]
MARK = re.compile(r"\[([^:\[\]]+): ([^\[\]]+)\]")
HEADERS = ["SOCIAL HISTORY:", "Social history:", "SOCIAL HX:"]
HEADER_SHARE = 0.4
SHARED_LINE_SHARE = 0.2
PLAIN_LINE_SHARE = 0.25

ALCOHOL = "[Alcohol: (Alcohol|EtOH)]"
DRUGS = "[Drug: (Drugs|Illicit drugs)]"
LIVES = "[LivingStatus & Status=current: Lives]"
YEARS = "(2|3|5|8|10|12|15|20|25|30|40) years"
NUMBER = "(2|3|4|5|6|7|8|9|10|12|15)"
PACKS = "(half a pack|1 pack|2 packs)"
DAILY = "(per day|a day|daily)"
WEEKLY = "(per week|a week|weekly|on weekends)"
JOB = "(teacher|carpenter|bus driver|cook|nurse|farmer|tailor|plumber)"
WORK = "(Employment|Work|Job)"
RELATIVE = "(his wife|her husband|two sons|his mother|her sister|a daughter)"

LINES = {
    "Tobacco": [
        "[Tobacco: Tobacco]: [Status=none: (no use|never)].",
        "[Status=none: (Never|Has never)] [Tobacco: (smoked|used tobacco)].",
        "[Tobacco: (Smoking|Cigarettes)]: [Status=none: (no|never|none)].",
        f"[Tobacco & Status=current: Smokes] [Amount: {PACKS}] [Frequency: {DAILY}].",
        f"[Tobacco: Tobacco]: [Status=current: current], [Amount: {NUMBER} cigarettes] [Frequency: {DAILY}].",
        f"[Status=current: Currently] [Tobacco: smokes] [Type: (cigars|a pipe)], for [Duration: {YEARS}].",
        f"[Tobacco: Tobacco]: [Status=past: (past|past use|quit)], [History: {YEARS} ago].",
        f"[Status=past: (Former|Ex)] [Tobacco: smoker], [Amount: {PACKS}] [Frequency: daily] for [Duration: {YEARS}].",
        f"[Status=current: Uses] [Tobacco: tobacco], [Method: (chewed|snuffed)], [Frequency: {WEEKLY}].",
    ],
    "Alcohol": [
        f"{ALCOHOL}: [Status=none: (no use|never)].",
        "[Status=none: (Does not|Never)] [Alcohol: (drink|drink alcohol)].",
        f"[Alcohol & Status=current: Drinks] [Amount: {NUMBER} units] of [Type: (wine|beer)] [Frequency: {WEEKLY}].",
        f"{ALCOHOL}: [Status=current: current], [Amount: {NUMBER} drinks] [Frequency: {WEEKLY}].",
        "[Status=current: (Occasional|Social)] [Alcohol: (alcohol|alcohol use)], mostly [Type: (wine|beer|cider)].",
        f"{ALCOHOL}: [Status=past: (past|past use|quit)], [History: {YEARS} ago].",
        f"[Status=past: Former] [Alcohol: (drinker|alcohol use)], [Amount: {NUMBER} beers] [Frequency: {DAILY}].",
    ],
    "Drug": [
        f"{DRUGS}: [Status=none: (no use|never)].",
        "[Status=none: No] [Drug: (drug use|illicit drugs|recreational drugs)].",
        f"[Status=current: Uses] [Drug & Type: (marijuana|cocaine|cannabis)] [Frequency: {WEEKLY}].",
        f"{DRUGS}: [Status=current: current], [Type: (heroin|cocaine)], [Method: (injected|smoked|inhaled)].",
        f"{DRUGS}: [Status=current: current], [Type: (heroin|cannabis)] and [Type: cocaine].",
        f"{DRUGS}: [Status=past: (past|former)] [Type: (cocaine|heroin|marijuana)], last used [History: {YEARS} ago].",
        f"[Status=past: (Past|Former)] [Drug: drug use], [Type: (cocaine|heroin)] for [Duration: {YEARS}].",
    ],
    "Employment": [
        f"[Employment & Status=employed: Works] as a [Type: {JOB}].",
        f"[Employment: {WORK}]: [Status=employed: (employed|working)], [Type: {JOB}] for [Duration: {YEARS}].",
        f"[Employment & Status=unemployed: Unemployed] for [Duration: {YEARS}].",
        f"[Employment: {WORK}]: [Status=unemployed: (unemployed|none at present)].",
        f"[Employment & Status=retired: Retired] [Type: {JOB}].",
        f"[Employment & Status=retired: Retired] [History: {YEARS} ago].",
        f"[Employment: {WORK}]: [Status=on_disability: (on disability|disabled)].",
        "[Employment & Status=on_disability: On disability] since [History: (1998|2004|2011)].",
        "[Employment & Status=student: Student] of [Type: (law|music|history|biology)].",
        f"[Employment: {WORK}]: [Status=homemaker: (homemaker|housewife)].",
    ],
    "LivingStatus": [
        f"{LIVES} [Type=alone: (alone|by himself|by herself)].",
        f"{LIVES} [Type=with_family: with {RELATIVE}].",
        f"{LIVES} [Type=with_others: with (friends|a roommate)] for [Duration: {YEARS}].",
        f"[LivingStatus & Status=current & Type=homeless: Homeless] for [Duration: {YEARS}].",
        "[LivingStatus: (Home|Living)]: [Status=current & Type=alone: (alone|on his own|on her own)].",
        f"[LivingStatus: (Home|Living)]: [Type=with_family: with {RELATIVE}].",
        "[Status=past: Previously] [LivingStatus: lived] [Type=with_others: in (a shelter|a group home)].",
        f"[Status=future: (Plans to|Will)] [LivingStatus: live] [Type=with_family: with {RELATIVE}].",
        "[Status=future: (Plans to|Will)] [LivingStatus: live] [Type=alone: (alone|on his own|on her own)].",
    ],
}
SHARED_LINES = {
    ("Tobacco", "Alcohol"): [
        "[Status=none: (Denies|No)] [Tobacco: (tobacco|smoking)] or [Alcohol: (alcohol|EtOH)].",
        "[Status=past: Former] [Tobacco: smoking] and [Alcohol: alcohol use].",
    ],
    ("Alcohol", "Drug"): [
        "[Status=none: (Denies|No)] [Alcohol: (alcohol|EtOH)] or [Drug: (drugs|drug use|illicit drugs)].",
    ],
    ("Tobacco", "Alcohol", "Drug"): [
        "[Status=none: (Denies|No)] [Tobacco: tobacco], [Alcohol: (alcohol|EtOH)] or [Drug: drugs].",
    ],
}
PLAIN_LINES = [
    "(Has two cats|Has a dog|Enjoys gardening|Likes chess|Born in a small village).",
    "(Seen with|Came with|Referred by) (Mr|Mrs|Dr) {surname}.",
    "Hobbies: (fishing|painting|reading|walking).",
]


@dataclass(frozen=True)
class Textbound:
    """A brat text-bound annotation, but for its id: type and half-open character range."""

    type: str
    start: int
    end: int


@dataclass
class Event:
    """A brat event: its trigger's type and id, and its arguments as pairs of role and id."""

    type: str
    trigger: str
    arguments: list[tuple[str, str]] = field(default_factory=list)

    def add(self, role: str, target: str) -> None:
        """One more argument; the second one of a role is numbered, as in ``Type2``."""
        count = sum(known.rstrip("2345") == role for known, _ in self.arguments) + 1
        self.arguments.append((role if count == 1 else f"{role}{count}", target))

    def __str__(self) -> str:
        """The event as it stands in the file, after its id."""
        parts = [f"{role}:{target}" for role, target in [(self.type, self.trigger), *self.arguments]]
        return " ".join(parts)


class Note:
    """A text and its brat annotations, growing line by line."""

    def __init__(self) -> None:
        """An empty note."""
        self.text = ""
        self.textbounds: list[Textbound] = []
        self.events: list[Event] = []
        self.attributes: list[str] = []

    def add(self, marked_line: str) -> None:
        """One more line, with the annotations marked in it."""
        events: list[Event] = []
        arguments: list[tuple[str, str]] = []
        done = 0
        for match in MARK.finditer(marked_line):
            self.text += marked_line[done : match.start()]
            start = len(self.text)
            self.text += match[2]
            done = match.end()
            for label in match[1].split(" & "):
                role, _, value = label.partition("=")
                if role in EVENTS:
                    events.append(Event(role, self.textbound(role, start)))
                else:
                    arguments.append((role, self.argument(role, value, start, "Employment" in marked_line)))
        self.text += marked_line[done:] + "\n"
        for event in events:
            for role, target in arguments:
                event.add(role, target)
        self.events += events

    def textbound(self, kind: str, start: int) -> str:
        """The id of a new text-bound annotation that ends where the text now ends."""
        self.textbounds.append(Textbound(kind, start, len(self.text)))
        return f"T{len(self.textbounds)}"

    def argument(self, role: str, value: str, start: int, of_employment: bool) -> str:
        """The id of a new argument span, with its attribute if it has a value."""
        if not value:
            return self.textbound(role, start)
        kind = {"Status": "StatusEmploy" if of_employment else "StatusTime", "Type": "TypeLiving"}[role]
        target = self.textbound(kind, start)
        self.attributes.append(f"{kind}Val {target} {value}")
        return target

    def ann(self) -> str:
        """The content of the note's .ann file."""
        lines = [
            f"T{number}\t{t.type} {t.start} {t.end}\t{self.text[t.start : t.end]}"
            for number, t in enumerate(self.textbounds, 1)
        ]
        lines += [f"E{number}\t{event}" for number, event in enumerate(self.events, 1)]
        lines += [f"A{number}\t{attribute}" for number, attribute in enumerate(self.attributes, 1)]
        return "".join(f"{line}\n" for line in lines)


def note(split: Split, rng: Random) -> Note:
    """A note of two to five lines, each on another side of the patient's life."""
    topics = rng.sample(EVENTS, rng.choice([1, 1, 2]))
    lines = [rng.choice(LINES[topic]) for topic in topics]
    free = [shared for shared in SHARED_LINES if not any(topic in topics for topic in shared)]
    if free and rng.random() < SHARED_LINE_SHARE:
        lines.append(rng.choice(SHARED_LINES[rng.choice(free)]))
    if len(lines) == 1 or rng.random() < PLAIN_LINE_SHARE:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(PLAIN_LINES))
    made = Note()
    if rng.random() < HEADER_SHARE:
        made.add(rng.choice(HEADERS))
    for line in lines:
        made.add(write(line, rng, {"surname": name("surname", split, rng)}))
    return made


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's archive of .txt and .ann files."""
    members: dict[str, bytes] = {}
    for number in range(1, SIZES[split] + 1):
        made = unseen(lambda: note(split, rng), lambda drawn: [drawn.text], taken)
        members[f"{number:04d}.txt"] = made.text.encode()
        members[f"{number:04d}.ann"] = made.ann().encode()
    return {f"{split}.zip": zip_bytes(members)}
