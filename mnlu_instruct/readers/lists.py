"""Lists of the documents that a split has: names separated by commas or line ends, in a file beside the documents."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File


def listed(lists: Iterable[File]) -> dict[str, tuple[File, int]]:
    """The names in lists, without folders and endings, each with its file and line.

    Raises:
        UserError: a list names none.
    """
    found = {}
    for file in lists:
        names = [(name.strip(), number) for number, line in file.lines() for name in line.split(",")]
        if not any(name for name, _ in names):
            raise file.error(None, "a list that names no document.")
        found.update({stem(name): (file, number) for name, number in names if name})
    return found


def stem(name: str) -> str:
    """The name of a document, given its path or its file's name: no folders, no ending."""
    path = PurePosixPath(name)
    return path.stem if path.suffix in {".txt", ".xml"} else path.name


def chosen(files: Sequence[File], lists: str = ".tsv") -> list[File]:
    """The files of documents that the lists among the files name; all of them where there is no list.

    Raises:
        UserError: a list names a document that isn't there.
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
