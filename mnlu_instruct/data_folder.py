"""The data directory: the folder of the corpora's files."""

import os
from pathlib import Path

from mnlu_instruct.errors import UserError


def data_directory(option: Path | None = None) -> Path:
    """The folder of the corpora: the option, else `$MNLU_DATA`, else `~/.cache/mnlu/corpora`."""
    if option is not None:
        return option
    return Path(os.environ.get("MNLU_DATA") or Path.home() / ".cache" / "mnlu" / "corpora")


def filled_data_directory(option: Path | None = None) -> Path:
    """As `data_directory`; one that was given, by the option or `$MNLU_DATA`, must be there and hold something.

    Raises:
        UserError: it doesn't, so that a misspelt path isn't taken for a machine without corpora.
    """
    found = data_directory(option)
    if (option is not None or os.environ.get("MNLU_DATA")) and not (found.is_dir() and any(found.iterdir())):
        how = "--data-dir" if option is not None else "MNLU_DATA"
        raise UserError(
            f"The data directory {found} {'is empty' if found.is_dir() else 'is not there'}.",
            f"correct {how}, or leave it out; 'mnlu fetch' downloads open corpora into it.",
        )
    return found
