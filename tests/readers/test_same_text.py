"""Documents of one text, read as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.same_text import same_text
from mnlu_instruct.readers.tables import table
from mnlu_instruct.types import Document, Judgement
from tests.readers.helpers import file, read

TABLE = "id,text,topic\n1,a,x\n2,b,x\n3,a,y\n4,a,x\n"


def make(row: Row, origin: str) -> Document:
    return Document(row["id"], row["text"], row["id"], origin, judgements=(Judgement("topic", (row["topic"],)),))


def test_the_first_document_of_a_text_has_the_classes_of_all_and_the_others_are_counted() -> None:
    ledger = Ledger()
    assert read(same_text(table(make)), file(TABLE), rules=["same-text"], ledger=ledger) == [
        Document("1", "a", "1", "corpus.txt:2", judgements=(Judgement("topic", ("x", "y")),)),
        Document("2", "b", "2", "corpus.txt:3", judgements=(Judgement("topic", ("x",)),)),
    ]
    assert ledger.examples == {Entry("read", "mended", "same-text"): ["corpus.txt:4", "corpus.txt:5"]}


def test_a_text_that_is_there_twice_is_refused_where_no_rule_is_declared() -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt:4: document 3 has the text of corpus\.txt:2\."):
        read(same_text(table(make)), file(TABLE))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"))))
def test_every_class_of_a_text_is_kept_once(written: list[tuple[str, str]]) -> None:
    content = "id,text,topic\n" + "".join(f"{i},{text},{topic}\n" for i, (text, topic) in enumerate(written))
    found = read(same_text(table(make)), file(content), rules=["same-text"])
    assert [(one.text, one.judgements[0].keys) for one in found if isinstance(one, Document)] == [
        (text, tuple(dict.fromkeys(topic for other, topic in written if other == text)))
        for text in dict.fromkeys(text for text, _ in written)
    ]
