"""Held-out answers: at each evaluation the model answers held-out questions, scored strictly as in `mnlu eval`."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from msgspec import convert, json, structs
from torch.distributed.fsdp import FullyShardedDataParallel
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct import console
from mnlu_instruct.evaluation import predictions
from mnlu_instruct.evaluation.engines.engine import Completion, answer_room
from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder, Local
from mnlu_instruct.evaluation.predictions import Line, Prediction
from mnlu_instruct.evaluation.questions import answer_limit
from mnlu_instruct.scoring import scores
from mnlu_instruct.scoring.scores import Score
from mnlu_instruct.training import rank_consensus
from mnlu_instruct.training.monitor.preemption import Request
from mnlu_instruct.types import Choices, Label

FOLDER = "answers"
NEGATIVE = "no relation"
"""The key that replaces every corpus' own label for pairs without a relation."""
SHOWN = 160
"""The most characters of an answer that are shown."""


class AskedToStopError(Exception):
    """Raised when the training is asked to stop while the model answers."""


class Answers(TrainerCallback):  # type: ignore[misc]
    """Generates answers to the held-out questions at each evaluation, greedily, distributed over all processes.

    Logs `eval_<kind>_<metric>` (fractions of 1), the headline metric of each kind of question over all corpora, and
    `eval_unreadable`, the share of answers that can't be read; a recipe can choose the best model by them. The first
    process shows a table and the answer to the first question of each kind, and writes all answers to
    `answers/step-<n>.jsonl`, which `mnlu score` reads.

    The evaluation doesn't change the training: the states of random generators are restored to those before it. Under
    ZeRO-3 all processes gather each layer for each token, also those that are done, until all are; under FSDP version 1
    each process gathers the whole model, which must fit.

    Args:
        trainer: the trainer that this is a callback of.
        held: the held-out rows.
        request: tells whether this process is asked to stop; then answering is cut short, and nothing is scored.
    """

    def __init__(self, trainer: Trainer, held: Dataset, request: Request) -> None:
        self.trainer = trainer
        self.held: list[dict[str, Any]] = held.to_list()
        self.request = request
        self.kept = generators()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Save the states of random generators for an evaluation before the first step."""
        self.kept = generators()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Save the states of random generators before an evaluation."""
        if control.should_evaluate:
            self.kept = generators()

    on_epoch_end = on_step_end

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float],
        **kwargs: Any,
    ) -> None:
        """Generate answers, score, log and show them; then restore the random generators."""
        try:
            self._score(args, state, metrics)
        except AskedToStopError:
            return
        finally:
            restore(self.kept)

    def _score(self, args: TrainingArguments, state: TrainerState, metrics: dict[str, float]) -> None:
        said = self._said(args)
        lines = [predictions.line(convert(one, Prediction), one["id"]) for one in said]
        scored = by_kind(lines)
        logged = {f"eval_{kind}_{one.headline}": one.metrics[one.headline].value for kind, one in scored.items()}
        logged["eval_unreadable"] = sum(one.unreadable * one.n for one in scored.values()) / len(lines)
        metrics.update(logged)
        self.trainer.log(logged)
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / FOLDER
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"step-{state.global_step}.jsonl").write_bytes(b"".join(json.encode(one) + b"\n" for one in said))
            show(f"Held-out questions after {state.global_step} steps: loss {metrics['eval_loss']:.4f}", lines, scored)

    def _said(self, args: TrainingArguments) -> list[dict[str, Any]]:
        """The held-out rows with the model's answers, in their order; the same in all processes."""
        count, place = args.world_size, args.process_index
        each = -(-len(self.held) // count)
        mine = [(place + turn * count) % len(self.held) for turn in range(each)]  # as many in each process
        answers = self._generated([self.held[row] for row in mine], args)
        found: dict[int, Completion] = {}
        for rows, given in rank_consensus.every((mine, answers)):
            found.update(zip(rows, given, strict=True))
        return [said(row, found[index]) for index, row in enumerate(self.held)]

    def _generated(self, rows: Sequence[dict[str, Any]], args: TrainingArguments) -> list[Completion]:
        model = self.trainer.model
        kind = EncoderDecoder if model.config.is_encoder_decoder else Local
        engine = kind.of(model, self.trainer.processing_class, args.device, args.per_device_eval_batch_size)
        ids = engine.prompt_ids([row["prompt"] for row in rows])
        limits = [
            max(1, min(answer_limit(row["task"]), answer_room(engine, len(prompt))))
            for row, prompt in zip(rows, ids, strict=True)
        ]

        def done(found: Mapping[int, Completion]) -> None:
            if not found:  # a sign of life, which processes give at different times
                return
            if rank_consensus.greatest((self.request.made,), args.device)[0]:
                raise AskedToStopError

        model.eval()
        with _whole(model):
            return engine.generate(ids, limits, done)


def said(row: dict[str, Any], answer: Completion) -> dict[str, Any]:
    """A held-out row with its answer as a line of predictions; data sets are named `<corpus>-<kind>`."""
    (gold,) = row["completion"]
    return {
        **{name: value for name, value in row.items() if name != "completion"},
        "target": gold["content"],
        "dataset": f"{row['corpus']}-{row['task']}",
        "prediction": answer.text,
        "finish_reason": answer.finish_reason,
        "completion_tokens": answer.tokens,
    }


def by_kind(lines: Sequence[Line]) -> dict[str, Score]:
    """The strict score of each kind of question, over all corpora; spans are matched whole."""
    kinds: dict[str, list[Line]] = {}
    for line in lines:
        kinds.setdefault(line.instance.task, []).append(line)
    return {
        kind: scores.score([line.answered for line in _alike(found)], NEGATIVE if kind == "re" else None)
        for kind, found in kinds.items()
    }


def show(title: str, lines: Sequence[Line], scored: dict[str, Score]) -> None:
    """Print a table of scores ×100, and one answer to each kind of question."""
    rows = [
        (kind, one.n, one.headline, 100 * one.metrics[one.headline].value, 100 * one.unreadable)
        for kind, one in scored.items()
    ]
    console.table(("kind", "questions", "metric", "score", "unreadable, %"), rows, title=title)
    for kind in scored:
        line = next(line for line in lines if line.instance.task == kind)
        for name, text in (("model", line.prediction.prediction), ("gold", line.prediction.target)):
            console.line(f"{kind:>5} {name}: {_short(text)}")


def generators() -> dict[str, Any]:
    """The states of all random generators that a training uses in this process."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else None
    return {"python": random.getstate(), "numpy": np.random.get_state(), "cpu": torch.get_rng_state(), "cuda": cuda}


def restore(kept: dict[str, Any]) -> None:
    """Restore the states of random generators."""
    random.setstate(kept["python"])
    np.random.set_state(kept["numpy"])
    torch.set_rng_state(kept["cpu"])
    if kept["cuda"] is not None:
        torch.cuda.set_rng_state_all(kept["cuda"])


def _alike(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines with every corpus' label for pairs without a relation renamed to `NEGATIVE`."""
    corpora: dict[str, list[Line]] = {}
    for line in lines:
        corpora.setdefault(line.prediction.corpus, []).append(line)
    for found in corpora.values():
        negative = predictions.negative(found)
        yield from (found if negative is None else (_renamed(line, negative) for line in found))


def _renamed(line: Line, negative: str) -> Line:
    gold = line.instance.gold
    assert isinstance(gold, Choices)

    def key(old: str) -> str:
        return NEGATIVE if old == negative else old

    labels = tuple(Label(key(label.key), label.name) for label in line.instance.labels)
    renamed = structs.replace(line.instance, labels=labels, gold=Choices(tuple(map(key, gold.keys))))
    return structs.replace(line, instance=renamed)


def _whole(model: Any) -> AbstractContextManager[None]:
    """A context in which an FSDP (version 1) model is gathered, as `generate` needs it."""
    if isinstance(model, FullyShardedDataParallel):
        gathered: AbstractContextManager[None] = FullyShardedDataParallel.summon_full_params(model, writeback=False)
        return gathered
    return nullcontext()


def _short(text: str) -> str:
    shown = text.replace("\n", " ⏎ ")
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
