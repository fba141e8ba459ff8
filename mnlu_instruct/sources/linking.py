"""What a corpus declares about the concepts of its mentions, for entity linking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Linking:
    """What the mentions of a corpus are linked to.

    Args:
        to: the knowledge base that its annotators used, in words.
        alone: whether mentions are asked about by themselves, as the corpus has no texts that they stand in.
        prefixes: what comes before an identifier in the corpus' files, but not in knowledge bases ("MESH:").
    """

    to: str
    alone: bool = False
    prefixes: tuple[str, ...] = ()

    def accepted(self, concept: str) -> tuple[str, ...]:
        """The identifiers of a concept as annotated: `+` joins several, any of which is right; without prefixes."""
        return tuple(dict.fromkeys(self._bare(one.strip()) for one in concept.split("+") if one.strip()))

    def _bare(self, identifier: str) -> str:
        for prefix in self.prefixes:
            identifier = identifier.removeprefix(prefix)
        return identifier
