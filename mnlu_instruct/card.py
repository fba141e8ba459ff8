"""The data-set card: a README that people read and `datasets.load_dataset` accepts."""

from collections.abc import Iterable, Sequence

import yaml

from mnlu_instruct.corpus import Corpus
from mnlu_instruct.manifest import Manifest

FRONT = {
    "pretty_name": "MNLU-Instruct",
    "language": ["en"],
    "license": "other",
    "license_name": "by-corpus",
    "tags": ["medical", "biomedical", "clinical", "instruction-tuning", "mnlu-instruct"],
    "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "train-*.parquet"}]}],
}

INTRODUCTION = """# An instruction-tuning set for medical language understanding

{rows:,} instances in the unified format of BioMistral-NLU (Fu et al., 2024), built by mnlu-instruct {version} with the
prompt pack `{pack}` and seed {seed}. Content hash: `{content_hash}`.

```python
from datasets import load_dataset

data = load_dataset("PATH/OF/THIS/FOLDER", split="train")
```

`prompt` and `completion` are TRL's conversational prompt–completion form; `gold` is the answer as JSON, in the
corpus' own labels. The texts are the corpora's: each licence below holds for its part, and corpora under a data use
agreement must not be passed on.
"""


def render(manifest: Manifest, corpora: Iterable[Corpus]) -> str:
    """The card of a built data set."""
    used = {corpus.name: corpus for corpus in corpora}
    front = yaml.safe_dump(FRONT, sort_keys=False)
    introduction = INTRODUCTION.format(
        rows=manifest["rows"],
        version=manifest["versions"]["mnlu-instruct"],
        pack=manifest["pack"],
        seed=manifest["recipe"]["seed"],
        content_hash=manifest["content_hash"],
    )
    sections = [
        f"---\n{front}---\n\n{introduction}",
        "## Mixture\n\n" + _table(manifest["mixture"], ("task", "corpus", "split", "available", "drawn")),
        "## Kinds of questions\n\n" + _table(manifest["written"], ("kind", "corpus", "split", "rows")),
        "## Corpora\n\n" + "\n".join(_corpus(corpus) for _, corpus in sorted(used.items())),
    ]
    if manifest["unused"]:
        unused = "\n".join(f"- {name} {reason}" for name, reason in manifest["unused"].items())
        sections.append(f"## Corpora not used\n\n{unused}")
    if manifest["repairs"]:
        sections.append("## Repairs\n\n" + _table(manifest["repairs"], ("corpus", "split", "rule", "count")))
    if manifest["drops"]:
        sections.append("## Drops\n\n" + _table(manifest["drops"], ("corpus", "split", "stage", "reason", "count")))
    recipe = yaml.safe_dump(manifest["recipe"], sort_keys=False)
    sections.append(f"## Recipe\n\n```yaml\n{recipe}```")
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _corpus(corpus: Corpus) -> str:
    return f"- **{corpus.title}** (`{corpus.name}`, {corpus.domain}; licence: {corpus.licence}). {corpus.cite}"


def _table(rows: Iterable[dict[str, object]], columns: Sequence[str]) -> str:
    cells = [columns, ["---"] * len(columns)]
    cells += [[f"{row[name]:,}" if isinstance(row[name], int) else str(row[name]) for name in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
