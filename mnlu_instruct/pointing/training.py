"""Training of pointer models by transformers' trainer: values of gradients clipped, the best epoch on dev chosen."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from msgspec import Struct, json, structs
from tokenizers import processors
from transformers import (
    AutoTokenizer,
    BartConfig,
    PreTrainedTokenizerFast,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from transformers.utils import logging

from mnlu_instruct import __version__, console, corpora, folders
from mnlu_instruct.catalogue.suites import Dataset
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import provenance, questions
from mnlu_instruct.pointing import decode, model, sentences, target
from mnlu_instruct.pointing.model import PointerModel, Settings
from mnlu_instruct.pointing.recipe import EveryNth, PointerRecipe
from mnlu_instruct.pointing.sentences import Example, Sentence
from mnlu_instruct.pointing.target import Found
from mnlu_instruct.prompting import byte_level
from mnlu_instruct.scoring.counts import PRF
from mnlu_instruct.workers import Progress

TRAINING = "training.json"
CHECKPOINTS = "checkpoints"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
"""The first tokens of a new vocabulary, as BART has them."""
STOP = "."


class Trained(Struct, frozen=True):
    """How a model was trained: what `training.json` says.

    Args:
        recipe: the recipe's keys.
        sentences: how many it was trained on, and how many of dev chose the epoch.
        dropped: how many training sentences were left out, by reason.
        epochs: the F1 on dev after each epoch that was judged, fractions of 1.
        best: the epoch of the model.
    """

    recipe: dict[str, Any]
    seed: int
    sentences: tuple[int, int]
    dropped: dict[str, int]
    epochs: dict[int, float]
    best: int
    version: str = __version__
    made: dict[str, Any] = {}


def train(recipe: PointerRecipe, data: Path, overwrite: bool, progress: Progress) -> dict[int, Trained]:
    """Train a model with each seed of a recipe; those that are there already aren't trained again.

    Raises:
        UserError: files of the corpus are missing; there is no such base; a folder of the recipe's holds something
            else, or a model of another recipe; nothing is left to train on.
    """
    for seed in recipe.seeds:
        if _finished(recipe, seed) is None:
            folders.check(folder(recipe, seed), overwrite, TRAINING)
    types, given, dev = _sentences(recipe, data)
    found = {}
    for seed in recipe.seeds:
        done = _finished(recipe, seed)
        if done:
            console.notice(f"{folder(recipe, seed)} has this training's model already: nothing to do.")
        found[seed] = done or _trained(recipe, seed, types, given, dev, progress)
    return found


def folder(recipe: PointerRecipe, seed: int) -> Path:
    """The folder of a recipe's model with a seed."""
    return recipe.out / f"seed-{seed}"


def _stated(recipe: PointerRecipe) -> dict[str, Any]:
    """The keys of a recipe that decide about a model."""
    return recipe.model_dump(mode="json", exclude={"seeds", "out"})


def _finished(recipe: PointerRecipe, seed: int) -> Trained | None:
    """How the model was trained that is in a recipe's folder, if it is this recipe's."""
    path = folder(recipe, seed) / TRAINING
    found = json.decode(path.read_bytes(), type=Trained) if path.is_file() else None
    return found if found and found.recipe == _stated(recipe) else None


