"""How the help of commands with many options groups them; what is in no panel is under "Options"."""

from collections.abc import Mapping

PANELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "build": {
        "What it is built from": ("tasks", "n", "corpora", "corpus", "exclude", "domain", "splits", "data-dir"),
        "The mixture": ("recipe", "set", "temperature", "short", "exclude-leaks", "duplicates", "seed"),
        "The rows": ("pack", "max-tokens", "tokenizer", "template", "order", "validation"),
        "How it runs": ("out", "overwrite", "workers", "executor", "address", "dry-run", "verify", "json"),
    },
    "eval": {
        "What is asked": ("suite", "corpus", "limit", "skip-missing", "data-dir"),
        "How it is asked": ("pack", "shots", "shots-as", "constrained", "by", "repeat", "too-long"),
        "How it runs": ("model", "engine", "base-url", "out", "overwrite", "json"),
    },
}
"""By command, its panels: title and long options."""


def panel_of(command: str, options: tuple[str, ...]) -> str | None:
    """The panel of an option, by all its names (`--out`); None if it is in none."""
    named = {name.removeprefix("--") for name in options}
    return next((title for title, names in PANELS.get(command, {}).items() if not named.isdisjoint(names)), None)
