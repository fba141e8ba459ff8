#!/usr/bin/env bash
# Guess: a chat template's tojson writes a tool call the same way in transformers, in the jinja2 that transformers renders
# with (same sandbox and block settings), and in minijinja, which was made to render Jinja templates elsewhere.
# Instead: three texts. jinja2 sorts the keys and writes <, ' and every letter outside ASCII as escapes; minijinja keeps the
# order and such letters, but not < and ', and writes 1e-07 as 1e-7; transformers alone writes what json.dumps with
# ensure_ascii=False does. A model trained on the one text is prompted with another.
# Seen with: transformers 5.19.0, jinja2 3.1.6, minijinja 3.0.5 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet transformers==5.19.0 jinja2==3.1.6 minijinja==3.0.5

cd "$folder"
cat > look.py <<'PY'
import minijinja
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

TEMPLATE = "{% for message in messages %}{{ message.tool_calls[0].arguments | tojson }}{% endfor %}"
arguments = {"finding": "Crohn's, <5 µg", "dose": 1e-7}
messages = [{"role": "assistant", "tool_calls": [{"name": "note", "arguments": arguments}]}]
blocks = {"trim_blocks": True, "lstrip_blocks": True}
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"?": 0}, unk_token="?")))
seen = {
    "transformers": tokenizer.apply_chat_template(messages, chat_template=TEMPLATE, tokenize=False),
    "jinja2": ImmutableSandboxedEnvironment(**blocks).from_string(TEMPLATE).render(messages=messages),
    "minijinja": minijinja.Environment(**blocks).render_str(TEMPLATE, messages=messages),
}
for name, text in seen.items():
    print(f"{name}: {text}")
expected = {
    "transformers": '{"finding": "Crohn\'s, <5 µg", "dose": 1e-07}',
    "jinja2": r'{"dose": 1e-07, "finding": "Crohn\u0027s, \u003c5 \u00b5g"}',
    "minijinja": r'{"finding": "Crohn\u0027s, \u003c5 µg", "dose": 1e-7}',
}
if seen != expected:
    raise SystemExit(f"changed: expected {expected}")
PY
PYTHONUTF8=1 venv/bin/python look.py 2> log.txt || { tail log.txt; exit 1; }
