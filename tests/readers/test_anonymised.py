"""Sentences with marks in the place of mentions."""

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.anonymised import anonymised
from mnlu_instruct.types import Document, Mention, Relation
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read

READER = anonymised({"@GENE$": "Gene", "@DISEASE$": "Disease"}, negative="0")
TABLE = 'index\tsentence\tlabel\n0\t@DISEASE$ runs with "@GENE$.\t1\n1\t@GENE$, not @DISEASE$\t0\n'
MENTIONS = (Mention("T1", "Gene", ((21, 27),)), Mention("T2", "Disease", ((0, 9),)))


def test_marks_are_mentions_and_labels_but_the_negative_one_relations() -> None:
    first, second = read(READER, file(TABLE))
    assert first == Document(
        "0", '@DISEASE$ runs with "@GENE$.', "0", "corpus.txt:2", (), MENTIONS, (Relation("1", "T1", "T2"),)
    )
    assert isinstance(second, Document)
    assert second.relations == ()


def test_without_header_and_index_a_sentence_is_named_by_its_line() -> None:
    reader = anonymised({"@G$": "Gene", "@D$": "Disease"}, negative="no", columns=("sentence", "label"))
    assert [record.id for record in read(reader, file("@G$ @D$\tyes\n@D$ @G$\tno\n"))] == ["1", "2"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0\t@GENE$ alone\t1", "@DISEASE$ occurs 0 times"),
        ("0\t@GENE$ @GENE$ @DISEASE$\t1", "@GENE$ occurs 2 times"),
        ("0\t@GENE$ @DISEASE$", "2 columns, expected 3"),
    ],
)
def test_a_fault_is_named_with_file_and_line(line: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 2: ") as error:
        read(READER, file(f"index\tsentence\tlabel\n{line}\n"))
    assert message in error.value.message


@given(damaged(TABLE))
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(READER, file(content))
