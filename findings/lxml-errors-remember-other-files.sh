#!/usr/bin/env bash
# Guess: the error_log of lxml's XMLSyntaxError has the faults of the file that was parsed, so its first entry names the fault.
# Instead: it has the faults of all files that were parsed before, too, so the first entry may be about another file. Where
# iterparse meets an undefined entity, the error itself says "no element found" at line 0; only the error_log of the parser
# says which entity, and where.
# Seen with: lxml 6.1.3 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lxml==6.1.3

"$folder/venv/bin/python" - <<'PY'
import io

from lxml import etree

FIRST = b"<collection>\n<text>fever & cough</text></collection>"
SECOND = b"<collection>\n<text>\n<b>fever</text></collection>"
ENTITY = b"<collection>\n<text>10&nbsp;mg</text></collection>"


def fault(content):
    try:
        etree.fromstring(content, etree.XMLParser())
    except etree.XMLSyntaxError as error:
        return error


seen = {}
for name, content in (("first", FIRST), ("second", SECOND)):
    error = fault(content)
    seen[name] = (error.lineno, len(error.error_log), error.error_log[0].line)
events = etree.iterparse(io.BytesIO(ENTITY), resolve_entities=False, load_dtd=False)
try:
    list(events)
except etree.XMLSyntaxError as error:
    seen["entity"] = (error.lineno, error.msg, events.error_log[-1].line, events.error_log[-1].message)
for name, value in seen.items():
    print(f"{name}: {value}")
if seen["second"][1] <= seen["first"][1] or seen["second"][2] == seen["second"][0]:
    raise SystemExit("changed: expected the first file's fault in the second error's log")
if seen["entity"] != (0, "no element found", 2, "Entity 'nbsp' not defined"):
    raise SystemExit("changed: expected an error without the entity, and a parser's log with it")
PY
