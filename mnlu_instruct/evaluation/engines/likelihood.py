"""Options by their letters' likelihood (`--by likelihood`): nothing is written, the likeliest letter is the answer.

What is compared is the whole of `(A)`, `(B)`, …, behind whatever an answer begins with, as the model's tokenizer writes
it after the prompt. Each is the sum of its tokens' log probabilities, so that it doesn't matter whether brackets and
letter are one token or several, or more for one letter than for another: none of these texts is the beginning of
another, so their probabilities are of different answers, and nothing is divided by lengths. The option's words have no
part in it, so that long options are not at a disadvantage.
"""

from collections.abc import Callable, Mapping, Sequence

from mnlu_instruct.evaluation.engines.constraints import statements
from mnlu_instruct.evaluation.engines.engine import Engine
from mnlu_instruct.types import Instance

Ids = tuple[int, ...]


def beginnings(instance: Instance) -> list[str]:
    """What an answer begins with that states one option, up to and with its letter."""
    pairs = zip(statements(instance), instance.labels, strict=True)
    return [stated.removesuffix(f" {label.name}") for stated, label in pairs]


def likeliest(
    engine: Engine,
    prompts: Sequence[list[int]],
    starts: Sequence[Sequence[list[int]]],
    done: Callable[[Mapping[int, int]], None],
) -> None:
    """The place of the likeliest start of each prompt's answer, of equals the first; `done` is told as they come.

    Starts that begin alike are asked about together: once for each beginning, which of its next tokens is how likely.
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
    """By each beginning of some texts the tokens that go on from it."""
    found: dict[Ids, list[int]] = {}
    for start in starts:
        for length, token in enumerate(start):
            after = found.setdefault(start[:length], [])
            if token not in after:
                after.append(token)
    return found


def _sum(start: Ids, known: Mapping[Ids, float]) -> float:
    return sum(known[start[: length + 1]] for length in range(len(start)))
