"""Labelled sentences of abstracts: bars, headings, what is refused, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.labelled_sentences import labelled_sentences
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents

GOLDEN = """\
###11
AIM|A|To compare a|b .
WHO, WHERE|P|@ adults .

###12
|O|Score at week @ .
"""


def test_every_feature_of_the_format() -> None:
    assert read(labelled_sentences(), file(GOLDEN)) == [
        Document(
            id="11",
            text="To compare a|b . @ adults .",
            group="11",
            origin="corpus.txt:1",
            mentions=(Mention("S1", "A", ((0, 16),)), Mention("S2", "P", ((17, 27),))),
        ),
        Document("12", "Score at week @ .", "12", "corpus.txt:5", mentions=(Mention("S1", "O", ((0, 17),)),)),
    ]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = file("\ufeff" + GOLDEN.replace("\n", "\r\n"))
    assert read(labelled_sentences(), windows) == read(labelled_sentences(), file(GOLDEN))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("AIM|A|text\n", 1),
        ("###\nAIM|A|text\n", 1),
        ("###11\nAIM|A\n", 2),
        ("###11\nAIM||text\n", 2),
        ("###11\nAIM|A| \n", 2),
        ("###11\nAIM|A|text\n\nplain\n", 4),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str, line: int) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: expected '###id', then"):
        read(labelled_sentences(), file(content))


WORDS = st.text(PRINTABLE, min_size=1).map(str.strip).filter(bool)
ROWS = st.tuples(st.text("ABC ,", max_size=5), st.sampled_from("APIO"), WORDS)


@given(st.lists(st.lists(ROWS, max_size=4), max_size=3))
def test_any_sentences_are_read_as_they_were_written(written: list[list[tuple[str, str, str]]]) -> None:
    content = "".join(
        f"###{index}\n" + "".join("|".join(row) + "\n" for row in rows) + "\n" for index, rows in enumerate(written)
    )
    found = read_documents(labelled_sentences(), file(content))
    assert [document.id for document in found] == [str(index) for index in range(len(written))]
    assert [
        [(mention.type, document.text[slice(*mention.spans[0])]) for mention in document.mentions] for document in found
    ] == [[(label, words) for _, label, words in rows] for rows in written]


@given(damaged(GOLDEN, delimiter="|").map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(labelled_sentences(), content)


def test_every_truncation_is_read_or_refused() -> None:
    content = GOLDEN.encode()
    for length in range(len(content)):
        assert_reads_or_refuses(labelled_sentences(), file(content[:length]))
