"""Numbers that papers print, with what must be known to read them beside one's own."""

from mnlu_instruct import declarations
from mnlu_instruct.declarations import Declaration


class Column(Declaration):
    """The scores of one system, ×100.

    Attributes:
        system: what the table calls it.
        model: which model it is, as far as the source says.
        measured_by: who measured it.
        shots: how many examples its prompts held.
        prompts: whose prompts they were.
        scores: by data set; one that was not measured is left out.
        averages: those that the table prints, by name.
    """

    system: str
    model: str
    measured_by: str
    shots: str
    prompts: str
    scores: dict[str, float]
    averages: dict[str, float]


class Table(Declaration):
    """A table of a paper.

    Attributes:
        suite: the suite whose data sets it is about.
        metrics: what the scores are, by data set.
        instances: the `Num Instances` that it prints, by data set.
        slips: what the paper's text says of it that its columns do not.
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
    """A table by name, or by the path of its file.

    Raises:
        UserError: no such table, or a mistake in its file.
    """
    return declarations.load(declarations.locate(source, "eval/published", "published table"), Table)
