#!/usr/bin/env bash
# Guess: an offset in a BioC file counts characters, so that the BioC which bconv makes of a PubTator file fits the text for
# the package bioc too.
# Instead: bconv counts UTF-8 bytes in BioC XML and JSON, reading and writing, unless byte_offsets=False; bioc counts
# characters. After a title with two Greek letters, an entity is off by two: bioc reads it without a complaint, and bconv
# refuses what bioc wrote, as the text at the offset isn't the entity's. In PubTator both count characters.
# Seen with: bconv 1.2.1, bioc 2.1 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet bconv==1.2.1 bioc==2.1

"$folder/venv/bin/python" - <<'PY'
import bconv
from bioc import biocjson, pubtator

FILE = "100|t|IFN-β and TNF-α for fever.\n100|a|It helped.\n100\t20\t25\tfever\tDisease\tD02\n"


def marked(collection):
    passage = collection.documents[0].passages[0]
    (annotation,) = passage.annotations
    start = annotation.locations[0].offset - passage.offset
    return passage.text[start : start + annotation.locations[0].length]


def reread(text):
    try:
        bconv.loads(text, fmt="bioc_json")
    except AssertionError as error:
        return str(error)
    return "accepted"


source = bconv.loads(FILE, fmt="pubtator")
(document,) = pubtator.loads(FILE)
(annotation,) = document.annotations
in_bytes = bconv.dumps(source, fmt="bioc_json")
in_characters = bconv.dumps(source, fmt="bioc_json", byte_offsets=False)
seen = {
    "PubTator, read by bioc": document.text[annotation.start : annotation.end],
    "bconv's BioC, read by bioc": marked(biocjson.loads(in_bytes)),
    "with byte_offsets=False": marked(biocjson.loads(in_characters)),
    "bioc's BioC, read by bconv": reread(biocjson.dumps(biocjson.loads(in_characters))),
}
for what, value in seen.items():
    print(f"{what}: {value!r}")
expected = {
    "PubTator, read by bioc": "fever",
    "bconv's BioC, read by bioc": "ver.\n",
    "with byte_offsets=False": "fever",
}
if {what: seen[what] for what in expected} != expected or "mismatch" not in seen["bioc's BioC, read by bconv"]:
    raise SystemExit(f"changed: expected {expected}, and a mismatch for bconv")
PY