def _sentences(recipe: PointerRecipe, data: Path) -> tuple[dict[str, str], list[Sentence], list[Sentence]]:
    """The types of a corpus with their names, and the sentences to train on and to choose the epoch by.

    Raises:
        UserError: there are no such splits, or their files are missing.
    """
    declared = corpora.get(recipe.corpus)
    types = {key: declared.entities[label] for label, key in declared.types.items()}
    dataset = Dataset(name=declared.name, corpus=recipe.corpus, task="ner")
    known = [recipe.dev] if isinstance(recipe.dev, str) else []
    for split in [*recipe.train, *known]:
        if reason := dataset.model_copy(update={"split": split}).lacks(data):
            raise UserError(
                f"{declared.name} can't be trained on: {reason}.",
                f"'mnlu corpora show {declared.name}' says which files go where.",
            )
    by_split = {
        split: [sentences.sentence(one, list(types), recipe.words) for one in questions.instances(dataset, split, data)]
        for split in [*recipe.train, *known]
    }
    given = [one for split in recipe.train for one in by_split[split][: recipe.limit]]
    if isinstance(recipe.dev, EveryNth):
        return types, given, by_split[recipe.train[0]][:: recipe.dev.every][: recipe.dev.most]
    return types, given, by_split[recipe.dev]


def parts(one: Sentence, most: int) -> Iterator[Sentence]:
    """A sentence of more than `most` words cut after full stops outside of its mentions; others as they are."""
    if len(one.places) <= most:
        yield one
        return
    open_after = {place for mention in one.mentions for place in range(mention.words[0], mention.words[-1])}
    stops = [
        place + 1
        for place, (_, end) in enumerate(one.places)
        if one.text[end - 1] == STOP and place not in open_after and place + 1 < len(one.places)
    ]
    for number, (start, end) in enumerate(zip([0, *stops], [*stops, len(one.places)], strict=True), 1):
        inside = [mention for mention in one.mentions if start <= mention.words[0] < end]
        moved = tuple(Found(tuple(word - start for word in words), kind) for words, kind in inside)
        yield structs.replace(one, id=f"{one.id}.{number}", places=one.places[start:end], mentions=moved)


def _trained(
    recipe: PointerRecipe,
    seed: int,
    types: dict[str, str],
    given: Sequence[Sentence],
    dev: Sequence[Sentence],
    progress: Progress,
) -> Trained:
    made = provenance.watch()
    if recipe.cut:
        given = [part for one in given for part in parts(one, recipe.cut)]
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # of weights that are tied or new, which it calls missing
    set_seed(seed)
    settings = Settings(
        tuple(types.items()), recipe.mode, recipe.words, recipe.mlp, recipe.beams, recipe.longest, recipe.ratio
    )
    base: Any = recipe.base
    if recipe.config is None:
        tokenizer = AutoTokenizer.from_pretrained(base)
    else:
        tokenizer = new_tokenizer([one.text for one in given], recipe.vocabulary)
        base = BartConfig(**recipe.config, vocab_size=len(tokenizer))
    network = PointerModel.started(base, tokenizer, settings)
    window = min(sentences.WINDOW, network.config.max_position_embeddings)
    rows, judged = (sentences.examples(some, tokenizer, recipe.mode, len(types)) for some in (given, dev))
    long = {one.id for one in sentences.too_long(rows, window)}
    rows = [one for one in rows if one.id not in long]
    if long:
        reason = f"{len(long)} of {len(given)} training sentences are left out: more than {window} pieces"
        console.notice(f"{reason}, as {min(long)}.")
    if not rows:
        raise UserError(f"{recipe.corpus} has no sentence to train on.", "has it splits with mentions?")
    out = folder(recipe, seed)
    key = hashlib.sha256(json.encode([_stated(recipe), seed], order="deterministic")).hexdigest()[:16]
    with folders.resumable_folder(out, key) as new:
        trainer = _trainer(recipe, seed, network, tokenizer, rows, judged, new / CHECKPOINTS, progress)
        trainer.train(resume_from_checkpoint=_last(new / CHECKPOINTS))
        epochs = {round(entry["epoch"]): entry["eval_f1"] for entry in trainer.state.log_history if "eval_f1" in entry}
        model.save(network, tokenizer, new)
        counted = {"more pieces than the window": len(long)} if long else {}
        best = max(epochs, key=lambda epoch: (epochs[epoch], -epoch))
        told = Trained(_stated(recipe), seed, (len(rows), len(judged)), counted, epochs, best, made=made())
        (new / TRAINING).write_bytes(json.format(json.encode(told), indent=2) + b"\n")
        shutil.rmtree(new / CHECKPOINTS)
    console.notice(f"{out}: F1 on dev {100 * epochs[best]:.2f} after epoch {best} of {recipe.epochs}.")
    return told


