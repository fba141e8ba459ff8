"""Sentences of documents: lines, cut lines of reports, mentions as whole words and over borders."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers import Repairs
from mnlu_instruct.readers.in_sentences import in_sentences
from mnlu_instruct.types import Document, Mention, Span, surface
from tests.readers.helpers import read, spans_of

TEXT = " My legs hurt.\n\nbad20mg dose\n"


def given_document(text: str, *mentions: Mention):  # type: ignore[no-untyped-def]
    def reader(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        yield Document("D", text, "D", "d.txt:1", mentions=mentions)

    return reader


def test_lines_are_sentences_and_mentions_are_whole_words_in_order() -> None:
    ache = Mention("T1", "ADR", ((9, 13), (4, 8)))  # "hurt legs", which touch once they are in order
    dose = Mention("T2", "ADR", ((17, 19),))  # a part of "bad"
    first, second = read(in_sentences(given_document(TEXT, ache, dose), "lines", "letters"))
    assert first == Document("D/1", "My legs hurt.", "D", "d.txt:1", mentions=(Mention("T1", "ADR", ((3, 12),)),))
    assert second == Document("D/3", "bad20mg dose", "D", "d.txt:1", mentions=(Mention("T2", "ADR", ((0, 3),)),))


def test_a_mention_over_a_border_is_dropped_and_counted_or_refused() -> None:
    reader = in_sentences(given_document(TEXT, Mention("T1", "ADR", ((9, 13), (16, 19)))), "lines", "letters")
    ledger = Ledger()
    found = read(reader, rules=["crosses-sentence"], ledger=ledger)
    assert all(isinstance(one, Document) and not one.mentions for one in found)
    assert ledger.examples == {Entry("read", "dropped", "crosses-sentence"): ["D@T1"]}
    with pytest.raises(UserError, match=r"^d\.txt:1: mention T1 of document D crosses the border of a sentence"):
        read(reader)


def test_long_lines_of_a_report_are_cut_after_its_head() -> None:
    long = "The heart is large. it beats! " + 30 * "and so on " + "till now.  Then it stops? No."
    report = "\n".join([long, "a", "b", "c", "d", "e", long, "Short. One."])
    found = read(in_sentences(given_document(report), "clinical", "clinical"))
    texts = {one.id: one.text for one in found if isinstance(one, Document)}
    assert texts["D/1"] == long
    assert [name for name in texts if name.startswith("D/7")] == ["D/7.1", "D/7.2", "D/7.3"]
    assert texts["D/7.2"] == "Then it stops?"
    assert texts["D/8"] == "Short. One."


@given(spans_of("ab c1d,e f\ngh 2i", least=1).filter(bool))
def test_a_mention_covers_its_characters_with_whole_words(spans: list[Span]) -> None:
    text = "ab c1d,e f\ngh 2i"
    found = read(
        in_sentences(given_document(text, Mention("T1", "X", tuple(spans))), "lines", "letters"),
        rules=["crosses-sentence"],
    )
    for document in found:
        assert isinstance(document, Document)
        for mention in document.mentions:
            start = text.index(document.text)
            covered = {place + start for first, last in mention.spans for place in range(first, last)}
            assert {place for first, last in spans for place in range(first, last) if text[place].strip()} <= covered
            assert surface(document.text, mention.spans)
