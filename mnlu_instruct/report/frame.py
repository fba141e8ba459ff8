"""Shared by all pages: render a template of this folder, inline files, write a page atomically."""

import os
from contextlib import suppress
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnlu_instruct.errors import UserError

HERE = Path(__file__).parent


def render(template: str, **values: object) -> str:
    """A template of this folder, rendered; values are escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(**values)


def inlined(name: str) -> Markup:
    """The content of a file of this folder, unescaped, since it comes with the package."""
    return Markup((HERE / name).read_text("utf-8"))


def write(page: str, out: Path) -> None:
    """Write a page to a file, which appears whole or not at all.

    Raises:
        UserError: the file can't be written.
    """
    hidden = out.parent / f".{out.name}.{os.getpid()}"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        hidden.write_text(page, "utf-8", newline="\n")
        hidden.replace(out)
    except OSError as error:
        with suppress(OSError):
            hidden.unlink()
        raise UserError(f"{out} can't be written: {error.strerror}.", "choose another file.") from error
