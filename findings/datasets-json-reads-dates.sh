#!/usr/bin/env bash
# Guess: JSON has no dates, so datasets loads a JSON Lines column of strings as strings, whatever they say.
# Instead: pyarrow's reader takes a column whose strings all look like ISO dates for timestamps, so the answer "2012-05-04"
# comes out as a datetime, and as "2012-05-04 00:00:00" in a prompt. One other answer in the file keeps all of them
# strings, and so does Dataset.from_list for the same rows. Features that say "string" come too late: the strings get the
# time as well.
# Seen with: datasets 5.2.0, pyarrow 26.0.1 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasets==5.2.0 pyarrow==26.0.1

cd "$folder"
cat > look.py <<'PY'
import json
from pathlib import Path

from datasets import Dataset, Features, Value, load_dataset

DATES = [{"answer": day} for day in ("2012-05-04", "2012-06-11")]


def first_loaded(name, rows, features=None):
    Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    loaded = load_dataset("json", data_files=f"{name}.jsonl", split="train", features=features)
    return f"{loaded.features['answer'].dtype} {loaded[0]['answer']}"


listed = Dataset.from_list(DATES)
seen = {
    "dates alone": first_loaded("dates", DATES),
    "dates and a word": first_loaded("mixed", [*DATES, {"answer": "unknown"}]),
    "dates, features given": first_loaded("dates", DATES, Features({"answer": Value("string")})),
    "dates from a list": f"{listed.features['answer'].dtype} {listed[0]['answer']}",
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = {
    "dates alone": "timestamp[s] 2012-05-04 00:00:00",
    "dates and a word": "string 2012-05-04",
    "dates, features given": "string 2012-05-04 00:00:00",
    "dates from a list": "string 2012-05-04",
}
if seen != expected:
    raise SystemExit(f"changed: expected {expected}")
PY
HF_HOME="$folder/cache" venv/bin/python look.py 2> log.txt || { tail log.txt; exit 1; }
