"""The data-set card: a README for people, with the front matter that `datasets.load_dataset` reads."""

from collections.abc import Iterable, Sequence

import yaml
from msgspec import json

from mnlu_instruct import markdown
from mnlu_instruct.dataset import lengths, summary_tables
from mnlu_instruct.dataset.manifest import Manifest
from mnlu_instruct.dataset.rows import SCHEMA
from mnlu_instruct.dataset.summary_tables import Cells, Table

DATA = [{"split": "train", "path": "train-*.parquet"}]
FRONT = {
    "license": "other",
    "license_name": "by-corpus",
    "tags": ["medical", "biomedical", "clinical", "instruction-tuning", "mnlu-instruct"],
    "configs": [
        {
            "config_name": "default",
            "data_files": DATA,
            "columns": [name for name in SCHEMA.names if name != "labels"],
        },
        {"config_name": "all", "data_files": DATA},
    ],
}
"""The card's front matter. TRL would take a column `labels` for token ids, so only the configuration `all` has it."""

INTRODUCTION = """# An instruction-tuning data set for medical language understanding

{rows:,} instances in the unified format of BioMistral-NLU (Fu et al., 2024), built by mnlu-instruct {version} with the
prompt pack `{pack}` and seed {seed}. Content hash: `{content_hash}`.

```python
from datasets import load_dataset

data = load_dataset("PATH/OF/THIS/FOLDER", split="train")
```

`prompt` and `completion` are in TRL's conversational prompt–completion format, which its `SFTTrainer` accepts. `gold`
is the answer as JSON, in the corpus' own labels. `load_dataset("PATH/OF/THIS/FOLDER", "all")` also has the column
`labels`, the label names that the prompt shows; TRL would take it for token ids. `mnlu stats` prints the tables below,
`mnlu stats --html` draws charts of them.
"""

LABELS = """## Labels

How often the gold answers contain each label: the number of spans of a type, or of rows in which an option holds."""


def render(manifest: Manifest) -> str:
    """The card of a built data set."""
    named = {"pretty_name": "MNLU-Instruct", "language": summary_tables.languages(manifest)}
    front = yaml.safe_dump(json.decode(json.encode({**named, **FRONT})), sort_keys=False)  # without anchors
    introduction = INTRODUCTION.format(
        rows=manifest["rows"],
        version=manifest["versions"]["mnlu-instruct"],
        pack=manifest["pack"],
        seed=manifest["recipe"]["seed"],
        content_hash=manifest["content_hash"],
    )
    sections = [f"---\n{front}---"]
    if warning := summary_tables.synthetic(manifest):
        sections.append(f"> **{warning}**")
    if forbidden := summary_tables.restricted(manifest):
        sections.append(f"> **{forbidden}**")
    sections.append(introduction)
    sections += map(section, summary_tables.rows(manifest))
    sections += filter(None, (_labels(manifest), _lengths(manifest)))
    sections += map(section, summary_tables.provenance(manifest))
    sections.append("## Citations\n\n" + "\n".join(_citation(one) for one in manifest["corpora"]))
    if manifest["unused"]:
        unused = "\n".join(f"- {name} {reason}" for name, reason in manifest["unused"].items())
        sections.append(f"## Corpora not used\n\n{unused}")
    recipe = yaml.safe_dump(manifest["recipe"], sort_keys=False)
    sections.append(f"## Recipe\n\n```yaml\n{recipe}```")
    return "\n\n".join(part.strip() for part in sections) + "\n"


def section(table: Table) -> str:
    """A table in Markdown, under its title."""
    parts = [f"## {table.title}", table.words, _table(table.columns, table.rows) if table.rows else ""]
    return "\n\n".join(filter(None, parts))


def _labels(manifest: Manifest) -> str:
    rows = [
        (*key, ", ".join(f"`{label}` {count:,}" for label, count in counts.items()))
        for key, counts in summary_tables.labels(manifest).items()
    ]
    return f"{LABELS}\n\n{_table(('kind', 'corpus', 'labels'), rows)}" if rows else ""


def _lengths(manifest: Manifest) -> str:
    """The section with a histogram of row lengths, in tokens if they were counted, else in characters."""
    found = manifest["lengths"] or manifest["characters"]
    unit = "tokens" if manifest["lengths"] else "characters"
    histogram = lengths.drawn(found["bounds"], found["counts"])
    return f"## Lengths\n\nRows by their number of {unit} in prompt and completion.\n\n```\n{histogram}\n```"


def _citation(corpus: dict[str, str]) -> str:
    return f"- **{corpus['title']}** (`{corpus['name']}`). {corpus['cite']}"


def _table(columns: Sequence[str], rows: Iterable[Cells]) -> str:
    cells = [[summary_tables.cell(value).replace("|", r"\|") for value in row] for row in rows]
    return markdown.table(columns, cells).rstrip()
