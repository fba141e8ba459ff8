"""Files that hold the documents of all splits, beside lists of the ids of each split's."""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.lists import listed as ids_in
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Record


def listed(reader: Reader, lists: str) -> Reader:
    """A reader of those documents whose ids are in the lists: files with `lists` in their names, an id a line.

    Raises:
        UserError: while reading, if a list names a document that isn't in the other files.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        wanted = ids_in(file for file in files if lists in file.name)
        for record in reader([file for file in files if lists not in file.name], repairs):
            if wanted.pop(record.id, None):
                yield record
        for name, (file, number) in wanted.items():
            raise file.error(number, f"document {name} is in none of the corpus' files.")

    return read
