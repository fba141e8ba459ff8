"""Tables of published studies (`eval/published/`), with what must be known to set one's own scores beside them."""

from mnlu_instruct import yaml_files
from mnlu_instruct.yaml_files import YamlModel


class Row(YamlModel):
    """The scores of a model, ×100.

    Attributes:
        name: as a study's recipe names it.
        through: the key of `ceilings` that holds for it.
        scores: test set → number of training documents → score; what wasn't measured is left out.
    """

    name: str
    through: str
    scores: dict[str, dict[str, float]]


class Caution(YamlModel):
    """Scores that can't be compared, and why."""

    cells: str
    why: str


class StudyTable(YamlModel):
    """A table of a study.

    Attributes:
        title: what it is.
        paper: who published it.
        metric: what it shows.
        models: its rows.
        ceilings: what answers go through → test set → what a perfect answer scores by the study's rules, ×100.
        ceilings_from: where those are from.
        cautions: what can't be compared.
        slips: where the paper's text contradicts itself.
    """

    title: str
    paper: str
    metric: str
    models: tuple[Row, ...]
    ceilings: dict[str, dict[str, float]]
    ceilings_from: str
    cautions: tuple[Caution, ...]
    slips: tuple[str, ...]

    def score(self, model: str, test_set: str, shots: str) -> float | None:
        """A published score, ×100; None if there is none."""
        found = next((row.scores for row in self.models if row.name == model), {})
        return found.get(test_set, {}).get(shots)


def load(source: str) -> StudyTable:
    """Load a table by its name, or by the path of its file.

    Raises:
        UserError: no such table, or a mistake in its file.
    """
    return yaml_files.load(yaml_files.locate(source, "eval/published", "published table"), StudyTable)
