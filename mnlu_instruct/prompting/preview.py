"""Questions of a corpus as the messages that a model would see, with the gold answers."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from mnlu_instruct import corpora, tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import chat, packs, plain_text
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Instance


def examples(
    corpus: Corpus, data: Path, task: str | None = None, split: str | None = None, count: int = 1, seed: int = 42
) -> list[Instance]:
    """The first questions of a split, in file order, labels shuffled: `count` of each kind.

    Raises:
        UserError: the corpus has no such task, or no question of it in the split.
    """
    served = tasks.kinds(corpus.tasks)
    wanted = tasks.kinds([task]) if task else served
    if not wanted & served:
        raise UserError(f"{corpus.name} has no {task} questions.", f"it has: {', '.join(corpus.tasks)}.")
    split = split or ("train" if "train" in corpus.splits else next(iter(corpus.splits)))
    found = [
        instance
        for kind in tasks.TASKS
        if kind in wanted & served
        for instance in islice(_of_kind(kind, corpus, split, data), count)
    ]
    if not found:
        raise UserError(f"{corpus.name}/{split} gives no question.", f"see 'mnlu corpora check {corpus.name}'.")
    return [label_shuffle.shuffled(instance, seed) for instance in found]


def samples() -> dict[str, Instance]:
    """One question of every kind, from the bundled demo corpora."""
    found: dict[str, Instance] = {}
    for corpus in corpora.registry().values():
        if corpus.is_demo:
            found |= {instance.task: instance for instance in examples(corpus, Path(), split="test")}
    return found


def messages(instance: Instance, pack: packs.Pack) -> list[packs.Message]:
    """The whole conversation: the question, then the gold answer."""
    return pack.prompt(instance) + pack.completion(instance)


def tokens(
    instance: Instance, pack: packs.Pack, tokenizer: chat.Tokenizer, as_plain_text: bool
) -> tuple[list[int], list[bool]]:
    """Token ids of a training example, and whether each is part of the loss.

    Args:
        instance: the question.
        pack: the prompt pack.
        tokenizer: the model's, with the chat template of its training.
        as_plain_text: whether the model is an encoder–decoder model, whose encoder reads the question.
    """
    asked, answer = [pack.prompt(instance)], [pack.completion(instance)]
    if as_plain_text:
        (pair,) = plain_text.examples(tokenizer, asked, answer)
        return pair.source + pair.target, [False] * len(pair.source) + [True] * len(pair.target)
    (one,) = chat.examples(tokenizer, asked, answer)
    return one.ids, [place >= one.prompt_length for place in range(len(one.ids))]


def _of_kind(kind: str, corpus: Corpus, split: str, data: Path) -> Iterator[Instance]:
    for record in reading.records(corpus, split, data, Ledger()):
        yield from tasks.instances(record, corpus, (kind,), Ledger())
