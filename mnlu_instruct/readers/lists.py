"""Lists of the documents of a split: a file of names, separated by commas or line ends, beside the documents."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File


def listed(lists: Iterable[File]) -> dict[str, tuple[File, int]]:
    """The document names in lists, without folders and extensions, each with the file and line of the list.

    Raises:
        UserError: a list names no document.
    """
    found = {}
    for file in lists:
        names = [(name.strip(), number) for number, line in file.lines() for name in line.split(",")]
        if not any(name for name, _ in names):
            raise file.error(None, "a list that names no document.")
        found.update({stem(name): (file, number) for name, number in names if name})
    return found


def stem(name: str) -> str:
    """The name of a document, from its path: without folders and without the extension .txt or .xml."""
    path = PurePosixPath(name)
    return path.stem if path.suffix in {".txt", ".xml"} else path.name


def chosen(files: Sequence[File], lists: str = ".tsv") -> list[File]:
    """The document files that the lists among the files name; all document files if there is no list.

    Raises:
        UserError: a list names a document that has no file.
    """
    documents = [file for file in files if not file.name.endswith(lists)]
    wanted = listed(file for file in files if file.name.endswith(lists))
    if not wanted:
        return documents
    there = {stem(file.name) for file in documents}
    for name, (file, number) in wanted.items():
        if name not in there:
            raise file.error(number, f"no file of document '{name}'.")
    return [file for file in documents if stem(file.name) in wanted]
