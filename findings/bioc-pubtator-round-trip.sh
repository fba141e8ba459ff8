#!/usr/bin/env bash
# Guess: bioc.pubtator.dumps writes the lines that bioc.pubtator.load read.
# Instead: a relation gets a fifth field, the word None; each annotation gets a trailing tab; and the line of an empty
# abstract (`|a|`), which titles without an abstract have in PubTator files, is left out.
# Seen with: bioc 2.1 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet bioc==2.1

"$folder/venv/bin/python" - <<'PY'
import io

from bioc import pubtator

LINES = [
    "100|t|Calorin and dryness.",
    "100|a|Calorin caused it.",
    "100\t0\t7\tCalorin\tChemical\tD01",
    "100\t12\t19\tdryness\tDisease\tD02",
    "100\tCID\tD01\tD02",
    "",
    "101|t|A title alone.",
    "101|a|",
    "",
]
written = pubtator.dumps(list(pubtator.load(io.StringIO("\n".join(LINES))))).rstrip("\n").split("\n")
for line in written:
    print(repr(line))
expected = [
    *LINES[:2],
    *(f"{line}\t" for line in LINES[2:4]),
    f"{LINES[4]}\tNone",
    "",
    LINES[6],
]
if written != expected:
    raise SystemExit(f"changed: expected {expected}")
PY
