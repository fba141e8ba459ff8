"""Property tests draw the same examples on every machine, and no deadline depends on its speed.

What builds keep of the corpora is kept among pytest's temporary files, shared by all of its processes. Where these are
several, one for each core, each has one thread: more would wait for each other.
"""

import os

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

settings.register_profile("mnlu", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("mnlu")


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.getbasetemp()
    os.environ["MNLU_CACHE"] = str((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "store")
