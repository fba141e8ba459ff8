"""BART with types in its vocabulary and scores for pointers at its input (BARTNER: Yan et al., 2021).

The score of a symbol is the product of the decoder's state and, for the end and the types, their embeddings; for a
pointer, the mean of the piece's embedding and the encoder's state there, after a small network if there is one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from msgspec import Struct, ValidationError, convert, structs
from torch import nn
from transformers import AutoConfig, AutoTokenizer, BartConfig, BartModel, BartPreTrainedModel

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.model_check import POINTING as ENTRY
from mnlu_instruct.pointing.target import END, TYPES, Mode
from mnlu_instruct.readers.words import Rule

DROPOUT = 0.3
IGNORED = -100
NEVER = torch.finfo(torch.float32).min


class Settings(Struct, frozen=True):
    """What a checkpoint must know beside BART's own configuration.

    Args:
        types: its types, keys and readable names, in the order of the output alphabet; pairs, as `config.json` has its
            keys sorted.
        mode: where pointers point.
        words: what a word is.
        mlp: whether the encoder's states pass a small network before they are compared.
        beams: how many hypotheses a search keeps; 1 is greedy.
        longest: the most symbols of a sequence, beside which `ratio` more are allowed for each piece.
    """

    types: tuple[tuple[str, str], ...]
    mode: Mode = "word"
    words: Rule = "blanks"
    mlp: bool = True
    beams: int = 1
    longest: int = 10
    ratio: float = 0.5


class PointerModel(BartPreTrainedModel):  # type: ignore[misc]
    """BART whose output alphabet is `target`'s: begin, end, types, pointers."""

    def __init__(self, config: BartConfig) -> None:
        super().__init__(config)
        self.settings = settings_of(config)
        self.model = BartModel(config)
        width = config.d_model
        self.mlp = (
            nn.Sequential(nn.Linear(width, width), nn.Dropout(DROPOUT), nn.ReLU(), nn.Linear(width, width))
            if self.settings.mlp
            else nn.Identity()
        )
        self.dropout = nn.Dropout(DROPOUT)
        self.post_init()

    @property
    def pointers(self) -> int:
        """The symbol of piece 0."""
        return TYPES + len(self.settings.types)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, symbols: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """The mean loss over labels that count, and the scores.

        Args:
            input_ids: pieces, of shape (rows, pieces).
            attention_mask: 1 where they count.
            symbols: what the decoder reads, of shape (rows, length), padded with the end.
            labels: what it should say next, of the same shape; `IGNORED` doesn't count.
        """
        states = self.model.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        hidden = self.model.decoder(
            input_ids=self.tokens(symbols, input_ids),
            encoder_hidden_states=states,
            encoder_attention_mask=attention_mask,
        ).last_hidden_state
        scores = self.scores(hidden, *self.memory(states, input_ids))
        loss = nn.functional.cross_entropy(scores.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORED)
        return {"loss": loss, "logits": scores}

    def tokens(self, symbols: torch.Tensor, input_ids: torch.Tensor) -> torch.Tensor:
        """The vocabulary's ids of symbols: pointers are the pieces that they point at."""
        first = self.config.vocab_size - len(self.settings.types)
        fixed = [self.config.bos_token_id, self.config.eos_token_id, *range(first, self.config.vocab_size)]
        known = torch.tensor(fixed, device=symbols.device)[symbols.clamp(max=self.pointers - 1)]
        pointed = input_ids.gather(1, (symbols - self.pointers).clamp(min=0))
        return torch.where(symbols < self.pointers, known, pointed)

    def memory(self, states: torch.Tensor, input_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What pointers are compared with, of shape (rows, pieces, width), and where none may point."""
        embedded = self.dropout(self.model.shared(input_ids))
        special = (self.config.bos_token_id, self.config.eos_token_id, self.config.pad_token_id)
        return (self.mlp(states) + embedded) / 2, torch.isin(input_ids, input_ids.new_tensor(special))

    def scores(self, hidden: torch.Tensor, memory: torch.Tensor, closed: torch.Tensor) -> torch.Tensor:
        """The scores of all symbols, of shape (rows, length, symbols), from the decoder's states and `memory`."""
        weights = self.model.shared.weight
        first = self.config.vocab_size - len(self.settings.types)
        known = self.dropout(
            torch.cat([weights[self.config.eos_token_id : self.config.eos_token_id + 1], weights[first:]])
        )
        hidden = self.dropout(hidden)
        begin = hidden.new_full((*hidden.shape[:2], 1), NEVER)
        pointed = (hidden @ memory.transpose(1, 2)).masked_fill(closed[:, None], NEVER)
        return torch.cat([begin, hidden @ known.T, pointed], -1)

    @classmethod
    def started(cls, base: Any, tokenizer: Any, settings: Settings) -> Self:
        """A pointer model from a BART model, whose vocabulary gets the types.

        The embedding of a type is the mean of its name's pieces. (The released code makes it in place and so overwrites
        the embedding of the first piece of each name of several.)

        Args:
            base: the folder or name of a BART model, or a `BartConfig`, for random weights.
            tokenizer: the model's.
            settings: the pointer model's.

        Raises:
            UserError: there is no such model, it is no BART, or the name of a type has no pieces.
        """
        names = {
            key: tokenizer(f" {name.lower()}", add_special_tokens=False)["input_ids"] if name.strip() else []
            for key, name in settings.types
        }
        if nothing := [key for key, ids in names.items() if not ids]:
            named = dict(settings.types)[nothing[0]]
            raise UserError(
                f"The name of type '{nothing[0]}', {named!r}, has no pieces in the vocabulary.",
                "give it a name in words in the corpus' `entities`.",
            )
        config = base if isinstance(base, BartConfig) else _config(base)
        setattr(config, ENTRY, structs.asdict(settings))
        model = cls(config) if isinstance(base, BartConfig) else cls.from_pretrained(base, config=config)
        weights = model.model.shared.weight.detach()
        means = torch.stack([weights[ids].mean(0) for ids in names.values()])
        model.resize_token_embeddings(config.vocab_size + len(means), mean_resizing=False)
        with torch.no_grad():
            model.model.shared.weight[-len(means) :] = means
        return model


def settings_of(config: Any) -> Settings:
    """The pointer settings in a configuration.

    Raises:
        UserError: there are none, or they aren't valid.
    """
    try:
        return convert(getattr(config, ENTRY, None), Settings)
    except ValidationError as error:
        raise UserError(
            f"{getattr(config, 'name_or_path', '') or 'This model'} is no pointer model: its config.json has no valid "
            f"'{ENTRY}' ({error}).",
            "'mnlu pointer train RECIPE' makes one.",
        ) from error


def load(folder: str | Path) -> tuple[PointerModel, Any]:
    """A trained pointer model and its tokenizer.

    Raises:
        UserError: the folder has none, or no weights.
    """
    config = _config(str(folder))
    settings_of(config)
    try:
        model = PointerModel.from_pretrained(folder, config=config).eval()
    except OSError as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"{folder} has no weights: {reason}", "train it again: 'mnlu pointer train RECIPE'.") from error
    return model, AutoTokenizer.from_pretrained(folder)


