"""The checks of `mnlu doctor`: installed packages, GPUs, corpora, and what is missing for which extra."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

from msgspec import Struct
from packaging.requirements import Requirement

from mnlu_instruct import corpora
from mnlu_instruct.sources import reading


class Package(Struct, frozen=True):
    """A package that an extra needs: the version found (None if missing) and whether it fits."""

    extra: str
    name: str
    wanted: str
    found: str | None
    fits: bool


class Diagnosis(Struct, frozen=True):
    """The state of this machine."""

    python: str
    cores: int
    gpus: list[str]
    data: str
    packages: list[Package]
    corpora: dict[str, str]

    @property
    def advice(self) -> list[str]:
        """What to install or set, one sentence for each thing missing."""
        lacking = sorted({package.extra for package in self.packages if not package.fits} - {""})
        advice = [f"pip install 'mnlu-instruct[{extra}]' to use the extra '{extra}'." for extra in lacking]
        if "ready" not in self.corpora.values():
            advice.append(
                f"No corpus has all its files in {self.data}: set MNLU_DATA or --data-dir; "
                "'mnlu build --corpora demo' uses the bundled ones."
            )
        return advice


def diagnose(data: Path) -> Diagnosis:
    """Check the machine, without importing the packages that are looked for."""
    return Diagnosis(
        python=platform.python_version(),
        cores=len(os.sched_getaffinity(0)),
        gpus=_gpus(),
        data=str(data),
        packages=[_package(extra, needed) for extra, needed in _needed()],
        corpora={
            name: reading.status(corpus, data) for name, corpus in corpora.registry().items() if not corpus.is_demo
        },
    )


def _needed() -> list[tuple[str, Requirement]]:
    """(extra, requirement) pairs of this distribution; the extra is "" for what is always required."""
    extras = metadata("mnlu-instruct").get_all("Provides-Extra") or []
    found = []
    for requirement in map(Requirement, requires("mnlu-instruct") or []):
        marker = requirement.marker
        wanted_by = [extra for extra in extras if marker and marker.evaluate({"extra": extra})]
        found += [(extra, requirement) for extra in (wanted_by if marker else [""])]
    return found


def _package(extra: str, needed: Requirement) -> Package:
    try:
        found = version(needed.name)
    except PackageNotFoundError:
        return Package(extra, needed.name, str(needed.specifier), None, False)
    return Package(extra, needed.name, str(needed.specifier), found, needed.specifier.contains(found, prereleases=True))


def _gpus() -> list[str]:
    """The NVIDIA GPUs that the driver lists; none where `nvidia-smi` is not installed."""
    if shutil.which("nvidia-smi") is None:
        return []
    return sorted(path.name for path in Path("/proc/driver/nvidia/gpus").glob("*"))
