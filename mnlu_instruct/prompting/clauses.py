"""The words of relations in a prompt pack: its `clauses.yaml`, instead of those that the corpora declare."""

from msgspec import structs

from mnlu_instruct.errors import UserError
from mnlu_instruct.types import NO_RELATION, Instance, Label
from mnlu_instruct.yaml_files import YamlModel


class Worded(YamlModel):
    """How a pack states the relations of one corpus.

    Attributes:
        types: relation type → the clause that states it, as in `Extraction.clauses`.
        none: what states that there is none, without a full stop; the corpus' own words, if not given.
    """

    types: dict[str, str]
    none: str | None = None


class Clauses(YamlModel):
    """The content of a `clauses.yaml`: corpus name → its clauses. Other corpora keep those that they declare."""

    corpora: dict[str, Worded]

    def of(self, corpus: str) -> Worded | None:
        """The clauses for a corpus, if there are any."""
        return self.corpora.get(corpus)

    def worded(self, instance: Instance) -> Instance:
        """A question with its relations in these words.

        Raises:
            UserError: a type of the question's has no clause.
        """
        worded = self.of(instance.id.partition("/")[0])
        return instance if worded is None else structs.replace(instance, labels=_labels(instance, worded))


def _labels(instance: Instance, worded: Worded) -> tuple[Label, ...]:
    words = {NO_RELATION: worded.none, **worded.types}
    for label in instance.labels:
        if label.key not in words:
            raise UserError(
                f"clauses.yaml has no clause for relations of type '{label.key}' of {instance.id.partition('/')[0]}.",
                f"it has: {', '.join(worded.types)}.",
            )
    return tuple(Label(label.key, words[label.key] or label.name) for label in instance.labels)
