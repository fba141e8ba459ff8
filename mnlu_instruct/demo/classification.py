"""Document classification: short notes with the medical fields they belong to, as a CSV table."""

from random import Random

from mnlu_instruct.demo.draws import Split, unseen
from mnlu_instruct.demo.files import csv_bytes
from mnlu_instruct.demo.template import write
from mnlu_instruct.demo.words import name

SIZES: dict[Split, int] = {"train": 8000, "test": 120}
FIRST_ID: dict[Split, int] = {"train": 1, "test": 50001}
NO_TOPIC_SHARE = 0.06
TWO_TOPIC_SHARE = 0.3
PLAIN_SHARE = 0.35

# By topic: what the patient came with, what an examination showed, what is to be done.
TOPICS: dict[str, tuple[str, str, str]] = {
    "cardiology": (
        "palpitations|chest tightness on exertion|a racing heart|swollen ankles|skipped heartbeats|a slow pulse",
        "ECG showed atrial flutter|echocardiogram showed a leaking valve|heart rate was 140"
        "|coronary angiogram was normal|heart murmur was louder than before",
        "heart monitor for two days|beta blocker|pacemaker check|cardiac stress test|stent",
    ),
    "dermatology": (
        "an itchy rash|a scaly patch on the elbow|blisters on both hands|hives after meals|a wart|dry and cracked skin",
        "skin was red and peeling|lesion was flat and brown|scalp was scaly|skin scraping showed a fungus"
        "|rash had spread to the back",
        "steroid cream|skin patch test|moisturising ointment|light therapy for the skin|medicated shampoo",
    ),
    "neurology": (
        "a first seizure|migraine|numbness of one arm|a tremor at rest|double vision|sudden loss of speech",
        "EEG showed spikes|reflexes were brisk|brain MRI showed a small stroke|nerve conduction was slow"
        "|gait was unsteady",
        "seizure medicine|lumbar puncture|brain scan|nerve conduction test|migraine diary",
    ),
    "oncology": (
        "a lump in the breast|a growing neck mass|weight loss and a known tumour|relapse of lymphoma"
        "|fatigue after chemotherapy",
        "biopsy showed carcinoma|tumour had shrunk|scan showed two metastases|tumour marker was raised"
        "|lymphoma was in remission",
        "chemotherapy|radiotherapy|staging scan|tumour board review|second biopsy",
    ),
    "orthopaedics": (
        "a swollen knee|hip pain after a fall|a sprained ankle|shoulder stiffness|a broken wrist|low back strain",
        "x-ray showed a fracture|ligament was torn|joint was stiff|meniscus was torn|hip replacement was in place",
        "plaster cast|knee brace|joint injection|hip replacement|splint",
    ),
    "respiratory": (
        "a wheeze|shortness of breath|a cough with green sputum|asthma attacks at night|loud breathing",
        "lungs had crackles|spirometry showed obstruction|oxygen saturation was 88 percent|chest film showed pneumonia"
        "|peak flow was low",
        "inhaler|oxygen at home|lung function test|breathing exercises|bronchoscopy",
    ),
}
SENTENCES = [
    "(The patient|This (man|woman)|A {age}-year-old (man|woman)) (came|presented|was seen) with ({complaint}).",
    "({complaint}) for (two|three|six) (days|weeks|months).",
    "(Mr|Mrs) {surname} (complains of|reports|was referred for) ({complaint}).",
    "(On examination|Today|At the visit), the ({finding}).",
    "The ({finding})(, as before| today|, which was new|).",
    "(Plan|Advice|Next step): ({plan}).",
    "(We recommend|We will arrange|We discussed) the (following|next step): ({plan}).",
    '(He|She) said that "the {surname} clinic" had (advised|suggested) this: ({plan}).',
]
NAMED = [
    "(Seen|Reviewed) in the {topic} clinic.",
    "(Referral|Letter) to {topic}.",
    "Dr {surname} of {topic} (will see|saw) the patient.",
]
PLAIN = [
    "(Seen|Reviewed) (together |)with Dr {surname}.",
    "(Takes|Started on|Has been on) {chemical}( {dose} mg|).",
    "(Return|Review|Telephone call) in (two|four|six) weeks.",
    "(No known allergies|Lives with family|Vaccines are up to date|The family had no questions).",
]
NO_TOPIC = [
    "(The appointment|The visit) was (moved|postponed) to (Monday|Friday) at the request of (Mr|Mrs) {surname}.",
    "(Mr|Mrs) {surname} (asked|called) about (parking|the bill|a new insurance card|opening hours).",
    "The (form|letter|certificate) for (Mr|Mrs) {surname} was (signed|posted|collected), and (filed|copied).",
]


def sentence(template: str, split: Split, rng: Random, topic: str | None = None) -> str:
    """A sentence, with the topic's phrases where the template asks for them."""
    complaint, finding, plan = TOPICS[topic] if topic else ("", "", "")
    phrases = {"complaint": complaint, "finding": finding, "plan": plan}
    for slot, phrase in phrases.items():
        template = template.replace(f"{{{slot}}}", phrase)
    values = {
        "age": str(rng.randint(19, 79)),
        "dose": str(rng.randint(1, 40) * 5),
        "surname": name("surname", split, rng),
        "chemical": name("chemical", split, rng),
    }
    return write(template, rng, values)


def named(topic: str, split: Split, rng: Random) -> str:
    """A sentence that names the topic."""
    return write(rng.choice(NAMED), rng, {"topic": topic, "surname": name("surname", split, rng)})


def note(split: Split, rng: Random) -> tuple[str, list[str]]:
    """A note of one to three sentences that names its topics, and these."""
    if rng.random() < NO_TOPIC_SHARE:
        return " ".join(sentence(template, split, rng) for template in rng.sample(NO_TOPIC, rng.randint(1, 2))), []
    topics = sorted(rng.sample(list(TOPICS), 2 if rng.random() < TWO_TOPIC_SHARE else 1))
    told = topics * (1 if len(topics) > 1 else rng.randint(1, 2))
    templates = sorted(rng.sample(range(len(SENTENCES)), len(told)))
    sentences = [
        sentence(SENTENCES[template], split, rng, topic) for template, topic in zip(templates, told, strict=True)
    ]
    sentences[rng.randrange(len(sentences))] = " ".join(named(topic, split, rng) for topic in topics)
    if rng.random() < PLAIN_SHARE:
        sentences.append(sentence(rng.choice(PLAIN), split, rng))
    return " ".join(sentences), topics


def generate(split: Split, rng: Random, taken: set[str]) -> dict[str, bytes]:
    """The split's table of notes."""
    rows = [["id", "text", "topics"]]
    for number in range(FIRST_ID[split], FIRST_ID[split] + SIZES[split]):
        text, topics = unseen(lambda: note(split, rng), lambda made: [made[0]], taken)
        rows.append([str(number), text, ";".join(topics)])
    return {f"{split}.csv": csv_bytes(rows)}
