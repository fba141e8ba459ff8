"""The engine `transformers`: slow, but for any device and kind of model; other engines are compared with it."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import accumulate, groupby, takewhile
from types import MappingProxyType
from typing import Any, Self

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, GenerationConfig

from mnlu_instruct.catalogue.suites import Search
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.engines import greedy
from mnlu_instruct.evaluation.engines.engine import Completion, Grammars, runs_on
from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.prompting.packs import Message

BATCH = 16
ROOM = BATCH * 1_024
"""The tokens of an encoder's batch, which has more than `BATCH` rows of short prompts."""
KEPT = 2**28
"""The most bytes of compiled grammars that are kept for further questions."""
ENDLESS = 2**20
"""The context of a model with relative positions, as T5: practically unlimited."""
STOPS = (64, 192, ENDLESS)
"""The tokens of an answer at which batches of an encoder–decoder are made anew."""


def device() -> str:
    """A GPU, if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def loaded(model: str, auto: Any, place: str) -> Any:
    """A model in evaluation mode on a device: in float32 on a CPU, in its stored dtype on a GPU.

    Raises:
        UserError: there is no such model, or its folder has no weights.
    """
    dtype = "auto" if place == "cuda" else torch.float32
    try:
        return auto.from_pretrained(model, dtype=dtype).to(place).eval()
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"No model '{model}': {reason}", "give a folder with config.json and weights.") from error


class Local:
    """A decoder model in this process: in float32 on a CPU, in its stored dtype on a GPU."""

    name = f"transformers {transformers.__version__}"
    auto: Any = AutoModelForCausalLM
    apart = False
    batch = BATCH
    room = 0

    def __init__(self, model: str) -> None:
        if not sys.stderr.isatty():
            transformers.logging.disable_progress_bar()
        self.tokenizer = chat.load_tokenizer(model)
        self.device = device()
        self.model = loaded(model, self.auto, self.device)
        self.context = int(getattr(self.model.config, "max_position_embeddings", ENDLESS))
        self.model.generation_config = self._greedy(self.model.generation_config)
        self.runs_on = runs_on(self.model.dtype, torch.cuda.get_device_name() if self.device == "cuda" else None)

    def _greedy(self, stated: GenerationConfig) -> GenerationConfig:
        """Greedy generation: of a model's own settings only the tokens that begin and end an answer.

        BART's configurations come with 4 beams and a ban of repeated trigrams, which would change copied spans.
        """
        return GenerationConfig(
            eos_token_id=stated.eos_token_id,
            decoder_start_token_id=stated.decoder_start_token_id,
            forced_bos_token_id=stated.forced_bos_token_id,
            do_sample=False,
            num_beams=1,
        )

    @cached_property
    def ends(self) -> list[int]:
        """The tokens that end an answer: by the chat template, the tokenizer, and the model's `generation_config`."""
        stated = self.model.generation_config.eos_token_id
        others = stated if isinstance(stated, list) else [] if stated is None else [stated]
        return sorted({*self.written_ends(), *others})

    def written_ends(self) -> list[int]:
        """The tokens that end an answer in training."""
        return chat.ends(self.tokenizer)

    @classmethod
    def of(cls, model: Any, tokenizer: chat.Tokenizer, device: Any, batch: int) -> Self:
        """An engine around a model that is loaded already; `batch` prompts are generated at once."""
        one = cls.__new__(cls)
        one.tokenizer, one.device, one.model, one.batch = tokenizer, device, model, batch
        one.room = 0  # a model that is trained has little memory to spare
        one.context = int(getattr(model.config, "max_position_embeddings", ENDLESS))
        one.runs_on = runs_on(
            model.dtype, torch.cuda.get_device_name() if torch.device(device).type == "cuda" else None
        )
        return one

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """In the model's chat template."""
        return chat.prompt_ids(self.tokenizer, prompts)

    def padded(self, row: list[int], filling: int, width: int) -> list[int]:
        """A row of a batch, padded on the left: generation goes on from its right end."""
        return [filling] * (width - len(row)) + row

    def started(self, width: int) -> int:
        """The position in the model's output where its answer begins: after the prompt."""
        return width

    def text(self, ids: list[int], prompt: list[int]) -> str:
        """Decode the ids of an answer to a prompt."""
        return chat.read(self.tokenizer, ids, prompt)

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        """Generate in batches of prompts of similar length."""
        found: dict[int, Completion] = {}
        within = grammars or [None] * len(prompts)

        def kind(index: int) -> tuple[bool, int, int, int]:
            return within[index] is None, limits[index], len(prompts[index]), index

        order = sorted(range(len(prompts)), key=kind)
        for batch in self._batches(order, prompts, lambda index: within[index] is None):
            some, most = [prompts[index] for index in batch], [limits[index] for index in batch]
            texts = self._batch(some, most, [within[index] for index in batch], partial(done, {}))
            pairs = zip(batch, texts, strict=True)
            new = {index: self._completion(ids[: limits[index]], prompts[index]) for index, ids in pairs}
            found |= new
            done(new)
        return [found[index] for index in range(len(prompts))]

    def search(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        how: Search,
        done: Callable[[Mapping[int, Completion]], None],
    ) -> None:
        """Generate by beam search, in batches of prompts of similar length; `done` as of `generate`."""
        settings = {
            "num_beams": how.beams,
            "min_new_tokens": how.min_tokens,
            "length_penalty": how.length_penalty,
            "no_repeat_ngram_size": how.no_repeat_ngram,
            "early_stopping": how.early_stopping,
        }
        order = sorted(range(len(prompts)), key=lambda index: (limits[index], len(prompts[index]), index))
        for batch in self._batches(order, prompts, lambda index: limits[index]):
            some, most = [prompts[index] for index in batch], [limits[index] for index in batch]
            rows = self._batch(some, most, [None] * len(batch), partial(done, {}), settings)
            done({index: self._completion(ids, prompts[index]) for index, ids in zip(batch, rows, strict=True)})

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        """One forward pass for each batch of prompts of similar length."""
        order = sorted(range(len(prompts)), key=lambda index: (len(prompts[index]), index))
        for batch in self._batches(order, prompts, bool):
            ids, mask = self._tensors([prompts[index] for index in batch])
            places = (mask.cumsum(1) - 1).clamp(min=0)
            with torch.no_grad():
                logits = self.model(input_ids=ids, attention_mask=mask, position_ids=places, logits_to_keep=1).logits
            likely = logits[:, -1].float().log_softmax(-1)
            done({index: likely[row, tokens[index]].tolist() for row, index in enumerate(batch)})

    def _batches(
        self, order: Sequence[int], prompts: Sequence[list[int]], kind: Callable[[int], object]
    ) -> Iterator[list[int]]:
        """Cut a sequence into batches of neighbours of the same kind: `batch` of them, or more that have room."""
        for _, alike in groupby(order, key=kind):
            group = list(alike)
            while group:
                widths = enumerate(accumulate((len(prompts[index]) for index in group), max), 1)
                size = max(self.batch, sum(1 for _ in takewhile(lambda one: one[0] * one[1] <= self.room, widths)))
                yield group[:size]
                group = group[size:]

    def _tensors(self, prompts: list[list[int]]) -> tuple[Any, Any]:
        """Ids and mask of a batch."""
        width = max(map(len, prompts))
        ids = [self.padded(prompt, self.ends[0], width) for prompt in prompts]
        mask = [self.padded([1] * len(prompt), 0, width) for prompt in prompts]
        return torch.tensor(ids, device=self.device), torch.tensor(mask, device=self.device)

    @cached_property
    def _compiler(self) -> Any:
        """Compiles grammars into masks over this model's tokens."""
        import xgrammar  # noqa: PLC0415 (installed with vLLM; free generation doesn't need it)

        from mnlu_instruct.evaluation.engines import masks  # noqa: PLC0415

        texts = masks.texts(self.tokenizer, self.model.config.vocab_size, self.ends)
        return xgrammar.GrammarCompiler(texts, cache_limit_bytes=KEPT)

    def _compiled(self, grammars: Sequence[str | None]) -> list[Any]:
        """The grammars of a batch, which all prompts of it have, or none."""
        return [self._compiler.compile_grammar(grammar) for grammar in grammars if grammar]

    def _within(self, grammars: Sequence[str | None]) -> list[Any]:
        """The logits processors that constrain a batch to its grammars."""
        compiled = self._compiled(grammars)
        if not compiled:
            return []
        from xgrammar.contrib.hf import LogitsProcessor  # noqa: PLC0415

        return [LogitsProcessor(compiled)]

    def _batch(
        self,
        prompts: list[list[int]],
        limits: list[int],
        grammars: Sequence[str | None],
        beat: Callable[[], None],
        search: Mapping[str, object] = MappingProxyType({}),
    ) -> list[list[int]]:
        """The generated ids of each prompt, up to and including the token that ends the answer; a `beat` each token."""

        def never(ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            beat()
            return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)

        ids, mask = self._tensors(prompts)
        # generate() sets no_grad itself. Tensors of inference_mode would remain in a model that is trained further.
        written = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=max(limits),
            do_sample=False,
            eos_token_id=self.ends,
            pad_token_id=self.ends[0],
            logits_processor=self._within(grammars),
            stopping_criteria=[never],
            **search,
        )
        rows: list[list[int]] = written[:, self.started(ids.shape[1]) :].tolist()
        return [row[: next((place for place, one in enumerate(row, 1) if one in self.ends), None)] for row in rows]

    def _completion(self, ids: list[int], prompt: list[int]) -> Completion:
        ended = bool(ids) and ids[-1] in self.ends
        return Completion(self.text(ids[:-1] if ended else ids, prompt), "stop" if ended else "length", len(ids))


