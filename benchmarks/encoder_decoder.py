"""Answers of encoder–decoder models: our batches against `generate` of transformers.

    python benchmarks/encoder_decoder.py

Questions of ERE from the test splits in `$MNLU_DATA`, asked of a tiny T5 and a tiny BART with random weights and real
vocabularies (`re-study/tokenizers` beside `$MNLU_DATA`). Their answers are as long as the gold answers: in the last
position of an answer the end-of-text gets all likelihood, before it none. CPU seconds of one thread, and how many
times as long as ours:

- **ours**: the engine `transformers`: batches of prompts of similar length, which ended answers leave; with decoding.
  A batch has 16 rows, or as many as have 16,384 tokens together; after 64 and 192 tokens, those of all batches that go
  on are put into new ones.
- **one by one**: `generate` for each prompt alone, padded to the longest of all; and without padding.
- **in batches**: `generate` for batches of 16 and of 64, in file order, padded to the longest of the batch.

All write equally long answers. **Constrained**: milliseconds for a row's token, for choosing it within its grammar, and
for compiling a grammar.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from mnlu_instruct import console
from mnlu_instruct.catalogue import suites
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.evaluation import questions
from mnlu_instruct.evaluation.answering import as_instance
from mnlu_instruct.evaluation.engines import constraints, greedy
from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.prompting import plain_text

EACH, LONGEST, LIMIT = 64, 1_000, 512
"""Questions of a corpus, and the most tokens of a prompt and of an answer."""
CONSTRAINED = 60
"""The most tokens of a constrained answer."""
SIZES = (16, 64)
WIDTH = 64
ENDING = 1e9


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    settings = Settings(pack="verb", limit=EACH, skip_missing=True)
    found = questions.of_suite(suites.load("re-study"), data_directory(), settings)
    asked = [question for one in found.values() for question in one.questions]
    rows, masked = [], []
    for name, make in {"T5": t5, "BART": bart}.items():
        with TemporaryDirectory() as folder:
            make(Path(folder))
            engine = EncoderDecoder(folder)
        rows.append((name, *compared(engine, asked)))
        masked.append((name, *constrained(engine, asked)))
    columns = (
        "",
        "prompts",
        "tokens",
        "ours, s",
        "one by one, padded",
        "one by one",
        *(f"batches of {size}" for size in SIZES),
    )
    console.table(columns, rows, title="Times as long as ours")
    console.table(("", "a token, ms", "choosing it, ms", "a grammar, ms"), masked, title="Constrained")


def compared(engine: EncoderDecoder, asked: Sequence[Question]) -> tuple[object, ...]:
    """How many prompts and tokens there are, our seconds, and the others' by ours."""
    prompts = engine.prompt_ids([question["prompt"] for question in asked])
    targets = plain_text.prompt_ids(engine.tokenizer, [[{"role": "assistant", "content": q["target"]}] for q in asked])
    lengths = {len(prompt): min(len(target), LIMIT) for prompt, target in zip(prompts, targets, strict=True)}
    prompts = [prompt for prompt in prompts if len(prompt) <= LONGEST]
    forward = engine.model.forward
    engine.model.forward = ending(forward, lengths, engine.tokenizer.eos_token_id)
    longest = max(map(len, prompts))

    def ours() -> list[int]:
        return [one.tokens for one in engine.generate(prompts, [LIMIT] * len(prompts), lambda _: None)]

    def theirs(size: int, width: int = 0) -> list[int]:
        counts = []
        for start in range(0, len(prompts), size):
            some = prompts[start : start + size]
            wide = max(width, *map(len, some))
            ids = torch.tensor([engine.padded(prompt, 0, wide) for prompt in some])
            mask = torch.tensor([engine.padded([1] * len(prompt), 0, wide) for prompt in some])
            written = engine.model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=LIMIT, pad_token_id=0, eos_token_id=engine.ends
            )
            rows = written[:, 1:].tolist()
            counts += [next(place for place, one in enumerate(row, 1) if one in engine.ends) for row in rows]
        return counts

    ways: list[Callable[[], list[int]]] = [ours, partial(theirs, 1, longest), partial(theirs, 1)]
    ways += [partial(theirs, size) for size in SIZES]
    seconds, counts = zip(*map(timed, ways), strict=True)
    assert all(one == counts[0] for one in counts), "the answers differ"
    engine.model.forward = forward
    return len(prompts), sum(counts[0]), f"{seconds[0]:.1f}", *(f"{one / seconds[0]:.1f}" for one in seconds[1:])


