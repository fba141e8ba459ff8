"""i2b2 2008: XML files of notes, and XML files of judgements about them, recognised by their content.

Records have `<docs><doc id="1"><text>…`; annotations have `<diseases source="…"><disease name="…"><doc id="1"
judgment="Y"/>`. If a note has several judgements by one source on one disease, that of the last file counts.
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.markup import Element, attribute, child, parse, plain_text
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Judgement


def i2b2_obesity() -> Reader:
    """A reader of the two kinds of files; a question is named `source/disease`."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        notes: list[tuple[str, str, str]] = []
        judged: dict[str, dict[str, str]] = {}
        places: dict[str, tuple[File, int]] = {}
        for file, root in ((file, parse(file, repairs)) for file in files):
            found = list(root.iterfind("docs/doc"))
            notes += [_note(element, file) for element in found]
            for name, question, answer, line in () if found else _judgements(root, file):
                judged.setdefault(name, {})[question] = answer
                places.setdefault(name, (file, line))
        for name, text, origin in notes:
            answers = tuple(Judgement(question, (answer,)) for question, answer in judged.pop(name, {}).items())
            yield Document(name, text, name, origin, judgements=answers)
        for name in judged:
            file, line = places[name]
            raise file.error(line, f"document {name} is judged, but no file has its text.")

    return read


def _note(element: Element, file: File) -> tuple[str, str, str]:
    text = plain_text(child(element, "text", file), file)
    return attribute(element, "id", file), text, f"{file.name}:{element.sourceline}"


def _judgements(root: Element, file: File) -> Iterator[tuple[str, str, str, int]]:
    """Note, question, answer, line."""
    child(root, "diseases", file)
    for group in root.iterfind("diseases"):
        for disease in group.iterfind("disease"):
            question = f"{attribute(group, 'source', file)}/{attribute(disease, 'name', file)}"
            for doc in disease.iterfind("doc"):
                yield attribute(doc, "id", file), question, attribute(doc, "judgment", file), doc.sourceline
