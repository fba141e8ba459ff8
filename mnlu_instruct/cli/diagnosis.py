"""The checks of `mnlu doctor`: installed packages, GPUs, corpora, and what is missing for which extra."""

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import metadata, requires
from pathlib import Path

from msgspec import Struct
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mnlu_instruct import corpora, tasks
from mnlu_instruct.errors import install
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus

GPU = "gpu"
DIST = ".dist-info"
OURS = {"dev", "bench"}
"""The extras that are for working on this program."""


class Package(Struct, frozen=True):
    """A package that an extra needs: the version found (None if missing) and whether it fits."""

    extra: str
    name: str
    wanted: str
    found: str | None
    fits: bool


class Ready(Struct, frozen=True):
    """The corpora of a task that have all their files, and all that there are: training corpora, and test sets."""

    task: str
    training: tuple[int, int]
    test: tuple[int, int]


class Diagnosis(Struct, frozen=True):
    """The state of this machine."""

    python: str
    cores: int
    gpus: list[str]
    data: str
    packages: list[Package]
    corpora: Mapping[str, str]
    tasks: list[Ready]

    @property
    def lacking(self) -> list[tuple[str, list[str]]]:
        """(extra, the packages that it lacks), without the extras for working on this program itself."""
        extras = dict.fromkeys(package.extra for package in self.packages if package.extra not in OURS)
        return [(extra, [one.name for one in self.packages if one.extra == extra and not one.fits]) for extra in extras]

    @property
    def advice(self) -> list[str]:
        """What to install or set, one sentence for each thing missing."""
        lacking = [extra for extra, packages in self.lacking if extra and packages and (self.gpus or extra != GPU)]
        advice = [f"The extra '{extra}' is not complete: {install(extra)}." for extra in lacking]
        if "ready" not in self.corpora.values():
            advice.append(
                f"No corpus has all its files in {self.data}: set MNLU_DATA or --data-dir; "
                "'mnlu build --corpora demo' uses the bundled ones."
            )
        return advice


def diagnose(data: Path) -> Diagnosis:
    """Check the machine, without importing the packages that are looked for."""
    known = [corpus for corpus in corpora.registry().values() if not corpus.is_demo]
    versions = installed()
    return Diagnosis(
        python=platform.python_version(),
        cores=len(os.sched_getaffinity(0)),
        gpus=_gpus(),
        data=str(data),
        packages=[_package(extra, needed, versions) for extra, needed in _needed()],
        corpora=(statuses := {corpus.name: reading.status(corpus, data) for corpus in known}),
        tasks=[_ready(task, known, statuses) for task in tasks.FAMILIES],
    )


def _ready(task: str, known: list[Corpus], statuses: Mapping[str, str]) -> Ready:
    def counts(role: str) -> tuple[int, int]:
        served = [one for one in known if one.role == role and tasks.kinds([task]) & tasks.kinds(one.tasks)]
        served = [one for one in served if not one.edition_of]
        return sum(statuses[one.name] == "ready" for one in served), len(served)

    return Ready(task, counts("train"), counts("eval"))


def extra_of(module: str) -> str | None:
    """The first extra with a package of a module's name; None if there is none."""
    name = module.partition(".")[0].replace("_", "-")
    return next((extra for extra, needed in _needed() if extra and needed.name.replace("_", "-") == name), None)


def _needed() -> list[tuple[str, Requirement]]:
    """(extra, requirement) pairs of this distribution; the extra is "" for what is always required."""
    extras = metadata("mnlu-instruct").get_all("Provides-Extra") or []
    found = []
    for requirement in map(Requirement, requires("mnlu-instruct") or []):
        marker = requirement.marker
        wanted_by = [extra for extra in extras if marker and marker.evaluate({"extra": extra})]
        found += [(extra, requirement) for extra in (wanted_by if marker else [""])]
    return found


def installed() -> dict[str, str]:
    """The versions of installed packages, read off the names of their folders: `metadata` would parse their pages."""
    folders = (folder.name.removesuffix(DIST) for place in sys.path for folder in Path(place).glob(f"*{DIST}"))
    pairs = [name.partition("-") for name in folders]
    return {canonicalize_name(name): version for name, _, version in reversed(pairs)}


def _package(extra: str, needed: Requirement, versions: Mapping[str, str]) -> Package:
    found = versions.get(canonicalize_name(needed.name))
    if found is None:
        return Package(extra, needed.name, str(needed.specifier), None, False)
    return Package(extra, needed.name, str(needed.specifier), found, needed.specifier.contains(found, prereleases=True))


def _gpus() -> list[str]:
    """The NVIDIA GPUs that the driver lists; none where `nvidia-smi` is not installed."""
    if shutil.which("nvidia-smi") is None:
        return []
    return sorted(path.name for path in Path("/proc/driver/nvidia/gpus").glob("*"))
