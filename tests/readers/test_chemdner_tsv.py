"""CHEMDNER's two TSV files: one golden split, the round trip of any documents, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.chemdner_tsv import chemdner_tsv
from mnlu_instruct.types import Document, Mention, Passage
from tests.readers.helpers import (
    NAMES,
    PRINTABLE,
    assert_reads_or_refuses,
    damaged,
    file,
    read,
    read_documents,
    spans_of,
)

ABSTRACTS = "11\tAspirin | salt\tIt is aspirin.\n\n12\tNothing\there\n"
ANNOTATIONS = "11\tT\t0\t7\tAspirin\tTRIVIAL\n11\tA\t6\t13\taspirin\tNO CLASS\n"


def split(abstracts: str | bytes = ABSTRACTS, annotations: str | bytes = ANNOTATIONS) -> list[File]:
    return [file(annotations, "training.annotations.txt"), file(abstracts, "training.abstracts.txt")]


def test_every_feature_of_the_format() -> None:
    assert read(chemdner_tsv(), *split()) == [
        Document(
            id="11",
            text="Aspirin | salt It is aspirin.",
            group="11",
            origin="training.abstracts.txt:1",
            passages=(Passage("title", 0, 14), Passage("abstract", 15, 29)),
            mentions=(Mention("T1", "TRIVIAL", ((0, 7),)), Mention("T2", "NO CLASS", ((21, 28),))),
        ),
        Document(
            id="12",
            text="Nothing here",
            group="12",
            origin="training.abstracts.txt:3",
            passages=(Passage("title", 0, 7), Passage("abstract", 8, 12)),
        ),
    ]


def test_windows_line_ends_and_byte_order_marks_change_nothing() -> None:
    windows = split(*("\ufeff" + content.replace("\n", "\r\n") for content in (ABSTRACTS, ANNOTATIONS)))
    assert read(chemdner_tsv(), *windows) == read(chemdner_tsv(), *split())


@pytest.mark.parametrize("missing", ["abstracts.txt", "annotations.txt"])
def test_a_missing_file_is_named(missing: str) -> None:
    with pytest.raises(UserError, match=rf"No file …\.{missing} beside training\.\w+\.txt"):
        read(chemdner_tsv(), *(one for one in split() if not one.name.endswith(missing)))


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        (split(abstracts="11\ttitle\n"), "abstracts.txt, line 1", "2 columns, expected 3"),
        (split(annotations=ANNOTATIONS + "11\tT\t0\n"), "annotations.txt, line 3", "3 columns, expected 6"),
        (split(annotations="11\tB\t0\t7\tAspirin\tX\n"), "annotations.txt, line 1", "expected T or A"),
        (split(annotations="11\tT\t-1\t7\tAspirin\tX\n"), "annotations.txt, line 1", "expected T or A"),
        (split(annotations="11\tT\t0\t²\tAspirin\tX\n"), "annotations.txt, line 1", "expected T or A"),
        (split(annotations="11\tA\t0\t7\tAspirin\tX\n"), "annotations.txt, line 1", "slice to 'It is a'"),
        (split(annotations="13\tT\t0\t7\tAspirin\tX\n"), "annotations.txt, line 1", "document 13 is not in"),
    ],
)
def test_a_fault_is_named_with_file_and_line(files: list[File], place: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(chemdner_tsv(), *files)
    assert error.value.message.startswith(f"training.{place}: ")
    assert message in error.value.message


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str, list[tuple[str, int, int, str]]]:
    title, abstract = draw(st.text(PRINTABLE)), draw(st.text(PRINTABLE))
    marked = [("T", start, end, draw(NAMES)) for start, end in draw(spans_of(title))]
    marked += [("A", start, end, draw(NAMES)) for start, end in draw(spans_of(abstract))]
    return title, abstract, marked


@given(documents())
def test_any_document_is_read_as_it_was_written(written: tuple[str, str, list[tuple[str, int, int, str]]]) -> None:
    title, abstract, marked = written
    texts = {"T": title, "A": abstract}
    annotations = "".join(
        f"7\t{part}\t{start}\t{end}\t{texts[part][start:end]}\t{kind}\n" for part, start, end, kind in marked
    )
    [document] = read_documents(chemdner_tsv(), *split(f"7\t{title}\t{abstract}\n", annotations))
    assert document.text == f"{title} {abstract}"
    begins = {"T": 0, "A": len(title) + 1}
    assert [(mention.type, mention.spans) for mention in document.mentions] == [
        (kind, ((begins[part] + start, begins[part] + end),)) for part, start, end, kind in marked
    ]


@given(damaged(ABSTRACTS), damaged(ANNOTATIONS))
def test_damaged_files_are_read_or_refused(abstracts: bytes, annotations: bytes) -> None:
    assert_reads_or_refuses(chemdner_tsv(), *split(abstracts=abstracts))
    assert_reads_or_refuses(chemdner_tsv(), *split(annotations=annotations))
