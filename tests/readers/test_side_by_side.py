"""Files whose lines belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.side_by_side import side_by_side
from mnlu_instruct.types import Pair
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read


def make(row: Row, origin: str) -> Pair:
    return Pair(origin, row["one"], row["two"], "", origin, score=float(row["score"]))


READER = side_by_side(make, columns=("one", "two", "score"))
PAIRS, SCORES = 'a\t"b"\nc\td \n', "1.5\n3\n"


def test_one_file_and_two_with_the_same_columns_give_the_same() -> None:
    expected = [
        Pair("corpus.txt:1", "a", '"b"', "", "corpus.txt:1", score=1.5),
        Pair("corpus.txt:2", "c", "d ", "", "corpus.txt:2", score=3.0),
    ]
    assert read(READER, file(PAIRS), file(SCORES, "scores.txt")) == expected
    assert read(READER, file('a\t"b"\t1.5\nc\td \t3\n')) == expected


@pytest.mark.parametrize(
    ("pairs", "scores", "message"),
    [
        (PAIRS, "1.5\n", r"^scores\.txt, line 1: 1 lines, but corpus\.txt has 2"),
        (PAIRS, "1\n2\n3\n", r"^scores\.txt, line 3: 3 lines, but corpus\.txt has 2"),
        (PAIRS, "", r"^scores\.txt: 0 lines"),
        ("a\nc\td\n", SCORES, r"^corpus\.txt, line 1: 2 columns, expected 3"),
        (PAIRS, "1\nx\n", r"^corpus\.txt, line 2: a value that doesn't fit"),
    ],
)
def test_a_fault_is_named_with_file_and_line(pairs: str, scores: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(READER, file(pairs), file(scores, "scores.txt"))


CELLS = st.text(PRINTABLE, min_size=1)


@given(st.lists(st.tuples(CELLS, CELLS, st.floats(0, 5))))
def test_any_rows_are_read_as_they_were_written(rows: list[tuple[str, str, float]]) -> None:
    pairs = file("".join(f"{one}\t{two}\n" for one, two, _ in rows))
    scores = file("".join(f"{score}\n" for *_, score in rows))
    found = [(pair.first, pair.second, pair.score) for pair in read(READER, pairs, scores) if isinstance(pair, Pair)]
    assert found == rows


@given(damaged(PAIRS), damaged(SCORES))
def test_damaged_files_are_read_or_refused(pairs: bytes, scores: bytes) -> None:
    assert_reads_or_refuses(READER, file(pairs), file(SCORES))
    assert_reads_or_refuses(READER, file(PAIRS), file(scores))
