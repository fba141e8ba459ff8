"""Engines: token ids of prompts in, greedy completions out. One engine serves all data sets of a run."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mnlu_instruct import files
from mnlu_instruct.errors import UserError, install, unknown
from mnlu_instruct.evaluation.engines.engine import Engine, reason
from mnlu_instruct.prompting import plain_text

PARTS = ("*.safetensors", "pytorch_model*.bin", "*.json", "*.model", "*.jinja")
"""The files that decide what a model answers."""

PACKAGES = {
    "vllm": ("vllm", "transformers"),
    "server": ("openai", "transformers"),
    "transformers": ("torch", "transformers"),
    "chat": ("openai",),
}
"""What each engine needs."""
NAMES = tuple(PACKAGES)
REMOTE = ("server", "chat")
"""Those at an address; a chat service has no tokenizer here, so that nothing of its prompts can be checked."""


def load(name: str, model: str, url: str | None = None, arguments: Sequence[str] = ()) -> Engine:
    """Load a model into the engine of that name.

    Args:
        name: one of `NAMES`.
        model: a folder or a name.
        url: the address of the engines `server` and `chat`.
        arguments: arguments of the engine `vllm`, as `vllm serve` takes them.

    Raises:
        UserError: the engine is unknown or not installed, or can't run the model; the model's folder lacks weights,
            tokenizer or chat template, or is an adapter's; a server without an address, or one that doesn't answer;
            arguments that the engine doesn't take.
    """
    check(name, url, arguments)
    if name == "chat":
        assert url is not None
        from mnlu_instruct.evaluation.engines.chat_api import ChatApi  # noqa: PLC0415 (seconds)

        return ChatApi(model, url)
    if url is not None:
        return _server(model, url)
    encoder_decoder = plain_text.is_encoder_decoder(model)
    if encoder_decoder and name == "vllm":
        raise UserError(f"{model} is an encoder–decoder model, which vLLM doesn't run.", "use --engine transformers.")
    if name == "vllm":
        from mnlu_instruct.evaluation.engines.vllm_offline import Vllm  # noqa: PLC0415 (loads vllm)

        return Vllm(model, arguments)
    from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder, Local  # noqa: PLC0415 (loads torch)

    return EncoderDecoder(model) if encoder_decoder else Local(model)


def check(name: str, url: str | None, arguments: Sequence[str]) -> None:
    """Check that there is such an engine, installed, and that it takes an address and arguments if they are given.

    Raises:
        UserError: it doesn't.
    """
    if name not in NAMES:
        raise unknown("engine", name, NAMES)
    if lacking := [package for package in PACKAGES[name] if find_spec(package) is None]:
        raise UserError(f"The engine '{name}' needs {' and '.join(lacking)}.", f"{install('eval')}.")
    if (name in REMOTE) != (url is not None):
        raise UserError(
            "The engines 'server' and 'chat' need an address; the other engines take none.",
            "--engine server --base-url URL",
        )
    if arguments and name != "vllm":
        raise UserError(
            f"The engine '{name}' takes no arguments: {' '.join(arguments)}.",
            "only --engine vllm does; give a server its arguments when you start it with 'vllm serve'.",
        )


@contextmanager
def reporting_failures(engine: str) -> Iterator[None]:
    """Turn whatever an engine's libraries raise while it generates into a `UserError`.

    Raises:
        UserError: the engine failed.
    """
    try:
        yield
    except (UserError, OSError):  # the command line names the file of an OSError
        raise
    except Exception as error:
        raise UserError(
            f"{engine} failed: {reason(error)}.",
            "answers so far are kept, and the same command goes on from there; a smaller batch takes less memory.",
        ) from error


def fingerprint(model: str) -> str:
    """A hash of a model's files; if the model is not a folder, its name.

    A name stands for whatever the hub or a server has under it at the time.
    """
    folder = Path(model)
    if not folder.is_dir():
        return model
    made_of = sorted(path for pattern in PARTS for path in folder.glob(pattern))
    digest = hashlib.blake2b(digest_size=16)
    for path in made_of:
        digest.update(f"{path.name}\0{files.sha256(path)}\0".encode())
    return digest.hexdigest()


def _server(model: str, url: str) -> Engine:
    from mnlu_instruct.evaluation.engines.server import Server  # noqa: PLC0415 (seconds)

    return Server(model, url)
