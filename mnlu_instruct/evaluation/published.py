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
        scores: by data set, or by data set and metric; those that were not measured are left out.
        averages: the averages that the table prints, by name.
    """

    system: str
    model: str
    measured_by: str
    shots: str
    prompts: str
    scores: dict[str, float | dict[str, float]]
    averages: dict[str, float]

    def printed(self, dataset: str, metric: str | None) -> float | None:
        """The score on a data set, of a metric where there are several; None if it wasn't measured."""
        found = self.scores.get(dataset)
        return found.get(metric or "") if isinstance(found, dict) else found


class Table(YamlModel):
    """A table of a paper, or several that have the same columns.

    Attributes:
        suite: the suite with the data sets of the table.
        metrics: the metric of each data set in words; or of each of its metrics, by the keys of our own.
        instances: the `Num Instances` that it prints, by data set.
        slips: where the paper's text contradicts the table's columns.
        whole: whether it is shown whole beside runs that have one of its data sets; else, the data sets that they have.
        mode: the mode of `mnlu score` that counts as the paper does.
    """

    title: str
    paper: str
    suite: str
    scoring: str
    metrics: dict[str, str | dict[str, str]]
    instances: dict[str, int]
    columns: tuple[Column, ...]
    slips: tuple[str, ...] = ()
    whole: bool = True
    mode: str = "reference"

    @property
    def measured(self) -> list[tuple[str, str | None, str]]:
        """Its rows: data set, the key of our metric where it has several, and the metric in words."""
        return [
            (name, key, words)
            for name, metrics in self.metrics.items()
            for key, words in (metrics.items() if isinstance(metrics, dict) else [(None, metrics)])
        ]


def load(source: str) -> Table:
    """Load a table by its name, or by the path of its file.

    Raises:
        UserError: no such table, or a mistake in its file.
    """
    return yaml_files.load(yaml_files.locate(source, "eval/published", "published table"), Table)
