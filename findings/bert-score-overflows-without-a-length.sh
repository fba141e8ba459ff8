#!/usr/bin/env bash
# Guess: BERTScore with a model from a folder cuts texts at the positions that the model's config.json has; a tokenizer that states no
# length of its own changes nothing.
# Instead: bert-score takes the tokenizer's model_max_length alone. Where its files state none, transformers says 10^30, which the
# Rust tokenizer can't take: "OverflowError: int too big to convert", on any text. The model's 66 positions aren't looked at:
# with a model_max_length of 500 in the tokenizer, a short text is scored, and a long one ends in an error of the embedding, not cut.
# Seen with: bert-score 0.3.13, transformers 5.19.0, torch 2.13.0 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.19.0 bert-score==0.3.13

cd "$folder"
cat > look.py <<'PY'
from bert_score import BERTScorer
from tokenizers import ByteLevelBPETokenizer
from transformers import AutoTokenizer, RobertaConfig, RobertaModel, RobertaTokenizerFast

TEXT = "The fever is gone. Aspirin was given."
raw = ByteLevelBPETokenizer()
raw.train_from_iterator([TEXT], 300, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False)
raw.save_model(".")
shape = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
model = RobertaModel(RobertaConfig(**shape, vocab_size=300, max_position_embeddings=66))


def scored(name: str, text: str, **stated: int) -> str:
    RobertaTokenizerFast.from_pretrained(".", **stated).save_pretrained(name)
    model.save_pretrained(name)
    try:
        _, _, f1 = BERTScorer(model_type=name, num_layers=2).score([text], [text])
    except (OverflowError, IndexError, RuntimeError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return f"{f1.item():.3f}"


found = [scored("none", TEXT), scored("as-positions", TEXT * 9, model_max_length=64), scored("more", TEXT, model_max_length=500)]
found.append(scored("more", TEXT * 9, model_max_length=500))
print("the tokenizer says:", AutoTokenizer.from_pretrained("none").model_max_length)
print(*found, sep="\n")
if not found[0].startswith("OverflowError: int too big to convert") or found[1:3] != ["1.000", "1.000"] or "Error" not in found[3]:
    raise SystemExit("changed: bert-score cuts texts at the model's positions")
PY
"$folder/venv/bin/python" look.py 2> said || { cat said; exit 1; }
