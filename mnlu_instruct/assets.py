"""Prompt packs and recipes that come with the package: beside it in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """The folder of a kind of asset (`prompts`, `recipes`)."""
    packed = PACKAGE / "assets" / kind
    return packed if packed.is_dir() else PACKAGE.parent / kind


def names(kind: str, pattern: str) -> list[str]:
    """The assets of a kind that match a pattern, as paths below its folder, sorted."""
    root = folder(kind)
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
