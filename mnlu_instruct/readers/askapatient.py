"""AskAPatient: `concept id TAB standard term TAB phrase`, a mention a line, in ISO-8859-1 and without a header.

A phrase is a document of its own, as the posts that it is from are not given.
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, normalise

COLUMNS = 3
Row = tuple[int, str, str, str]
"""The number of a line, concept id, standard term, phrase."""


def askapatient() -> Reader:
    """A reader of a fold's file."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for number, concept, _, phrase in rows(file):
                mention = Mention("T1", "Phrase", ((0, len(phrase)),), (concept,))
                yield Document(str(number), phrase, phrase.lower(), f"{file.name}:{number}", mentions=(mention,))

    return read


def rows(file: File) -> Iterator[Row]:
    """The rows of a file.

    Raises:
        UserError: a line hasn't three columns, or one of them is empty.
    """
    for number, line in enumerate(file.read().decode("iso-8859-1").split("\n"), start=1):
        if line.strip():
            cells = [normalise(cell) for cell in line.split("\t")]
            if len(cells) != COLUMNS or not all(cells):
                raise file.error(number, f"expected 'id TAB standard term TAB phrase', found {line[:60]!r}.")
            yield number, *cells  # type: ignore[misc]
