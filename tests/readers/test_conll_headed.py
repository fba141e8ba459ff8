"""CoNLL columns under headers: sentences with IOB2 tags, documents with IO tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.conll_headed import conll_documents, conll_sentences
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import BYTE_ORDER_MARK, assert_reads_or_refuses, damaged, file, read, read_documents

SENTENCES, DOCUMENTS = conll_sentences(r"###MEDLINE:(\S+)"), conll_documents(r"-DOCSTART- \((\S+)\)")

IOB2 = """\
###MEDLINE:11

IL-2\tB-DNA
gene\tI-DNA
p53\tB-protein

Rest\tO
###MEDLINE:12
p53\tB-protein
"""

IO = """\
-DOCSTART- (11)

Tea\tI-INT
gin\tI-INT
old\tI-PAR
.\tI-PAR

Men\tI-PAR
drank\tO
-DOCSTART- (12)

Tea\tI-INT
"""


def test_a_sentence_is_a_document_its_group_what_the_header_names() -> None:
    assert read(SENTENCES, file(IOB2)) == [
        Document(
            id="1",
            text="IL-2 gene p53",
            group="11",
            origin="corpus.txt:3",
            mentions=(Mention("T1", "DNA", ((0, 9),)), Mention("T2", "protein", ((10, 13),))),
        ),
        Document("2", "Rest", "11", "corpus.txt:7"),
        Document("3", "p53", "12", "corpus.txt:9", mentions=(Mention("T1", "protein", ((0, 3),)),)),
    ]


def test_a_document_is_all_under_a_header_and_its_mentions_go_on_over_sentence_ends() -> None:
    assert read(DOCUMENTS, file(IO)) == [
        Document(
            id="11",
            text="Tea gin old . Men drank",
            group="11",
            origin="corpus.txt:3",
            mentions=(Mention("T1", "INT", ((0, 7),)), Mention("T2", "PAR", ((8, 17),))),
        ),
        Document("12", "Tea", "12", "corpus.txt:12", mentions=(Mention("T1", "INT", ((0, 3),)),)),
    ]


def test_two_headers_of_one_name_are_two_documents() -> None:
    found = read(DOCUMENTS, file("-DOCSTART- (1)\na\tO\n-DOCSTART- (1)\nb\tO\n"))
    assert [(document.id, document.origin) for document in found] == [("1", "corpus.txt:2"), ("1", "corpus.txt:4")]


@pytest.mark.parametrize(("reader", "content"), [(SENTENCES, IOB2), (DOCUMENTS, IO)])
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(reader, content: str) -> None:  # type: ignore[no-untyped-def]
    assert read(reader, file(BYTE_ORDER_MARK + content.replace("\n", "\r\n"))) == read(reader, file(content))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("a\tO\n", 1, "expected a header like"),
        ("-DOCSTART- (1)\na\n", 2, "expected a token, a tab, and a tag"),
        ("-DOCSTART- (1)\n\tO\n", 2, "expected a token, a tab, and a tag"),
        ("-DOCSTART- (1)\na\t\n", 2, "expected a token, a tab, and a tag"),
        ("-DOCSTART-\na\tO\n", 1, "expected a header like"),
        ("-DOCSTART- (1)\na\tO\nb\tX\n", 3, "tag 'X'"),
        ("-DOCSTART- (1)\na\tI-\n", 2, "tag 'B-'"),
        ("-DOCSTART- (1)\na\tO\tO\n", 2, "tag"),
        ("-DOCSTART- (1)\n\n-DOCSTART- (2)\na\tO\n", 1, "there are no tokens under this header"),
        ("-DOCSTART- (1)\na\tO\n-DOCSTART- (2)\n\n", 3, "there are no tokens under this header"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        read(DOCUMENTS, file(content))
    assert message in error.value.message


WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=4)
TAGGED = st.lists(st.lists(st.tuples(WORDS, st.sampled_from("OAB")), min_size=1, max_size=5), min_size=1, max_size=4)


@given(TAGGED)
def test_the_words_of_mentions_are_those_with_tags(written: list[list[tuple[str, str]]]) -> None:
    content = "".join(
        f"-DOCSTART- ({name})\n\n"
        + "".join(f"{word}\t{'O' if tag == 'O' else f'I-{tag}'}\n" + "\n" * (tag == "B") for word, tag in rows)
        for name, rows in enumerate(written)
    )
    found = read_documents(DOCUMENTS, file(content))
    assert [document.text for document in found] == [" ".join(word for word, _ in rows) for rows in written]
    for document, rows in zip(found, written, strict=True):
        for key in "AB":
            words = [
                document.text[slice(*span)].split(" ")
                for mention in document.mentions
                if mention.type == key
                for span in mention.spans
            ]
            assert [word for run in words for word in run] == [word for word, tag in rows if tag == key]


@given(damaged(IOB2).map(file), damaged(IO).map(file))
def test_a_damaged_file_is_read_or_refused(sentences: File, documents: File) -> None:
    assert_reads_or_refuses(SENTENCES, sentences)
    assert_reads_or_refuses(DOCUMENTS, documents)


def test_every_truncation_is_read_or_refused() -> None:
    for reader, content in ((SENTENCES, IOB2.encode()), (DOCUMENTS, IO.encode())):
        for length in range(len(content)):
            assert_reads_or_refuses(reader, file(content[:length]))
