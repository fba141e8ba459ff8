"""Engines: token ids of prompts in, greedy completions out. One engine serves all data sets of a run."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mnlu_instruct import files
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation.engines.engine import Engine, reason
from mnlu_instruct.prompting import plain_text

PARTS = frozenset({".safetensors", ".json", ".model", ".jinja"})
"""The endings of the files of which what a model answers depends."""

NAMES = ("vllm", "server", "transformers")


def load(name: str, model: str, url: str | None = None, arguments: Sequence[str] = ()) -> Engine:
    """An engine by name, with a model loaded.

    Args:
        name: one of `NAMES`.
        model: a folder or a name.
        url: the address of the engine `server`.
        arguments: words for the engine `vllm`, as `vllm serve` takes them.

    Raises:
        UserError: the engine is unknown or not installed, or can't run the model; the model's folder lacks weights,
            tokenizer or chat template, or is an adapter's; a server without an address, or one that doesn't answer;
            arguments that the engine doesn't take.
    """
    if name not in NAMES:
        raise unknown("engine", name, NAMES)
    if (name == "server") != (url is not None):
        raise UserError("The engine 'server' has an address, the others have none.", "--engine server --base-url URL")
    if arguments and name != "vllm":
        raise UserError(
            f"The engine '{name}' takes no arguments: {' '.join(arguments)}.",
            "'vllm' does; those of a server are given to 'vllm serve', where it is started.",
        )
    if url is not None:
        return _server(model, url)
    encoder_decoder = plain_text.is_encoder_decoder(model)
    if encoder_decoder and name == "vllm":
        raise UserError(f"{model} is an encoder–decoder model, which vLLM doesn't run.", "use --engine transformers.")
    with _installed(name):
        if name == "vllm":
            from mnlu_instruct.evaluation.engines.vllm_offline import Vllm  # noqa: PLC0415 (loads vllm)

            return Vllm(model, arguments)
        from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder, Local  # noqa: PLC0415 (loads torch)

        return EncoderDecoder(model) if encoder_decoder else Local(model)


@contextmanager
def going_on(engine: str) -> Iterator[None]:
    """Say in a sentence that an engine failed in the middle of its work, whatever its libraries raise.

    Raises:
        UserError: it failed.
    """
    try:
        yield
    except (UserError, OSError):  # of a file: the command line says which
        raise
    except Exception as error:
        raise UserError(
            f"{engine} failed: {reason(error)}.",
            "what was answered is kept, and the same command goes on; a smaller batch takes less memory.",
        ) from error


def fingerprint(model: str) -> str:
    """A hash of the files that a model is made of; of what is no folder, its name.

    Such a name stands for whatever the hub or a server has under it at the time.
    """
    folder = Path(model)
    if not folder.is_dir():
        return model
    made_of = sorted(path for path in folder.iterdir() if path.suffix in PARTS)
    digest = hashlib.blake2b(digest_size=16)
    for path in made_of:
        digest.update(f"{path.name}\0{files.sha256(path)}\0".encode())
    return digest.hexdigest()


def _server(model: str, url: str) -> Engine:
    with _installed("server"):
        from mnlu_instruct.evaluation.engines.server import Server  # noqa: PLC0415 (seconds)
    return Server(model, url)


@contextmanager
def _installed(name: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"The engine '{name}' isn't installed ({error}).", "pip install 'mnlu-instruct[eval]'."
        ) from error
