#!/usr/bin/env bash
# Guess: the packages rouge and rouge-score give a text about the same ROUGE-1 and ROUGE-L.
# Instead: rouge counts each distinct word once, and splits at each full stop, those of decimal numbers too. An answer that
# repeats the reference over and over scores 1.0 (0.333 by rouge-score), and so does one with the digits of a dose swapped,
# by ROUGE-L as well, which rouge-score puts at 0.8.
# Seen with: rouge 1.0.1, rouge-score 0.1.2 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet rouge==1.0.1 rouge-score==0.1.2

"$folder/venv/bin/python" - <<'PY'
from rouge import Rouge
from rouge_score.rouge_scorer import RougeScorer

PAIRS = {
    "the same": ("fever with cough", "fever with cough"),
    "repeated": (" ".join(["fever with cough"] * 5), "fever with cough"),
    "another dose": ("take 5.2 mg daily", "take 2.5 mg daily"),
}
scorer = RougeScorer(["rouge1", "rougeL"])
seen = {}
for name, (answer, reference) in PAIRS.items():
    by_rouge = Rouge().get_scores(answer, reference)[0]
    by_score = scorer.score(reference, answer)
    seen[name] = {
        "rouge": [round(by_rouge[kind]["f"], 3) for kind in ("rouge-1", "rouge-l")],
        "rouge-score": [round(by_score[kind].fmeasure, 3) for kind in ("rouge1", "rougeL")],
    }
    print(f"{name}: F1 of ROUGE-1 and ROUGE-L {seen[name]}")
expected = {
    "the same": {"rouge": [1.0, 1.0], "rouge-score": [1.0, 1.0]},
    "repeated": {"rouge": [1.0, 1.0], "rouge-score": [0.333, 0.333]},
    "another dose": {"rouge": [1.0, 1.0], "rouge-score": [1.0, 0.8]},
}
if seen != expected:
    raise SystemExit(f"changed: expected {expected}")
PY
