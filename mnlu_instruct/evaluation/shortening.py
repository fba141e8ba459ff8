"""Texts that are too long for a model's context lose their end, where the answer is a text in words of its own."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from mnlu_instruct.evaluation.engines.engine import Engine
from mnlu_instruct.evaluation.questions import Question
from mnlu_instruct.prompting.packs import Message
from mnlu_instruct.types import FREE_TEXT

WORD = re.compile(r"\S+")


def shortened(
    asked: Sequence[Question], ids: Sequence[list[int]], most: Sequence[int], engine: Engine
) -> tuple[list[Question], list[list[int]], int]:
    """The questions, and their tokens, with as many of the first words of each text as fit; and how many lost some.

    Args:
        asked: the questions; those with options, spans or relations are not touched: an answer could be in the end.
        ids: the tokens of their prompts.
        most: the most tokens of each answer, for which there must be room.
        engine: the model.
    """
    questions, prompts, count = list(asked), list(ids), 0
    for place, (question, prompt) in enumerate(zip(asked, ids, strict=True)):
        room = engine.context - (0 if engine.apart else most[place])
        if question["task"] in FREE_TEXT and len(prompt) > room:
            questions[place] = {**question, "prompt": _fitting(question, room, engine)}
            (prompts[place],) = engine.prompt_ids([questions[place]["prompt"]])
            count += 1
    return questions, prompts, count


def _fitting(question: Question, room: int, engine: Engine) -> list[Message]:
    """A question's prompt with as many of the first words of its text as fit into some room, in tokens."""
    text = question["text"].strip()
    ends = [word.end() for word in WORD.finditer(text)]

    def prompt(words: int) -> list[Message]:
        head = text[: ends[words - 1]] if words else ""
        return [{**one, "content": one["content"].replace(text, head, 1)} for one in question["prompt"]]

    words = bisect_right(range(1, len(ends) + 1), room, key=lambda words: len(engine.prompt_ids([prompt(words)])[0]))
    return prompt(words)
