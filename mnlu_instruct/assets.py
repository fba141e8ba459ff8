"""Where the bundled prompt packs, recipes and suites lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """The folder of a kind of asset (`prompts`, `recipes`, `eval`)."""
    packed = PACKAGE / "assets" / kind
    return packed if packed.is_dir() else PACKAGE.parent / kind


def names(kind: str, pattern: str) -> list[str]:
    """The assets of a kind that match a glob pattern, as sorted paths relative to its folder."""
    root = folder(kind)
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
