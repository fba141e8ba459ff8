"""Property tests draw the same examples on every machine, and no deadline depends on its speed.

The store of builds is among pytest's temporary files, and all of pytest's processes share it. If there are several
processes, one per core, each has one thread: more would wait for each other.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported: a name that isn't here fails at once
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

from mnlu_instruct import corpora
from mnlu_instruct.catalogue.suites import Dataset
from mnlu_instruct.evaluation import questions
from mnlu_instruct.types import Instance, TaskName
from tests import forks

settings.register_profile("mnlu", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("mnlu")


@pytest.fixture(scope="session", autouse=True)
def _shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    base, worker = tmp_path_factory.getbasetemp(), "PYTEST_XDIST_WORKER" in os.environ
    shared = base.parent if worker else base
    os.environ["MNLU_CACHE"] = str(shared / "store")
    os.environ[forks.FOLDER] = str(shared / "forks")
    os.environ[forks.CONTROLLER] = str(os.getppid() if worker else os.getpid())
    if worker:  # all tests are run, so both will be needed
        forks.start("heavy")
        forks.start("light")


@pytest.fixture(scope="session", autouse=True)
def _demo_corpora_are_read_once() -> Iterator[None]:
    """Evaluations ask about the demo corpora, which never change, again and again."""
    read = questions.instances

    @cache
    def kept(corpus: str, task: TaskName, split: str) -> tuple[Instance, ...]:
        return tuple(read(Dataset(name="demo", corpus=corpus, task=task), split, Path()))

    def instances(dataset: Dataset, split: str, data: Path) -> Iterator[Instance]:
        demo = corpora.get(dataset.corpus).is_demo
        return iter(kept(dataset.corpus, dataset.task, split)) if demo else read(dataset, split, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "instances", instances)
        yield
