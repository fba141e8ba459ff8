#!/usr/bin/env bash
# Guess: the order in which one sentence's predicted entities are listed doesn't change its scores.
# Instead: nervaluate lets the first prediction that overlaps a gold entity take it, even if a later one matches it exactly.
# Here one gold entity is predicted exactly, beside a shorter one of another type: strict F1 is 0.667 or 0, by order alone.
# Seen with: nervaluate 1.0.0 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet nervaluate==1.0.0

"$folder/venv/bin/python" - <<'PY'
from nervaluate import Evaluator

gold = [{"label": "Gene", "start": 0, "end": 5}]
exact = {"label": "Gene", "start": 0, "end": 5}
shorter = {"label": "Disease", "start": 0, "end": 3}


def strict_f1(predicted):
    evaluator = Evaluator([gold], [predicted], tags=["Gene", "Disease"], loader="dict")
    return round(evaluator.evaluate()["overall"]["strict"].f1, 3)


seen = {"exact first": strict_f1([exact, shorter]), "shorter first": strict_f1([shorter, exact])}
print(seen)
if seen != {"exact first": 0.667, "shorter first": 0}:
    raise SystemExit("changed: expected 0.667 with the exact match first, and 0 with the shorter one first")
PY
