"""Run a merge: checks, the adapter, mergekit, checks of the result, the card."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import yaml
from mergekit.config import MergeConfiguration
from mergekit.io.tasks import LoaderCache
from mergekit.merge import MergeOptions, run_merge
from msgspec import Struct, structs
from transformers import AutoConfig

from mnlu_instruct import folders
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import model_check, terms, trained_on
from mnlu_instruct.merging import adapters, card, smoke, tokenizer_and_configs, weights
from mnlu_instruct.merging.methods import configuration
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.merging.smoke import Answer
from mnlu_instruct.merging.weight_changes import Change, by_layer, compare, moved, together

MARK = "merge.yaml"
"""The file by which a merged model's folder is recognised: its recipe."""

SHARD = 1_000_000_000
"""The size in bytes of a file of merged weights, which mergekit keeps in memory until it writes it."""


class Merged(Struct, frozen=True):
    """A merged model: its folder, norms by layer, and its answers to the five questions."""

    folder: Path
    layers: dict[str, Change]
    answers: list[Answer]

    @property
    def whole(self) -> Change:
        """The norms of all layers together."""
        return together(self.layers.values())


def run(recipe: MergeRecipe, overwrite: bool, answers: bool) -> Merged:
    """As `merging.merge`."""
    folders.check(recipe.out, overwrite, MARK)
    trained = stored(recipe.tuned)
    base = weights.find(weights.local(recipe.base))
    if reason := model_check.unmergeable(AutoConfig.from_pretrained(base.folder)):
        raise UserError(f"{recipe.base} can't be merged: {reason}.", "evaluate the tuned model as it is.")
    with whole(recipe, base.folder) as folder, folders.atomic_folder(recipe.out) as merged:
        tuned = _called(weights.find(folder), recipe.tuned)
        changes = compare(base, tuned)
        if answers:
            smoke.check(folder)  # fail before the merge, if the questions can't be asked
        mix(recipe, base.folder, folder, merged)
        tokenizer_and_configs.configure(folder, merged, recipe.dtype)
        tokenizer_and_configs.copy_tokenizer(folder, merged)
        trained_on.carry(recipe.tuned, base.folder, merged)
        learnt = terms.carry(recipe.tuned, base.folder, merged)
        made = _called(weights.find(merged), recipe.out)
        layers = by_layer(moved(base, made, changes))
        said = smoke.answers(merged) if answers else []
        (merged / MARK).write_text(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False), "utf-8")
        models = {"base": base, "tuned": trained, "merged": made}
        hashes = {name: weights.hashes(one) for name, one in models.items()}
        (merged / card.NAME).write_text(card.render(recipe, hashes, layers, learnt, said), "utf-8")
    return Merged(recipe.out, layers, said)


@contextmanager
def temporary(recipe: MergeRecipe) -> Iterator[Path]:
    """As `merging.temporary`."""
    run(recipe, overwrite=True, answers=False)
    yield recipe.out
    shutil.rmtree(recipe.out)


def mix(recipe: MergeRecipe, base: Path, tuned: Path, out: Path) -> None:
    """Merge two whole models with the same tensors; writes the weights, and the base's configuration.

    It uses one thread, so that sums have one order, and the bytes don't depend on the number of cores. mergekit 0.1.5
    keeps all files that it has opened, by their paths, for the life of the process: a folder that is written anew would
    be merged with what it held before, and removed models would stay in memory. So they are closed.

    Raises:
        UserError: mergekit refuses the models.
    """
    options = MergeOptions(
        random_seed=recipe.seed, out_shard_size=SHARD, copy_tokenizer=False, write_model_card=False, quiet=True
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run_merge(MergeConfiguration.model_validate(configuration(recipe, base, tuned)), str(out), options)
    except (RuntimeError, ValueError, TypeError, KeyError) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise UserError(
            f"mergekit can't merge {base} and {tuned}: {reason}.", "check whether mergekit supports their architecture."
        ) from error
    finally:
        torch.set_num_threads(threads)
        LoaderCache.loaders.clear()


@contextmanager
def whole(recipe: MergeRecipe, base: Path) -> Iterator[Path]:
    """The folder of the tuned model; for an adapter, a temporary folder with the base that it was merged into."""
    if not adapters.is_adapter(recipe.tuned):
        yield recipe.tuned
        return
    with tempfile.TemporaryDirectory(prefix=f".{recipe.out.name}.", dir=recipe.out.parent) as folder:
        adapters.apply(recipe.tuned, base, recipe.base, Path(folder))
        yield Path(folder)


def _called(found: weights.Weights, folder: Path) -> weights.Weights:
    """Weights under the folder's name in the recipe instead of their temporary folder, for messages."""
    return structs.replace(found, folder=folder)


def stored(tuned: Path) -> weights.Weights:
    """The weights that were trained: a model's, or an adapter's."""
    return weights.find(tuned, adapters.WEIGHTS if adapters.is_adapter(tuned) else weights.MODEL)
