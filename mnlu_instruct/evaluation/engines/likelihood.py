"""Choose options by the likelihood of their letters (`--by likelihood`): the likeliest letter is the answer.

The texts compared are `(A)`, `(B)`, … (`A`, `B`, … with a pack whose letters stand after the options), after whatever
an answer begins with, tokenised as the model's tokenizer does it after the prompt. Each text's score is the sum of its
tokens' log-probabilities, not divided by length, so it doesn't matter whether the parentheses and the letter are one
token or several: no text in parentheses is a prefix of another, so these are probabilities of different answers.
(Without parentheses, `A` is the beginning of `AA`, the 27th option.) The option's own words are not scored, so long
options are not at a disadvantage.
"""

from collections.abc import Callable, Mapping, Sequence

from mnlu_instruct.evaluation.engines.constraints import statements
from mnlu_instruct.evaluation.engines.engine import Engine
from mnlu_instruct.types import Instance

Ids = tuple[int, ...]


def beginnings(instance: Instance) -> list[str]:
    """The beginning of the answer that states each option, up to and including the letter."""
    if instance.letters == "after":
        return statements(instance)
    pairs = zip(statements(instance), instance.labels, strict=True)
    return [stated.removesuffix(f" {label.name}") for stated, label in pairs]


def likeliest(
    engine: Engine,
    prompts: Sequence[list[int]],
    starts: Sequence[Sequence[list[int]]],
    done: Callable[[Mapping[int, int]], None],
) -> None:
    """Find the index of the likeliest start of each prompt's answer (the first of equals); `done` gets them.

    Starts with a common prefix share requests: one per prefix, for the log-probabilities of all tokens that follow it.
    """
    steps = [
        (place, before, after)
        for place, tokens in enumerate(starts)
        for before, after in _branches([tuple(one) for one in tokens]).items()
    ]
    known: list[dict[Ids, float]] = [{} for _ in prompts]
    lacking = [0] * len(prompts)
    for place, _, _ in steps:
        lacking[place] += 1

    def arrived(found: Mapping[int, Sequence[float]]) -> None:
        complete = {}
        for number, likelihoods in found.items():
            place, before, after = steps[number]
            known[place] |= {(*before, token): value for token, value in zip(after, likelihoods, strict=True)}
            lacking[place] -= 1
            if not lacking[place]:
                sums = [_sum(tuple(one), known[place]) for one in starts[place]]
                complete[place] = sums.index(max(sums))
        done(complete)

    engine.next_tokens([[*prompts[place], *before] for place, before, _ in steps], [step[2] for step in steps], arrived)


def _branches(starts: Sequence[Ids]) -> dict[Ids, list[int]]:
    """The tokens that follow each prefix of some texts."""
    found: dict[Ids, list[int]] = {}
    for start in starts:
        for length, token in enumerate(start):
            after = found.setdefault(start[:length], [])
            if token not in after:
                after.append(token)
    return found


def _sum(start: Ids, known: Mapping[Ids, float]) -> float:
    return sum(known[start[: length + 1]] for length in range(len(start)))
