"""BERTScore (Zhang et al., 2020) of texts, by the package bert-score, with weights that lie in a folder."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from mnlu_instruct.errors import UserError, install
from mnlu_instruct.scoring.counts import Numbers


class Weights(Struct, frozen=True):
    """A model's folder, and the layer whose vectors are compared: the 17th of roberta-large in BioBART's tables."""

    folder: str
    layer: int


def weights(stated: str) -> Weights:
    """The weights that a user names as `FOLDER:LAYER`.

    Raises:
        UserError: the package bert-score isn't installed, there is no such folder, or no layer is named.
    """
    folder, _, layer = stated.rpartition(":")
    if not folder or not layer.isdigit():
        raise UserError(f"'{stated}' names no layer.", "roberta-large:17 is what published BERTScores mostly are of.")
    if not (Path(folder) / "config.json").is_file():
        raise UserError(f"No model '{folder}': there is no config.json.", "give the folder of the weights.")
    if find_spec("bert_score") is None:
        raise UserError("BERTScore needs the package bert-score.", f"{install('bertscore')}.")
    return Weights(folder, int(layer))


def f1(references: Sequence[str], texts: Sequence[str], by: Weights) -> Numbers:
    """The F1 of each text against its reference, of shape (texts,): without idf weights, not rescaled; 0 of no text.

    Raises:
        UserError: the model has fewer layers, or its tokenizer doesn't say how many tokens it takes.
    """
    scorer = _scorer(by)
    found = np.zeros(len(texts))
    written = [place for place, text in enumerate(texts) if text.strip()]
    if written:
        try:
            _, _, values = scorer.score([texts[place] for place in written], [references[place] for place in written])
        except OverflowError as error:
            raise UserError(
                f"The tokenizer in {by.folder} doesn't say how many tokens the model takes.",
                "add model_max_length to its tokenizer_config.json.",
            ) from error
        found[written] = values.numpy()
    return found


@cache
def _scorer(by: Weights) -> Any:
    """The weights, loaded once for all data sets."""
    from bert_score import BERTScorer  # noqa: PLC0415 (loads torch)

    try:
        return BERTScorer(model_type=by.folder, num_layers=by.layer)
    except AssertionError as error:
        raise UserError(f"{by.folder} has no layer {by.layer}: {error}.", "name one that it has.") from error
