"""Entity linking against the usual ways: CPU seconds, bytes, ratios.

    MNLU_DATA=… python benchmarks/linking.py TOKENIZER [NAMES]

A million names (or `NAMES`) are MEDIC's, and these with one of its words after them, as names of large terminologies
begin alike, in the vocabulary of the folder `TOKENIZER`: GPT-2's, which is also BART's. The model is a tiny BART with
random weights, so that the search weighs as much as it can.

- **trie**: tokens of names to a trie, and its bytes a name, against nested dicts.
- **search**: names for 64 mentions with 5 beams, against `generate` of transformers with `prefix_allowed_tokens_fn`
  over the nested dicts: whole runs, the share of a step that isn't the model's, and whether hypotheses are the same.
"""

import random
import sys
import time
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers import BartConfig, BartForConditionalGeneration, GPT2Tokenizer

from mnlu_instruct import console
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.knowledge import beam, trie
from mnlu_instruct.knowledge.base import located
from mnlu_instruct.knowledge.beam import Asked, Clock
from mnlu_instruct.knowledge.formats import KINDS
from mnlu_instruct.knowledge.trie import Trie

MENTIONS, BEAMS, SOURCE, BEFORE = 64, 5, 64, 6
END = 50_256
PAD = START = END
SAMPLE = 100_000
"""Names of which the memory of nested dicts is measured."""
Nested = dict[int, Any]


def main(tokenizer: str, count: int = 1_000_000) -> None:
    """Measure and print, on one core: waiting threads use CPU time, too."""
    torch.set_num_threads(1)
    begun = time.process_time()
    read = GPT2Tokenizer.from_pretrained(tokenizer)
    spelt: list[list[int]] = read([f" {name}" for name in names(count)], verbose=False)["input_ids"]
    console.notice(f"{count:,} names encoded in {time.process_time() - begun:.1f} CPU seconds.")
    made, line = tries(spelt)
    root, slower = dicts(spelt)
    console.table(
        ("", "ours", "the other", "goal"),
        [(*line, *slower, "< 60 s, < 40 bytes, < 50 ms"), searched(made, root, spelt)],
    )


def names(count: int) -> list[str]:
    """MEDIC's names in lower case, and these with one more word."""
    (file,) = located(data_directory() / "medic" / "medic_06Jul2012.txt")
    found = dict.fromkeys(name.lower() for one in KINDS["medic"](file) for name in one.names)
    known, words = list(found), sorted({word for name in found for word in name.split()})
    draw = random.Random(1)
    while len(found) < count:
        found[f"{draw.choice(known)} {draw.choice(words)}"] = None
    return list(found)[:count]


def tries(spelt: list[list[int]]) -> tuple[Trie, tuple[str, str]]:
    """The trie of names, and what it took."""
    begun = time.process_time()
    found = trie.build(list(map(str, range(len(spelt)))), lambda some: [spelt[int(one)] for one in some], END, END + 1)
    took = time.process_time() - begun
    size = sum(getattr(found, name).nbytes for name in trie.ARRAYS) / len(spelt)
    with TemporaryDirectory() as folder:
        trie.save(found, Path(folder) / "trie")
        begun = time.perf_counter()
        trie.opened(Path(folder) / "trie")
        opened = 1_000 * (time.perf_counter() - begun)
    return found, ("trie", f"{took:.1f} s, {size:.1f} bytes a name, opened in {opened:.0f} ms")


def dicts(spelt: list[list[int]]) -> tuple[Nested, tuple[str]]:
    """Nested dicts of names, and what they took; their bytes by a sample."""
    tracemalloc.start()
    kept = nested(spelt[:SAMPLE])
    size = tracemalloc.get_traced_memory()[0] / len(spelt[:SAMPLE])
    tracemalloc.stop()
    del kept
    begun = time.process_time()
    found = nested(spelt)
    return found, (f"{time.process_time() - begun:.1f} s, {size:.0f} bytes a name",)


def nested(spelt: list[list[int]]) -> Nested:
    """Names as dicts of their tokens."""
    root: Nested = {}
    for ids in spelt:
        node = root
        for token in (*ids, END):
            node = node.setdefault(token, {})
    return root


def searched(found: Trie, root: Nested, spelt: list[list[int]]) -> tuple[str, str, str, str]:
    """Both searches."""
    torch.manual_seed(1)
    shape = {f"{half}_{name}": size for half in ("encoder", "decoder") for name, size in
             {"layers": 2, "attention_heads": 4, "ffn_dim": 256}.items()}  # fmt: skip
    special = {"pad_token_id": PAD, "eos_token_id": END, "bos_token_id": END, "decoder_start_token_id": START}
    config = BartConfig(vocab_size=END + 1, d_model=64, init_std=0.5, forced_eos_token_id=None, **shape, **special)
    model = BartForConditionalGeneration(config).eval()
    sources = torch.randint(0, END, (MENTIONS, SOURCE)).tolist()
    befores = [[START, *row] for row in torch.randint(0, END, (MENTIONS, BEFORE)).tolist()]
    asked = [Asked(before, source) for before, source in zip(befores, sources, strict=True)]
    beam.search(model, asked[:2], found, BEAMS)
    clock = Clock()
    begun = time.process_time()
    ours = beam.search(model, asked, found, BEAMS, batch=MENTIONS, clock=clock)
    took = time.process_time() - begun
    begun = time.process_time()
    theirs = generated(model, sources, befores, root)
    slower = time.process_time() - begun
    same = sum([tuple(spelt[one.names[0]]) for one in mine] == other for mine, other in zip(ours, theirs, strict=True))
    share = clock.search / (clock.search + clock.model)
    return (
        "search",
        f"{took:.1f} s, {100 * share:.0f} % of it trie and choice; {same} of {MENTIONS} mentions with the same names",
        f"{slower:.1f} s",
        f"2 times as fast ({slower / took:.1f}), <= 10 %",
    )


def generated(
    model: Any, sources: list[list[int]], befores: list[list[int]], root: Nested
) -> list[list[tuple[int, ...]]]:
    """The names that transformers finds."""

    def allowed(_: int, ids: torch.Tensor) -> list[int]:
        node = root
        for token in ids[BEFORE + 1 :].tolist():
            node = node.get(token, {})
        return list(node) or [END]

    out = model.generate(
        torch.tensor(sources), decoder_input_ids=torch.tensor(befores), num_beams=BEAMS, num_return_sequences=BEAMS,
        max_new_tokens=trie.LONGEST, prefix_allowed_tokens_fn=allowed, do_sample=False, early_stopping=False,
        length_penalty=1.0, no_repeat_ngram_size=0, min_length=0, forced_bos_token_id=None,
    )  # fmt: skip
    after = [row[BEFORE + 1 :] for row in out.tolist()]
    ended = [tuple(row[: row.index(END)] if END in row else row) for row in after]
    return [ended[place : place + BEAMS] for place in range(0, len(ended), BEAMS)]


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
