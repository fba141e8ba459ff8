"""Smoke test: five questions to a merged model show that it loads and generates, not how good it is."""

from pathlib import Path

from msgspec import Struct

from mnlu_instruct import tasks
from mnlu_instruct.evaluation import engines
from mnlu_instruct.prompting import chat, packs, plain_text, preview

KINDS = ("ner", "dc", "re", "nli", "sts")
LIMIT = 64
"""The most tokens of an answer."""


class Answer(Struct, frozen=True):
    """A model's answer (`text`) to a question of a kind, the gold answer, and whether `text` can be read."""

    kind: str
    gold: str
    text: str
    readable: bool


def questions() -> list[list[packs.Message]]:
    """The prompts: a question of each kind from the demo corpora."""
    found = preview.samples()
    return [_pack().prompt(found[kind]) for kind in KINDS]


def check(model: Path) -> None:
    """Check that a model's tokenizer can render the questions.

    Raises:
        UserError: it has no chat template, or one that can't be used.
    """
    way = plain_text if plain_text.is_encoder_decoder(str(model)) else chat
    way.prompt_ids(chat.load_tokenizer(str(model)), questions())


def answers(model: Path) -> list[Answer]:
    """A model's greedy answers, through transformers; all of the model is in memory.

    Raises:
        UserError: it can't be loaded.
    """
    engine, found = engines.load("transformers", str(model)), preview.samples()
    written = engine.generate(engine.prompt_ids(questions()), [LIMIT] * len(KINDS), lambda _: None)
    said = []
    for kind, one in zip(KINDS, written, strict=True):
        instance = found[kind]
        parsed = tasks.TASKS[kind].read(one.text, instance)
        gold = _pack().completion(instance)[0]["content"]
        said.append(Answer(kind, gold, one.text, parsed.answer is not None))
    return said


def _pack() -> packs.Pack:
    return packs.load("mnlu")
