"""The data-set card: a README for people, with the front matter that `datasets.load_dataset` reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import yaml
from msgspec import json

from mnlu_instruct import markdown
from mnlu_instruct.dataset import lengths, summary_tables
from mnlu_instruct.dataset.manifest import Manifest
from mnlu_instruct.dataset.manifest import splits as splits_of
from mnlu_instruct.dataset.rows import SCHEMA
from mnlu_instruct.dataset.summary_tables import Cells, Table

COLUMNS = {
    "id": "the question's id, from which it can be found again: `corpus/split/document[/mentions]#kind`",
    "corpus": "the name of its corpus",
    "split": "the corpus' split that it is from, whichever split of this data set it is in",
    "task": "the kind of question: ner, ete, eae, eac, dc, re, qa, nli, sts, summ, ere",
    "domain": "biomedical, clinical or general",
    "group": "the document, article or patient that it is about",
    "prompt": "the question, as chat messages",
    "completion": "the gold answer, as one message of the assistant",
    "text": "the text that it is about; of a pair (nli, sts) both, as a JSON list",
    "labels": "the names of its types or options, in the order of the prompt",
    "label_keys": "the corpus' own labels, in the same order",
    "gold": "the answer as JSON, in the corpus' own labels",
    "pack": "the prompt pack and its version",
}
CATEGORIES = {
    **dict.fromkeys(("ner", "ete", "eae"), "token-classification"),
    **dict.fromkeys(("eac", "dc", "re", "nli"), "text-classification"),
    "qa": "question-answering",
    "sts": "sentence-similarity",
    "summ": "summarization",
    "dialogue": "text-generation",
    "ere": "text-generation",
    "el": "text-generation",
}
"""The task categories of the Hugging Face hub, by kind of question."""
SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M", 10_000_000: "1M<n<10M"}
LARGEST = "10M<n<100M"

FRONT: dict[str, Any] = {
    "license": "other",
    "license_name": "by-corpus",
    "license_link": "#licences",
    "tags": ["medical", "biomedical", "clinical", "instruction-tuning", "mnlu-instruct"],
}
"""What the front matter of every card says."""

CONFIGURATIONS = {"default": [name for name in SCHEMA.names if name != "labels"], "all": list(SCHEMA.names)}
"""The columns of each configuration. TRL would take a column `labels` for token ids, so only `all` has it."""

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

USE = """## Use and limits

Made for instruction tuning: a model that is trained on it answers such questions about texts in the form that prompts
ask for. It is not made for clinical decisions, and a model trained on it isn't either. The annotations are those of the
corpora, with their guidelines, gaps and mistakes; the same text may be in several corpora, annotated differently. Texts
may name persons as their corpora do (de-identified clinical notes, public abstracts). Before a model is evaluated,
`mnlu leakage` says which test documents are in here.
"""

ORDERS = {
    "shuffled": "Rows are shuffled over all shards, by hashes of their ids: any shard is a sample of the whole.",
    "corpus": "Rows are in the order of the corpora: shuffle them before training.",
}
WHOLE_DOCUMENTS = (
    "All rows about a document are in the same split, as are those about the same article in corpora that declare "
    "their articles' ids."
)

LABELS = """## Labels

How often the gold answers contain each label: the number of spans of a type, or of rows in which an option holds."""


def render(manifest: Manifest, example: Mapping[str, Any]) -> str:
    """The card of a built data set, with one of its rows, which is shown unless texts must not be passed on."""
    front = yaml.safe_dump(json.decode(json.encode(_front(manifest))), sort_keys=False)  # without anchors
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
    sections += [introduction, _splits(manifest), _columns(), _example({} if forbidden else example), USE]
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


def _front(manifest: Manifest) -> dict[str, Any]:
    """The front matter, which the hub and `datasets` read."""
    kinds = dict.fromkeys(row["kind"] for row in manifest["written"])
    count, splits = manifest["rows"], splits_of(manifest)
    data = [{"split": split, "path": f"{split}-*.parquet"} for split in splits]
    return {
        "pretty_name": "MNLU-Instruct",
        "language": summary_tables.languages(manifest),
        **FRONT,
        "configs": [
            {"config_name": name, "data_files": data, **({"columns": columns} if name == "default" else {})}
            for name, columns in CONFIGURATIONS.items()
        ],
        "task_categories": sorted({*(CATEGORIES[kind] for kind in kinds), "text-generation"}),
        "size_categories": [next((words for most, words in SIZES.items() if count < most), LARGEST)],
        "dataset_info": [
            {
                "config_name": name,
                "features": [_feature(SCHEMA.field(column)) for column in columns],
                "splits": [{"name": split, "num_examples": rows} for split, rows in splits.items()],
            }
            for name, columns in CONFIGURATIONS.items()
        ],
    }


def _feature(field: pa.Field) -> dict[str, Any]:
    """A column's type, as `datasets` writes it."""
    if not pa.types.is_list(field.type):
        return {"name": field.name, "dtype": str(field.type)}
    inner = field.type.value_type
    parts = [_feature(inner.field(place)) for place in range(inner.num_fields)] if inner.num_fields else str(inner)
    return {"name": field.name, "list": parts}


def _splits(manifest: Manifest) -> str:
    """The section of splits, and of the order of rows."""
    rows = list(splits_of(manifest).items())
    words = [ORDERS[manifest["recipe"]["order"]], *([WHOLE_DOCUMENTS] if len(rows) > 1 else [])]
    return f"## Splits\n\n{' '.join(words)}\n\n{_table(('split', 'rows'), rows)}"


def _columns() -> str:
    return "## Columns\n\n" + _table(("column", "what it is"), list(COLUMNS.items()))


def _example(row: Mapping[str, Any]) -> str:
    """The section with a row; without one, why there is none."""
    if not row:
        return "## An example\n\nNone is shown, as some of the texts must not be passed on."
    messages = [*row["prompt"], *row["completion"]]
    shown = "\n\n".join(f"{one['role']}:\n\n```text\n{one['content']}\n```" for one in messages)
    return f"## An example\n\n`{row['id']}`\n\n{shown}"


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
