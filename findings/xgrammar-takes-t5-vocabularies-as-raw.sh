#!/usr/bin/env bash
# Guess: xgrammar knows how the vocabulary of a T5 is written, as it does of Llama's: both are SentencePiece's, with ▁ for a
# blank. So a grammar that is a text admits the tokens that T5's tokenizer makes of that text; if not, an error says so.
# Instead: only vocabularies with byte tokens (<0x0A>) count as SentencePiece's. T5's has none and is taken as raw, ▁ and all:
# the grammar "a cat sat" refuses the tokens of "a cat sat", and nothing says so. Told that the same vocabulary is one with
# bytes, xgrammar admits them; so it does, unasked, with the tokenizer that has byte tokens.
# Seen with: xgrammar 0.2.8, transformers 5.19.0, sentencepiece 0.2.3, protobuf 7.36.2 (torch 2.13.0) on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 xgrammar==0.2.8 transformers==5.19.0 sentencepiece==0.2.3 protobuf==7.36.2

cd "$folder"
cat > look.py <<'PY'
from pathlib import Path

import sentencepiece
from transformers import T5Tokenizer
from xgrammar import GrammarCompiler, GrammarMatcher, TokenizerInfo, VocabType

TEXT = "a cat sat"
SENTENCES = ["a cat sat on a mat", "a mat is on a cat", "the cat sat and the mat sat", "on the mat is a cat"] * 20


def tokenizer(name: str, **more: bool) -> T5Tokenizer:
    Path(name).mkdir()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_prefix=f"{name}/spiece", vocab_size=40 + 256 * bool(more),
        hard_vocab_limit=False, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2, **more,
    )
    return T5Tokenizer.from_pretrained(name, extra_ids=0)


def admits(info: TokenizerInfo, ids: list[int]) -> bool:
    matcher = GrammarMatcher(GrammarCompiler(info).compile_grammar(f'root ::= "{TEXT}" | " {TEXT}"'))
    return all(matcher.accept_token(one) for one in ids)


t5 = tokenizer("t5")
ids = t5(TEXT, add_special_tokens=False)["input_ids"]
print("tokens:", t5.convert_ids_to_tokens(ids))
found = TokenizerInfo.from_huggingface(t5)
print("as found:", found.vocab_type, admits(found, ids))
words = sorted(t5.get_vocab(), key=t5.get_vocab().get)
told = TokenizerInfo(words, VocabType.BYTE_FALLBACK, stop_token_ids=[1])
print("as told:", told.vocab_type, admits(told, ids))
with_bytes = tokenizer("bytes", byte_fallback=True)
same = TokenizerInfo.from_huggingface(with_bytes)
print("with byte tokens:", same.vocab_type, admits(same, with_bytes(TEXT, add_special_tokens=False)["input_ids"]))
if t5.decode(ids) != TEXT or not admits(told, ids):
    raise SystemExit("changed: the tokens aren't those of the text, or aren't admitted as told")
if (found.vocab_type, admits(found, ids), same.vocab_type) != (VocabType.RAW, False, VocabType.BYTE_FALLBACK):
    raise SystemExit("changed: T5's vocabulary isn't taken as raw")
PY
"$folder/venv/bin/python" look.py 2> said || { cat said; exit 1; }
