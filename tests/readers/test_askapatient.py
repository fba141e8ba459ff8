"""AskAPatient's rows: ISO-8859-1, a document a phrase."""

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.askapatient import askapatient
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read

LINES = "11\tSjögren's syndrome\t Dry  EYES\n12\tPoor sleep\tno sleep\n"


def test_every_feature_of_the_format() -> None:
    assert read(askapatient(), file(LINES.encode("iso-8859-1"), "f.txt")) == [
        Document("1", "Dry EYES", "dry eyes", "f.txt:1", mentions=(Mention("T1", "Phrase", ((0, 8),), ("11",)),)),
        Document("2", "no sleep", "no sleep", "f.txt:2", mentions=(Mention("T1", "Phrase", ((0, 8),), ("12",)),)),
    ]


def test_the_same_phrase_is_one_group_whatever_its_case() -> None:
    one, other = read(askapatient(), file("1\tA\tDry\n1\tA\tdry\n"))
    assert one.group == other.group


@pytest.mark.parametrize("line", ["1\tterm", "1\tterm\t", "1\tterm\tphrase\tmore", "no tab"])
def test_a_broken_line_is_an_error_with_its_number(line: str) -> None:
    with pytest.raises(UserError, match=r"f\.txt, line 2: expected 'id TAB standard term TAB phrase'"):
        read(askapatient(), file(f"1\ta\tb\n{line}\n", "f.txt"))


@given(damaged(LINES))
def test_damage_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(askapatient(), file(content))