def save(model: PointerModel, tokenizer: Any, folder: Path) -> None:
    """Write model and tokenizer into a folder that the caller makes whole (`folders.atomic_folder`)."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _config(base: str) -> BartConfig:
    try:
        config = AutoConfig.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise UserError(
            f"There is no model in {base}: {str(error).splitlines()[0]}", "give a model's folder."
        ) from error
    if not isinstance(config, BartConfig):
        raise UserError(f"{base} is a {config.model_type} model, not BART.", "take BART or BioBART as the base.")
    return config


def collated(rows: Sequence[Mapping[str, Any]], pad: int) -> dict[str, torch.Tensor]:
    """A batch of examples, given as their `ids` and `symbols`: the arguments of `PointerModel.forward`."""
    pieces = max(len(row["ids"]) for row in rows)
    length = max(len(row["symbols"]) for row in rows) - 1
    batch = {
        "input_ids": torch.full((len(rows), pieces), pad),
        "attention_mask": torch.zeros((len(rows), pieces), dtype=torch.long),
        "symbols": torch.full((len(rows), length), END),
        "labels": torch.full((len(rows), length), IGNORED),
    }
    for place, row in enumerate(rows):
        ids, symbols = torch.tensor(row["ids"]), torch.tensor(row["symbols"])
        batch["input_ids"][place, : len(ids)] = ids
        batch["attention_mask"][place, : len(ids)] = 1
        batch["symbols"][place, : len(symbols) - 1] = symbols[:-1]
        batch["labels"][place, : len(symbols) - 1] = symbols[1:]
    return batch
