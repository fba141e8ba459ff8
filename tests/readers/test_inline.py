"""The inline layout: pieces as first and last tokens, sentences without mentions, faults by line."""

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.inline import inline
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents

GOLDEN = "my legs and arms ached\n1,1,4,4 ADR|3,4 ADR\n\nNo more .\n\n\n"


def test_every_feature_of_the_format() -> None:
    assert read(inline(), file(GOLDEN)) == [
        Document(
            "1",
            "my legs and arms ached",
            "1",
            "corpus.txt:1",
            mentions=(Mention("T1", "ADR", ((3, 7), (17, 22))), Mention("T2", "ADR", ((12, 22),))),
        ),
        Document("2", "No more .", "2", "corpus.txt:4"),
    ]


def test_sentences_of_several_files_have_ids_of_their_own() -> None:
    found = read_documents(inline(), file(GOLDEN, "a/dev.txt"), file(GOLDEN, "a/test.txt"))
    assert [one.id for one in found] == ["dev/1", "dev/2", "test/1", "test/2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a b\n0,2 X\n\n", "line 2: expected 'first,last type' with rising tokens below 2, found '0,2 X'"),
        ("a b\n1,0 X\n\n", "line 2: .*rising"),
        ("a b\n0 X\n\n", "line 2: .*found '0 X'"),
        ("a b\n0,1\n\n", "line 2: .*found '0,1'"),
        ("a b\n0,1 X\nc d\n", "line 1: expected a sentence, its mentions, and an empty line"),
        ("\n\n\n", "line 1: expected a sentence"),
    ],
)
def test_a_fault_is_named_with_its_line(content: str, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, {message}"):
        read(inline(), file(content))


@given(damaged(GOLDEN, ","))
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(inline(), file(content))