def _last(checkpoints: Path) -> str | None:
    """The last whole checkpoint of an interrupted training: its `trainer_state.json` is written at the end."""
    whole = [path.parent for path in checkpoints.glob("*/trainer_state.json")]
    return str(max(whole, key=lambda path: int(path.name.partition("-")[2]))) if whole else None


def _trainer(
    recipe: PointerRecipe,
    seed: int,
    network: PointerModel,
    tokenizer: Any,
    rows: Sequence[Example],
    dev: Sequence[Example],
    checkpoints: Path,
    progress: Progress,
) -> Trainer:
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        seed=seed,
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        max_grad_norm=0.0,
        lr_scheduler_type="linear",
        eval_strategy="epoch",
        eval_delay=recipe.first_dev,
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model="f1",
        greater_is_better=True,
        remove_unused_columns=False,
        report_to=[],
        disable_tqdm=True,
        logging_strategy="no",
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # one device: rows of a batch are searched together
    trainer = PointerTrainer(
        network,
        arguments,
        partial(_batch, pad=tokenizer.pad_token_id),
        train_dataset=list(rows),
        eval_dataset=list(dev),
        callbacks=[Watch(recipe.clip, progress)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _batch(rows: Sequence[Example], pad: int) -> dict[str, torch.Tensor]:
    return model.collated([{"ids": one.ids, "symbols": one.symbols} for one in rows], pad)


class Watch(TrainerCallback):  # type: ignore[misc]
    """Clips each value of the gradient before a step, and says how far the training is."""

    def __init__(self, clip: float, progress: Progress) -> None:
        self.clip, self.progress = clip, progress

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Clip."""
        torch.nn.utils.clip_grad_value_(kwargs["model"].parameters(), self.clip)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Say it."""
        self.progress(f"seed {args.seed}", state.global_step / state.max_steps)


class PointerTrainer(Trainer):  # type: ignore[misc]
    """transformers' trainer, which evaluates by searching for the sequences of the development sentences."""

    def get_decay_parameter_names(self, model: torch.nn.Module) -> list[str]:
        """All but those of layer norms, as BARTNER's code has it."""
        return [name for name, _ in model.named_parameters() if "layer_norm" not in name and "layernorm" not in name]

    def evaluate(self, *arguments: Any, **named: Any) -> dict[str, float]:
        """F1 on the development sentences; malformed groups are false positives."""
        network = self.model.eval()
        found = {"eval_f1": f1(network, self.eval_dataset)}
        self.log(found)
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, found)
        return found


def f1(network: PointerModel, given: Sequence[Example]) -> float:
    """The strict F1 of a model's mentions, by their words and types, a fraction of 1.

    Sentences longer than the model's window have none.
    """
    window = min(sentences.WINDOW, network.config.max_position_embeddings)
    fits = [one for one in given if len(one.ids) <= window]
    said = dict(zip((one.id for one in fits), decode.decode(network, fits, lambda *_: None), strict=True))
    counts = np.zeros(3)
    for one in given:
        gold = set(target.read(one.symbols, one.alphabet).mentions)
        found = target.read(said[one.id].symbols, one.alphabet) if one.id in said else target.Read()
        right = len(gold & set(found.mentions))
        counts += right, len(found.mentions) + len(found.malformed) - right, len(gold) - right
    return float(PRF(*counts).f1)


def new_tokenizer(texts: Sequence[str], size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE like BART's, trained on texts; vocabularies smaller than `size` are all that the texts give."""
    raw = byte_level.learned([f" {text}" for text in texts], size, SPECIAL)
    raw.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