class EncoderDecoder(Local):
    """An encoder–decoder model such as T5: plain text in and out."""

    auto = AutoModelForSeq2SeqLM
    apart = True
    room = ROOM

    def written_ends(self) -> list[int]:
        """The end-of-text."""
        return [self.tokenizer.eos_token_id]

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """As plain text."""
        return plain_text.prompt_ids(self.tokenizer, prompts)

    def padded(self, row: list[int], filling: int, width: int) -> list[int]:
        """A row of a batch, padded on the right, as the encoder reads it."""
        return row + [filling] * (width - len(row))

    def started(self, width: int) -> int:
        """The answer begins after the decoder's one start token."""
        return 1

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        """Generate in batches of prompts of similar length, which rows leave as they end.

        At each of `STOPS`, the few rows of all batches that go on are put into new batches. Where processes share a
        model's layers, it is as of a decoder: `generate` goes on in each process until all are done.
        """
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            return super().generate(prompts, limits, done, grammars)
        within = grammars or [None] * len(prompts)
        written: dict[int, list[int]] = {index: [] for index in range(len(prompts))}
        found: dict[int, Completion] = {}

        def kind(index: int) -> tuple[bool, int, int]:
            return within[index] is None, len(prompts[index]), index

        for stop in STOPS:
            left = sorted(written.keys() - found.keys(), key=kind)
            for batch in self._batches(left, prompts, lambda index: within[index] is None):
                ids, mask = self._tensors([prompts[index] for index in batch])
                begun, most = [written[index] for index in batch], [min(limits[index], stop) for index in batch]
                choose = self._choose([within[index] for index in batch], begun)
                rows = greedy.written(self.model, ids, mask, begun, most, self.ends, choose, partial(done, {}))
                written |= zip(batch, rows, strict=True)
                new = {
                    index: self._completion(written[index], prompts[index])
                    for index in batch
                    if written[index][-1] in self.ends or len(written[index]) == limits[index]
                }
                found |= new
                done(new)
        return [found[index] for index in range(len(prompts))]

    def _choose(self, grammars: Sequence[str | None], begun: Sequence[list[int]]) -> greedy.Choose:
        """How tokens are chosen in a batch whose rows have begun so; a forced beginning is no part of the grammar."""
        compiled = self._compiled(grammars)
        if not compiled:
            return greedy.likeliest
        from mnlu_instruct.evaluation.engines import masks  # noqa: PLC0415 (xgrammar)

        forced = self.model.generation_config.forced_bos_token_id is not None
        return masks.Within(compiled, [row[forced:] for row in begun])

    def text(self, ids: list[int], prompt: list[int]) -> str:
        """Decode the ids of an answer from plain text; the prompt plays no part."""
        return plain_text.read(self.tokenizer, [ids])[0]
