#!/usr/bin/env bash
# Guess: bioc.brat reads each kind of line of brat's standoff format, and its validator accepts an entity of two fragments,
# whose text brat writes as the fragments with a space between them.
# Instead: N lines, which link an entity to a concept, are left out without a word, so they are gone when it writes the
# file again (pybrat reads them); and the validator joins fragments without the space, so it refuses such an entity.
# Seen with: bioc 2.1, pybrat 0.1.7 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet bioc==2.1 pybrat==0.1.7

cd "$folder"
mkdir corpus
cat > look.py <<'PY'
from pathlib import Path

from bioc import brat
from bioc.brat.validator import validate
from pybrat.parser import BratParser

TEXT = "Calorin caused left and right arm pain."
LINES = [
    "T1\tChemical 0 7\tCalorin",
    "T2\tDisease 15 19;30 38\tleft arm pain",
    "T3\tDisease 24 38\tright arm pain",
    "R1\tCauses Arg1:T1 Arg2:T2",
    "N1\tReference T1 MESH:D01\tCalorin",
    "N2\tReference T2 MESH:D02\tArm Pain",
]
Path("corpus/one.txt").write_text(TEXT, "utf-8")
Path("corpus/one.ann").write_text("\n".join(LINES) + "\n", "utf-8")

document = brat.loads(TEXT, "\n".join(LINES))
kept = brat.dumps_ann(document).splitlines()
complaints = []
validate(document, onerror=complaints.append)
(example,) = BratParser().parse("corpus")
links = [link.id for entity in example.entities for link in entity.references]
print("bioc writes again:", *kept, sep="\n  ")
print("bioc's validator says:", *complaints, sep="\n  ")
print("pybrat reads:", *links)
if kept != LINES[:4] or links != ["N1", "N2"]:
    raise SystemExit("changed: expected the N lines to be lost by bioc, and by it alone")
if len(complaints) != 1 or "'leftarm pain'" not in complaints[0]:
    raise SystemExit("changed: expected one complaint, about the entity of two fragments")
PY
venv/bin/python look.py
