"""Few-shot prompts, for models that never saw the format: examples of the train split as earlier turns.

The paper's way (Fu et al., 2024): each question has fresh examples, whose answers differ, and the prompts say how an
answer is written. Only questions about named entities have them, whose format is uncommon; others stay zero-shot.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from mnlu_instruct.dataset.sampling_keys import Keys, key, ranks
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage.words import folded
from mnlu_instruct.prompting.packs import Message, Pack, completion
from mnlu_instruct.types import Instance, Spans

KINDS = frozenset({"ner"})
"""The kinds of questions that have examples."""
HINT = (
    "Your answer should use the following format, with one entity type per line. The span refers to the original text "
    "span from the Medical text. Output None if there is no such span. Use `...' to separate multiple spans."
)
"""The paper's words."""
NONE = ": None"

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Examples:
    """A data set's training questions, of which examples are taken.

    Args:
        instances: the questions.
        keys: the hashes of their ids.
        answers: those with the same gold answer have the same number here.
        empty: how many of the types asked have no mention.
        places: text, folded → the questions about it.
    """

    instances: tuple[Instance, ...]
    keys: Keys
    answers: Places
    empty: Places
    places: dict[bytes, list[int]]

    def of(self, query: Instance, count: int, seed: int) -> list[Instance]:
        """Examples for a question, in the order shown, as it is asked: its wording, its labels' order.

        Seed and id draw them, one after the other, of those that differ from all before in their answer and in the
        number of types without a mention; where there is none, in their answer; where there is none, of all. None is
        about the question's own text.

        Raises:
            UserError: there are fewer.
        """
        waiting = ranks(self.keys, key(f"{seed} {query.id}"))
        left = np.ones(len(waiting), bool)
        left[self.places.get(_words(query), [])] = False
        if np.count_nonzero(left) < count:
            raise UserError(
                f"{query.id} has {np.count_nonzero(left)} questions to take {count} examples from.", "take fewer shots."
            )
        taken: list[int] = []
        for _ in range(count):
            unlike = left & ~np.isin(self.answers, self.answers[taken])
            differ = unlike & ~np.isin(self.empty, self.empty[taken])
            best = np.flatnonzero(next(some for some in (differ, unlike, left) if some.any()))
            taken.append(int(best[np.argmin(waiting[best])]))
            left[taken] = False
        return [structs.replace(self.instances[place], id=query.id, labels=query.labels) for place in taken]


def examples(training: Iterable[Instance]) -> Examples:
    """A data set's training questions."""
    instances = tuple(training)
    numbers: dict[tuple[tuple[str, tuple[str, ...]], ...], int] = {}
    places: dict[bytes, list[int]] = {}
    answers, empty = [], []
    for place, instance in enumerate(instances):
        assert isinstance(instance.gold, Spans)
        stated = tuple(
            (name, tuple(span.text for span in spans)) for name, spans in sorted(instance.gold.spans.items())
        )
        answers.append(numbers.setdefault(stated, len(numbers)))
        empty.append(sum(not strings for _, strings in stated))
        places.setdefault(_words(instance), []).append(place)
    keys = np.array([key(instance.id) for instance in instances], np.uint64)
    return Examples(instances, keys, np.array(answers, np.int64), np.array(empty, np.int64), places)


def prompt(query: Instance, shown: Sequence[Instance], pack: Pack) -> list[Message]:
    """The messages that ask a question after its examples.

    Raises:
        UserError: the pack has no place for the format of answers.
    """
    lines = [f"{label.name}: {{span}}" for label in query.labels]
    hint = "".join(f"\n{line}" for line in (HINT, *lines))
    asked = pack.prompt(query, hint)
    if not any(hint in message["content"] for message in asked):
        raise UserError(
            f"Pack '{pack.name}' has no few-shot prompts for {query.task} questions.",
            f"write {{{{ hint }}}} behind the instruction in {query.task}.j2, or choose another pack.",
        )
    earlier = [message for one in shown for message in (*pack.prompt(one, hint), *completion(one))]
    return earlier + asked


def alike(prompts: Iterable[tuple[str, Sequence[Message]]]) -> dict[str, int]:
    """How many prompts have examples of which two have equally many types without a mention, by data set.

    It happens where a data set has fewer types than examples: with one type, a third example is like one before.
    """
    return dict(Counter(dataset for dataset, messages in prompts if _alike(messages)))


def _alike(messages: Sequence[Message]) -> bool:
    said = [message["content"].splitlines() for message in messages if message["role"] == "assistant"]
    return len({sum(line.endswith(NONE) for line in lines) for lines in said}) < len(said)


def _words(instance: Instance) -> bytes:
    """The text as words, however it is written."""
    return b" ".join(folded(instance.text).split())
