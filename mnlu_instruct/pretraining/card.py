"""The card of a pretraining corpus: a README for people."""

from collections.abc import Mapping
from typing import Any

import yaml

from mnlu_instruct import markdown
from mnlu_instruct.pretraining.manifest import CUT, Manifest
from mnlu_instruct.pretraining.shards import DOCUMENTS, TOKENS

NAME = "README.md"

INTRODUCTION = """# Abstracts of PubMed for pretraining

{documents:,} abstracts of {tokens:,} tokens, built by mnlu-instruct {version} from files of PubMed ({files:,}).
Content hash: `{content_hash}`.

```bash
mnlu pretrain bart-base --set data=PATH/OF/THIS/FOLDER
```

Each shard has two NumPy files: `NAME{tokens_file}`, the token ids of its documents, one after the other and without
special tokens, in {bits} bits; and `NAME{documents_file}`, for each document its PubMed id and where it ends. The
tokenizer is in `tokenizer/`.

The data are courtesy of the U.S. National Library of Medicine, whose terms and conditions apply; abstracts may be
under the copyright of their publishers. They are not made for clinical decisions, and a model that is trained on them
isn't either."""


def render(manifest: Manifest) -> str:
    """The card of a built corpus."""
    counts, lengths = manifest["counts"], manifest["lengths"]
    introduction = INTRODUCTION.format(
        **counts,
        version=manifest["versions"]["mnlu-instruct"],
        files=len(manifest["files"]),
        content_hash=manifest["content_hash"],
        tokens_file=TOKENS,
        documents_file=DOCUMENTS,
        bits=16 if manifest["tokenizer"]["tokens"] <= 2**16 else 32,
    )
    left = {"citations read": counts["citations"], **{f"− {why}": n for why, n in manifest["dropped"].items()}}
    rows = {**left, "documents": counts["documents"]}
    told = {
        "tokens of a document, mean": f"{lengths['mean']:,}",
        "median": f"{lengths['median']:,}",
        "99 %": f"{lengths['percentile_99']:,}",
        "longest": f"{lengths['longest']:,}",
        f"documents of more than {CUT} tokens": f"{100 * lengths['longer']:.1f} %",
        f"tokens lost by cutting at {CUT}": f"{100 * lengths['lost']:.1f} %",
    }
    others = {
        "ids that files delete": counts["deletions"],
        "citations with labelled parts": counts["labelled"],
        "truncation notes stripped": counts["notes"],
    }
    choice = yaml.safe_dump(manifest["choice"], sort_keys=False)
    parts = (
        introduction,
        _table(rows),
        _table(others),
        "## Lengths",
        _table(told),
        f"## Choice\n\n```yaml\n{choice}```",
    )
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _table(rows: Mapping[str, Any]) -> str:
    cells = [(name, f"{value:,}" if isinstance(value, int) else value) for name, value in rows.items()]
    return markdown.table(("", ""), cells)
