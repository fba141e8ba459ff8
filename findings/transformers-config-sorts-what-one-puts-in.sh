#!/usr/bin/env bash
# Guess: a mapping that is put into a model's configuration comes back from config.json in the order it had: Python's dicts and JSON's
# objects keep it. So list(config.label2id) are the labels by their numbers, before saving and after.
# Instead: save_pretrained sorts all keys, at every depth. Labels O, B-Disease, I-Disease come back with O last, each
# with its number, so whoever takes their order for the numbers decodes one class for another, with a saved model only. id2label, whose
# keys are numbers, stays in order, with more than ten labels, too: it is sorted before the numbers become strings.
# Seen with: transformers 5.19.0 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet transformers==5.19.0

cd "$folder"
cat > look.py <<'PY'
from transformers import BertConfig

LABELS = ["O", "B-Disease", "I-Disease", *(f"B-Kind-{number}" for number in range(9))]
made = BertConfig(label2id={name: number for number, name in enumerate(LABELS)}, id2label=dict(enumerate(LABELS)), types={"words": {"z": 1, "a": 2}})
made.save_pretrained("saved")
found = BertConfig.from_pretrained("saved")
print("made: ", list(made.label2id)[:3], list(made.types["words"]))
print("found:", list(found.label2id)[:3], list(found.types["words"]), "… the last:", list(found.label2id)[-1])
print("numbers kept:", found.label2id == made.label2id, "id2label in order:", list(found.id2label.values()) == LABELS)
if list(found.label2id) != sorted(LABELS) or list(found.types["words"]) != ["a", "z"] or list(made.label2id) != LABELS:
    raise SystemExit("changed: the order is kept")
if found.label2id != made.label2id or list(found.id2label.values()) != LABELS:
    raise SystemExit("changed: numbers, or id2label")
PY
"$folder/venv/bin/python" look.py 2> said || { cat said; exit 1; }
