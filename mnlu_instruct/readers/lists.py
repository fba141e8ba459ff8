"""Lists of the documents of a split: a file of names, separated by commas or line ends, beside the documents."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Record

ENDINGS = {".txt", ".xml", ".ann", ".knowtator", ".pipe"}


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
    """The name of a document, from its path: without folders and without endings such as .txt, .xml or .txt.pipe."""
    path = PurePosixPath(name)
    while path.suffix in ENDINGS:
        path = path.with_suffix("")
    return path.name


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


def of_list(read: Reader, lists: str) -> Reader:
    """A reader of the documents that the lists among the files name; `lists` is how the names of lists end."""

    def listed_only(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        return read(chosen(files, lists), repairs)

    return listed_only
