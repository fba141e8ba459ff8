"""Two runs on the demo suite, once for all tests."""

from pathlib import Path

import pytest

from tests.report import helpers


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    return [
        helpers.record(folder / "dictionary", "dictionary", helpers.dictionary),
        helpers.record(folder / "random", "random <b>", helpers.random),
    ]
