"""Definitions of labels, from annotation guidelines: the `definitions.yaml` of a prompt pack."""

from collections.abc import Iterator

from pydantic import field_validator

from mnlu_instruct import tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks import re
from mnlu_instruct.types import NO_RELATION, Instance, Label
from mnlu_instruct.yaml_files import YamlModel


class Defined(YamlModel):
    """The definitions of one corpus.

    Attributes:
        source: the guideline or paper that they are from.
        labels: label (as in `called`) → definition, one clause; labels without one are shown by name only.
        evident: labels that need no definition.
    """

    source: str
    labels: dict[str, str]
    evident: tuple[str, ...] = ()

    @field_validator("labels", mode="before")
    @classmethod
    def _text(cls, labels: object) -> object:
        """Refuse labels that are no strings: YAML reads `yes` as a truth value and `1` as a number."""
        for label in labels if isinstance(labels, dict) else ():
            if not isinstance(label, str):
                raise UserError(
                    f"definitions.yaml: YAML reads a label as {label}.", "put labels such as yes, no and 1 in quotes."
                )
        return labels


class Definitions(YamlModel):
    """The content of a `definitions.yaml`: corpus name → its definitions."""

    corpora: dict[str, Defined]

    def of(self, instance: Instance) -> list[str | None]:
        """The definition of each label of an instance, in the order shown; None for labels without one."""
        defined = self.corpora.get(instance.id.partition("/")[0])
        return [defined.labels.get(called(label, instance)) if defined else None for label in instance.labels]


def called(label: Label, instance: Instance) -> str:
    """The name of a label in `definitions.yaml`: the name shown; for a relation, whose sentences vary, its key."""
    return re.label_of(label.key) if instance.task in {"re", "ere"} else label.name


def names(corpus: Corpus) -> Iterator[str]:
    """The names in `definitions.yaml` of all labels of a corpus' questions; similarity scores need no definition."""
    asked = tasks.kinds(corpus.tasks)
    if "ner" in asked:
        yield from corpus.entities.values()
    if "re" in asked and corpus.relations:
        yield from corpus.relations.labels
    if "ere" in asked and corpus.extraction:
        yield from (*corpus.extraction.clauses, NO_RELATION)
    for event in corpus.events.values():
        if "ete" in asked:
            yield event.name
        if "eae" in asked:
            yield from (f"{event.name} - {attribute}" for attribute in event.spans.values())
        if "eac" in asked:
            yield from (value for attribute in event.classes.values() for value in attribute.values.values())
    for classes in corpus.questions.values():
        yield from classes.options.values()
    yield from corpus.options.values()
