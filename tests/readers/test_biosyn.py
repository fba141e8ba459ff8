"""BioSyn's form: composite mentions with and without words for their parts, faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.biosyn import biosyn
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents

LINES = (
    "1||0|5||Disease||mumps||D1\n"
    "1||9|30||Composite||breast cancer| ovarian cancer ||D2|D3\n"
    "1||9|30||Composite||one or two|| D2+D3|D4\n\n"
)


def test_every_feature_of_the_format() -> None:
    text = "mumps\nbreast cancer | ovarian cancer\none or two"
    assert read(biosyn(), file(LINES, "a.tar.gz/1.concept")) == [
        Document(
            id="1",
            text=text,
            group="1",
            origin="a.tar.gz/1.concept:1",
            mentions=(
                Mention("T1", "Disease", ((0, 5),), ("D1",)),
                Mention(
                    "T2",
                    "Composite",
                    ((6, 36),),
                    ("D2", "D3"),
                    (("D2", "breast cancer"), ("D3", "ovarian cancer")),
                ),
                Mention("T3", "Composite", ((37, 47),), ("D2+D3", "D4")),
            ),
        )
    ]


def test_mentions_slice() -> None:
    (document,) = read_documents(biosyn(), file(LINES, "1.concept"))
    words = [document.text[slice(*one.spans[0])] for one in document.mentions]
    assert words == ["mumps", "breast cancer | ovarian cancer", "one or two"]


@pytest.mark.parametrize(
    "line", ["1||0|5||Disease||mumps", "2||0|5||Disease||mumps||D1", "1||0|5||Disease|| ||D1", "x"]
)
def test_a_broken_line_is_an_error_with_its_number(line: str) -> None:
    with pytest.raises(UserError, match=r"1\.concept, line 2: "):
        read(biosyn(), file(f"1||0|5||D||mumps||D1\n{line}\n", "1.concept"))


@given(damaged(LINES, "||"))
def test_damage_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(biosyn(), file(content, "1.concept"))


@given(st.text("ab|+ ", max_size=9))
def test_any_words_are_read_or_refused(words: str) -> None:
    assert_reads_or_refuses(biosyn(), file(f"1||0|5||D||{words}||D1\n", "1.concept"))
