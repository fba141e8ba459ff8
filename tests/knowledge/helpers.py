"""Shared by the tests of knowledge bases."""

from pathlib import Path

from mnlu_instruct.knowledge import base
from mnlu_instruct.knowledge.base import KnowledgeBase

NAMES = "D1\tDorrel Fever\tfever of dorrel\nD2\tmerrow palsy\nD3\tspots\ttallin spots\nD4\tSpots\nD5\tvell wasting\n"


def made(folder: Path, content: str = NAMES, kind: str = "tsv", rule: str = "lower") -> KnowledgeBase:
    """A knowledge base of a file with this content."""
    source = folder / f"source.{kind}"
    source.write_text(content, "utf-8")
    base.build(kind, source, folder / f"{kind}-{rule}", rule, overwrite=True)
    return base.opened(folder / f"{kind}-{rule}")


def contents(found: KnowledgeBase) -> dict[str, list[str]]:
    """The names of each concept."""
    concepts = range(found.manifest.counts.concepts)
    return {found.id(one): [found.name(name) for name in found.names(one)] for one in concepts}
