"""Few-shot prompts, for models that never saw the format: examples of the train split as earlier turns of the chat.

As in the paper (Fu et al., 2024), each question has its own examples, whose answers differ, and the prompt describes
the format of answers. Only NER questions have examples, as their format is uncommon; all others stay zero-shot.
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
from mnlu_instruct.prompting.packs import Message, Pack
from mnlu_instruct.types import Instance, Spans

KINDS = frozenset({"ner"})
"""The kinds of questions that have examples."""
HINT = (
    "Your answer should use the following format, with one entity type per line. The span refers to the original text "
    "span from the Medical text. Output None if there is no such span. Use `...' to separate multiple spans."
)
"""The paper's wording."""
NONE = ": None"

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Examples:
    """A data set's training questions, from which examples are drawn.

    Args:
        instances: the questions.
        keys: the hashes of their ids.
        answers: a number for each, the same for the same gold answer.
        empty: how many of the types asked about have no mention.
        places: normalised text → the questions about it.
    """

    instances: tuple[Instance, ...]
    keys: Keys
    answers: Places
    empty: Places
    places: dict[bytes, list[int]]

    def of(self, query: Instance, count: int, seed: int) -> list[Instance]:
        """Draw examples for a question, in the order shown, with the question's wording and order of labels.

        They are drawn one by one, by a hash of seed and question id. Each differs from all before in its answer and in
        its number of types without a mention; if no question is left that does, in its answer only; else any question
        is taken. None is about the question's own text.

        Raises:
            UserError: there are fewer than `count` questions to draw from.
        """
        waiting = ranks(self.keys, key(f"{seed} {query.id}"))
        left = np.ones(len(waiting), bool)
        left[self.places.get(_words(query), [])] = False
        if np.count_nonzero(left) < count:
            raise UserError(
                f"{query.id} has only {np.count_nonzero(left)} questions to draw {count} examples from.",
                "use fewer --shots.",
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
    """Index a data set's training questions, to draw examples from."""
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


def prompt(query: Instance, shown: Sequence[Instance], pack: Pack, as_text: bool = False) -> list[Message]:
    """The messages that ask a question after its examples.

    Args:
        query: the question.
        shown: its examples.
        pack: the prompt pack.
        as_text: put all into one message, with blank lines between, for models that were never in a chat.

    Raises:
        UserError: the pack's template doesn't show the hint (`hint`), which describes the format of answers.
    """
    lines = [f"{label.name}: {{span}}" for label in query.labels]
    hint = "".join(f"\n{line}" for line in (HINT, *lines))
    asked = pack.prompt(query, hint)
    if not any(hint in message["content"] for message in asked):
        raise UserError(
            f"Pack '{pack.name}' has no few-shot prompts for {query.task} questions.",
            f"write {{{{ hint }}}} after the instruction in {query.task}.j2, or choose another pack.",
        )
    earlier = [message for one in shown for message in (*pack.prompt(one, hint), *pack.completion(one))]
    if not as_text:
        return earlier + asked
    return [{"role": "user", "content": "\n\n".join(message["content"] for message in earlier + asked)}]


def alike(prompts: Iterable[tuple[str, Sequence[Message]]]) -> dict[str, int]:
    """By data set, how many prompts have two examples with equally many types without a mention.

    It happens where a data set has few types: with one type, a third example can't differ from both before it.
    """
    return dict(Counter(dataset for dataset, messages in prompts if _alike(messages)))


def _alike(messages: Sequence[Message]) -> bool:
    said = [message["content"].splitlines() for message in messages if message["role"] == "assistant"]
    return len({sum(line.endswith(NONE) for line in lines) for lines in said}) < len(said)


def _words(instance: Instance) -> bytes:
    """The words of the text, normalised, so that equal texts are found whatever their case and spacing."""
    return b" ".join(folded(instance.text).split())
