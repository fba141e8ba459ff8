"""Line and token addresses: fields of every kind, what they name in any text, what belongs to a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers import Repairs
from mnlu_instruct.readers.i2b2_lines import Field, Page, documents, fields
from mnlu_instruct.types import Passage, Span, normalise
from tests.readers.helpers import PRINTABLE, damaged, file

TEXT = "Ms. Roe  took\tASPIRIN, daily\n\n for two\r\nweeks .\n"
PAGE = Page(TEXT)
LINES = """\
c="aspirin" 1:3 1:3||t="problem"

m="aspirin" 1:3 1:3||do="nm"||f="daily...for two" 1:4 1:4,3:0 3:1||r="a "b" | c" 1:0 1:1||ln="list"
"""


def repairs(*rules: str, ledger: Ledger | None = None) -> Repairs:
    return Repairs(frozenset(rules), ledger or Ledger())


def of(content: str, *rules: str, ledger: Ledger | None = None) -> list[tuple[Field, ...]]:
    return list(fields(file(content, "a.con"), repairs(*rules, ledger=ledger)))


def placed(words: str, *addresses: str, rules: tuple[str, ...] = ()) -> tuple[Span, ...] | None:
    field = Field(1, "c", words, addresses)
    return PAGE.places([field], file("", "a.con"), repairs(*rules)).get(field)


def test_every_kind_of_field() -> None:
    assert of(LINES) == [
        (Field(1, "c", "aspirin", ("1:3 1:3",)), Field(1, "t", "problem")),
        (
            Field(3, "m", "aspirin", ("1:3 1:3",)),
            Field(3, "do", "nm"),
            Field(3, "f", "daily...for two", ("1:4 1:4", "3:0 3:1")),
            Field(3, "r", 'a "b" | c', ("1:0 1:1",)),
            Field(3, "ln", "list"),
        ),
    ]
    assert of(LINES.replace("\n", "\r\n")) == of(LINES)


def test_the_known_faults_of_separators_are_mended_and_counted() -> None:
    ledger = Ledger()
    right = of('m="a" 1:0 1:0||du="nm"||f="b...c" 2:3 2:3,4:5 4:5')
    faulty = 'm="a" 1:0 1:0||| du="nm"||f="b...c" 2:3 2:3 4:5 4:5'
    assert of(faulty, "triple-bar", "blank-for-comma", ledger=ledger) == right
    assert ledger.counts == {Entry("read", "mended", rule): 1 for rule in ("triple-bar", "blank-for-comma")}
    for rule in ("triple-bar", "blank-for-comma"):
        with pytest.raises(UserError, match=r"^a\.con, line 1: "):
            of(faulty, rule)


@pytest.mark.parametrize(
    "line", ['c="a', "c=a 1:0 1:0", 'c="a" 1:0', 'c="a" 1:0 1:0 t="b"', '="a"', "||", 'c="a"||x', 'c="a" 1:0 1:0,']
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(UserError, match=r"^a\.con, line 2: "):
        of(f"\n{line}\n")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("1:0 1:0", "Ms."),
        ("1:3 1:3", "ASPIRIN,"),
        ("1:0 1:1", "Ms. Roe"),
        ("1:1 1:2", "Roe  took"),
        ("3:0 4:0", "for two\r\nweeks"),
        ("1:4 3:0", "daily\n\n for"),
    ],
)
def test_an_address_names_its_tokens(address: str, words: str) -> None:
    span = PAGE.span(address)
    assert span is not None
    assert TEXT[slice(*span)] == words
    assert placed(words.lower(), address) == (span,)
    assert placed(normalise(words), address) == (span,)


@pytest.mark.parametrize("address", ["0:0 0:0", "2:0 2:0", "9:0 9:0", "1:5 1:5", "1:0 1:9", "1:2 1:1", "3:0 1:0"])
def test_an_address_outside_of_the_text_names_nothing(address: str) -> None:
    assert PAGE.span(address) is None
    assert placed("x", address, rules=("unlocated",)) is None
    with pytest.raises(
        UserError, match=rf"^a\.con, line 1: {address.replace(' ', '-')} is not in the text, expected 'x' there"
    ):
        placed("x", address)


def test_the_lines_with_tokens_are_passages() -> None:
    assert PAGE.passages() == (Passage("line", 0, 28), Passage("line", 31, 38), Passage("line", 40, 47))


def test_words_that_lack_the_tokens_punctuation_shrink_to_it() -> None:
    assert placed("aspirin", "1:3 1:3", rules=("wrong-end",)) == ((14, 21),)
    with pytest.raises(UserError, match="slice to 'aspirin,', expected 'aspirin'"):
        placed("aspirin", "1:3 1:3")


def test_fragments_are_put_in_text_order_and_fall_together() -> None:
    assert placed("for...daily", "3:0 3:0", "1:4 1:4") == ((23, 28), (31, 34))
    assert placed("for...dull", "3:0 3:0", "1:4 1:4", rules=("unlocated",)) is None
    assert placed("for", "3:0 3:0", "1:4 1:4", rules=("unlocated",)) is None
    with pytest.raises(UserError, match="3:0-3:0,1:4-1:4 has more or fewer places than parts, expected 'for'"):
        placed("for", "3:0 3:0", "1:4 1:4")


def test_letters_whose_lower_case_is_longer_keep_offsets() -> None:
    page = Page("İstanbul ASA")
    field = Field(1, "c", "asa", ("1:1 1:1",))
    assert page.places([field], file(""), repairs()) == {field: ((9, 12),)}


def bundles(*names: str, rules: tuple[str, ...] = ()) -> list[tuple[str, str, list[str]]]:
    found = documents([file("", name) for name in names], [(".entries", ".m"), (".rel",)], repairs(*rules))
    return [(name, text.name, [note.name for note in notes]) for name, text, notes in found]


def test_files_of_one_document_are_found_by_their_names() -> None:
    names = ("t/b", "x/b.rel", "x/b.m", "t/a.txt", "x/a_gold.entries", "x/a.txt.rel")
    assert bundles(*names) == [
        ("a", "t/a.txt", ["x/a_gold.entries", "x/a.txt.rel"]),
        ("b", "t/b", ["x/b.m", "x/b.rel"]),
    ]


def test_a_text_without_annotations_may_be_dropped() -> None:
    assert bundles("a.txt", rules=("unannotated",)) == []
    with pytest.raises(UserError, match=r"^a\.txt: document a lacks its file ….entries or ….m"):
        bundles("a.txt")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a.m", "a.rel"), r"^a\.m: document a lacks its text"),
        (("a.txt", "a.m"), r"^a\.txt: document a lacks its file ….rel"),
        (("a.txt", "b/a.txt"), r"^b/a\.txt: a\.txt is a file of the same document"),
        (("a.txt", "a.m", "a.entries"), r"^a\.entries: a\.m is a file of the same document"),
    ],
)
def test_files_without_partner_are_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        bundles(*names, rules=("unannotated",))


@given(st.text(PRINTABLE | st.sampled_from("\n \t"), max_size=60), st.data())
def test_any_tokens_are_found_at_their_addresses(text: str, data: st.DataObject) -> None:
    page = Page(text)
    tokens = [(line, number) for line, found in enumerate(page.lines, 1) for number in range(len(found))]
    assert [text[slice(*span)] for found in page.lines for span in found] == text.split()
    if tokens:
        first, last = sorted(data.draw(st.tuples(st.sampled_from(tokens), st.sampled_from(tokens))))
        span = page.span(f"{first[0]}:{first[1]} {last[0]}:{last[1]}")
        assert span is not None
        assert text[slice(*span)].split() == text.split()[tokens.index(first) : tokens.index(last) + 1]


@given(damaged(LINES, delimiter="||"))
def test_damaged_lines_are_read_or_refused(content: bytes) -> None:
    found: File = file(content, "a.con")
    for rules in ((), ("triple-bar", "blank-for-comma")):
        try:
            list(fields(found, repairs(*rules)))
        except UserError as error:
            assert error.message.startswith("a.con, line ")


def test_a_huge_line_is_read_in_no_time() -> None:
    assert len(of('c="a" 1:0 1:0||' * 100_000)[0]) == 100_000
    with pytest.raises(UserError):
        of('c="' + 'a" ' * 1_000_000 + "b")
