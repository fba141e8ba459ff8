"""Published scores, with the protocol that one must know to compare them with one's own."""

from mnlu_instruct import yaml_files
from mnlu_instruct.yaml_files import YamlModel


class Column(YamlModel):
    """The scores of one system, ×100.

    Attributes:
        system: its name in the table.
        model: which model it is, as far as the source says.
        measured_by: who measured it.
        shots: how many examples its prompts had (zero-shot, few-shot).
        prompts: whose prompts they were.
        scores: by data set; data sets that were not measured are left out.
        averages: the averages that the table prints, by name.
    """

    system: str
    model: str
    measured_by: str
    shots: str
    prompts: str
    scores: dict[str, float]
    averages: dict[str, float]


class Table(YamlModel):
    """A table of a paper.

    Attributes:
        suite: the suite with the data sets of the table.
        metrics: the metric of each data set.
        instances: the `Num Instances` that it prints, by data set.
        slips: where the paper's text contradicts the table's columns.
    """

    title: str
    paper: str
    suite: str
    scoring: str
    metrics: dict[str, str]
    instances: dict[str, int]
    columns: tuple[Column, ...]
    slips: tuple[str, ...] = ()


def load(source: str) -> Table:
    """Load a table by its name, or by the path of its file.

    Raises:
        UserError: no such table, or a mistake in its file.
    """
    return yaml_files.load(yaml_files.locate(source, "eval/published", "published table"), Table)