def constrained(engine: EncoderDecoder, asked: Sequence[Question]) -> tuple[str, ...]:
    """Milliseconds for a row's token, for choosing it, and for a grammar."""
    prompts = engine.prompt_ids([question["prompt"] for question in asked])
    some = [place for place, prompt in enumerate(prompts) if len(prompt) <= LONGEST]
    instances = [as_instance(asked[place]) for place in some]
    write = plain_text.writer(engine.tokenizer, [one.text + "".join(map(str, one.labels)) for one in instances])
    grammars = [constraints.grammar(one, plain_text.LEAD, write) for one in instances]
    engine._compiled(grammars[:1])  # the vocabulary is read once
    compiling, _ = timed(lambda: engine._compiled(grammars))
    choosing = [0.0]

    def choose(given: Sequence[str | None], begun: Sequence[list[int]]) -> greedy.Choose:
        inside = EncoderDecoder._choose(engine, given, begun)

        def timing(logits: torch.Tensor, rows: Sequence[int]) -> list[int]:
            seconds, tokens = timed(lambda: inside(logits, rows))
            choosing[0] += seconds
            return tokens  # type: ignore[no-any-return]

        return timing

    engine._choose = choose  # type: ignore[method-assign]
    whole, said = timed(
        lambda: engine.generate([prompts[place] for place in some], [CONSTRAINED] * len(some), lambda _: None, grammars)
    )
    tokens = sum(answer.tokens for answer in said)
    return (
        f"{1_000 * whole / tokens:.2f}",
        f"{1_000 * choosing[0] / tokens:.2f}",
        f"{1_000 * compiling / len(some):.0f}",
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and what came of them."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def ending(forward: Callable[..., Any], lengths: dict[int, int], end: int) -> Callable[..., Any]:
    """A model's forward pass whose answers end after as many tokens as the length of the prompt says."""

    @wraps(forward)
    def limited(**given: Any) -> Any:
        output = forward(**given)
        done = given["past_key_values"].get_seq_length()
        for row, prompt in enumerate(given["attention_mask"].sum(1).tolist()):
            output.logits[row, -1, end] = ENDING if done >= lengths[prompt] else -ENDING
        return output

    return limited


def t5(folder: Path) -> None:
    """A tiny T5."""
    shutil.copytree(data_directory().parent / "re-study" / "tokenizers" / "t5", folder, dirs_exist_ok=True)
    torch.manual_seed(1)
    shape = {"d_model": WIDTH, "d_kv": WIDTH // 2, "d_ff": 2 * WIDTH, "num_layers": 2, "num_heads": 2}
    T5ForConditionalGeneration(T5Config(**shape, vocab_size=32_128, decoder_start_token_id=0)).save_pretrained(folder)


def bart(folder: Path) -> None:
    """A tiny BART, with GPT-2's pieces, which are BART's."""
    files = data_directory().parent / "re-study" / "tokenizers" / "gpt2"
    raw = Tokenizer(models.BPE.from_file(str(files / "vocab.json"), str(files / "merges.txt")))
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    raw.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    begin, pad, end = (raw.token_to_id(token) for token in ("<s>", "<pad>", "</s>"))
    raw.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", begin), ("</s>", end)])
    PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)
    torch.manual_seed(1)
    shape = {
        f"{half}_{name}": value
        for half in ("encoder", "decoder")
        for name, value in {"layers": 2, "attention_heads": 2, "ffn_dim": 2 * WIDTH}.items()
    }
    ids = {"bos_token_id": begin, "pad_token_id": pad, "eos_token_id": end, "decoder_start_token_id": end}
    config = BartConfig(**shape, **ids, vocab_size=raw.get_vocab_size(), d_model=WIDTH, forced_bos_token_id=begin)
    BartForConditionalGeneration(config).save_pretrained(folder)


if __name__ == "__main__":
    main()
