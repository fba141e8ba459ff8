#!/usr/bin/env bash
# Guess: what follows the language of a fenced block is free text, as in CommonMark, so "```yaml mine.yaml" is a block of code
# wherever pages are shown; a Markdown library that knows no such words leaves them out.
# Instead: pymdown-extensions' superfences, which MkDocs themes and Zensical use, takes the fence for none. The whole block becomes a
# line of code in a paragraph, without line breaks and without a warning. Python-Markdown's own fenced_code does the same;
# title="mine.yaml" is taken by superfences alone. So pages that are right as CommonMark lose their blocks in such a site.
# Seen with: pymdown-extensions 12.3, Markdown 3.11.3, markdown-it-py 4.3.0 on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pymdown-extensions==12.3 Markdown==3.11.3 markdown-it-py==4.3.0

cat > "$folder/look.py" <<'PY'
import markdown
from markdown_it import MarkdownIt

for words in ("yaml mine.yaml", 'yaml title="mine.yaml"'):
    text = f"```{words}\na: 1\nb: 2\n```\n"
    shown = {
        "CommonMark": MarkdownIt().render(text),
        "superfences": markdown.markdown(text, extensions=["pymdownx.superfences"]),
        "fenced_code": markdown.markdown(text, extensions=["fenced_code"]),
    }
    print(f"{words}:", ", ".join(f"{name} {'block' if '<pre' in html else 'line'}" for name, html in shown.items()))
PY

said=$("$folder/venv/bin/python" "$folder/look.py" 2>&1)
echo "$said"
expected='yaml mine.yaml: CommonMark block, superfences line, fenced_code line
yaml title="mine.yaml": CommonMark block, superfences block, fenced_code line'
if [ "$said" != "$expected" ]; then
    echo "changed: expected $expected"
    exit 1
fi
