"""PubTator: one golden file with every feature, the round trip of any document, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.types import Document, Mention, Passage, Relation
from tests.readers.helpers import (
    NAMES,
    PRINTABLE,
    assert_reads_or_refuses,
    damaged,
    file,
    read,
    read_documents,
    spans_of,
)

GOLDEN = (
    "101|t|Fever|t|headache\tand aspirin\n"
    "101|a|Breast and ovarian cancer.\n"
    "101\t0\t5\tFever\tDisease\tD005334\n"
    "101\t6\t7\tt\tLetter\n"
    "101\t21\t28\taspirin\tChemical\t-\n"
    "101\t29\t54\tBreast and ovarian cancer\tDisease\tD001943,D010051\tBreast cancer|ovarian cancer\n"
    "101\tCID\tD001241\tD005334\n"
    "101\tCID\tD001241\tD001943\tNovel\n"
    "\n"
    "\n"
    "102|t|\n"
    "102|a|\n"
    "\n"
    "103|t|Last\n"
    "103|a|ärztlich 𝛼-synuclein\n"
    "103\t14\t25\t𝛼-synuclein\tGene\t6622"
)


def test_every_feature_of_the_format() -> None:
    text = "Fever|t|headache\tand aspirin Breast and ovarian cancer."
    assert read(pubtator(), file(GOLDEN)) == [
        Document(
            id="101",
            text=text,
            group="101",
            origin="corpus.txt:1",
            passages=(Passage("title", 0, 28), Passage("abstract", 29, 55)),
            mentions=(
                Mention("T1", "Disease", ((0, 5),), ("D005334",)),
                Mention("T2", "Letter", ((6, 7),)),
                Mention("T3", "Chemical", ((21, 28),)),
                Mention("T4", "Disease", ((29, 54),), ("D001943", "D010051")),
            ),
            relations=(Relation("CID", "D001241", "D005334"), Relation("CID", "D001241", "D001943")),
        ),
        Document("102", " ", "102", "corpus.txt:11", (Passage("title", 0, 0), Passage("abstract", 1, 1))),
        Document(
            id="103",
            text="Last ärztlich 𝛼-synuclein",
            group="103",
            origin="corpus.txt:14",
            passages=(Passage("title", 0, 4), Passage("abstract", 5, 25)),
            mentions=(Mention("T1", "Gene", ((14, 25),), ("6622",)),),
        ),
    ]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = file(b"\xef\xbb\xbf" + GOLDEN.replace("\n", "\r\n").encode())
    assert read(pubtator(), windows) == read(pubtator(), file(GOLDEN))


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_line_feeds_end_a_line(separator: str) -> None:
    [document] = read_documents(pubtator(), file(f"1|t|Two{separator}lines\n1|a|x\n1\t4\t9\tlines\tT\n"))
    assert document.text == f"Two{separator}lines x"


def test_the_separator_and_the_unknown_id_are_the_corpus_own() -> None:
    [document] = read_documents(
        pubtator(concepts="|", unknown="-1"), file("1|t|ab\n1|a|\n1\t0\t2\tab\tD\tC1| C2||C1|-1\n1\t0\t2\tab\tD\t-1\n")
    )
    assert [mention.concepts for mention in document.mentions] == [("C1", "C2"), ()]


def test_the_words_for_each_concept_of_a_composite_mention_are_its_parts() -> None:
    line = "1\t0\t10\tA and B, C\tD\tC1|-1|C2\tA C|x|B  C\n"
    reader = pubtator(concepts="|", unknown="-1", parts=True)
    for other in ("", "1\t0\t1\tB\tD\n"):  # with a mention that is dropped, the lines are read one by one
        [document] = read_documents(reader, file(f"1|t|A and B, C\n1|a|\n{line}{other}"), rules=["unlocated"])
        assert document.mentions[0].parts == (("C1", "A C"), ("C2", "B C"))
    [document] = read_documents(reader, file("1|t|ab\n1|a|\n1\t0\t2\tab\tD\tC1|C2\tab\n"))
    assert document.mentions[0].parts == ()


SHIFTED_COLUMNS = "1|t|P29S\n1|a|\n1\t0\t4\tP29S\tp|SUB|P|29|S\tRS:1\n1\t0\t1\tP\tGene\n"


def test_a_missing_type_is_that_of_the_concept_which_stands_there_by_a_declared_rule() -> None:
    reader = pubtator(lost_types={"p|": "Protein", "c|": "DNA"})
    ledger = Ledger()
    [document] = read(reader, file(SHIFTED_COLUMNS), rules=["lost-type"], ledger=ledger)
    assert isinstance(document, Document)
    assert document.mentions == (
        Mention("T1", "Protein", ((0, 4),), ("p|SUB|P|29|S",)),
        Mention("T2", "Gene", ((0, 1),)),
    )
    assert ledger.examples == {Entry("read", "mended", "lost-type"): ["corpus.txt:3"]}
    [unmended] = read_documents(reader, file(SHIFTED_COLUMNS))
    assert unmended.mentions[0].type == "p|SUB|P|29|S"


def test_a_stray_line_is_dropped_by_the_declared_rule_and_counted() -> None:
    ledger = Ledger()
    [document] = read(pubtator(), file("1|t|a\n1|a|b\n1\tstray\twords\n"), rules=["stray-line"], ledger=ledger)
    assert document.text == "a b"  # type: ignore[union-attr]
    assert ledger.examples == {Entry("read", "dropped", "stray-line"): ["corpus.txt:3"]}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("1|a|no title\n", 1, "expected 'id|t|title'"),
        ("1|t|no abstract\n", 2, "after the title"),
        ("1|t|a\n2|a|b\n", 2, "expected '1|a|abstract'"),
        ("1|t|a\n1|a|b\n2\t0\t1\ta\tT\n", 3, "of document 1"),
        ("1|t|a\n1|a|b\n1\t0\t1\ta\n", 3, "4 columns"),
        ("1|t|a\n1|a|b\n1\t0\tx\ta\tT\n", 3, "5 columns"),
        ("1|t|a\n1|a|b\n1\t²\t1\ta\tT\tC\n", 3, "6 columns"),
        ("1|t|a\n1|a|b\n1\tCID\tC1\n", 3, "3 columns"),
        ("1|t|a\n1|a|b\n1\t1\t2\ta\tT\n", 3, "slice to ' '"),
        ("1|t|a\n1|a|b\n1\t2\t9\tb\tT\n", 3, "offsets 2–9"),
        ("1|t|a\n1|a|b\n1\t1\t1\t\tT\n", 3, "the mention at 1–1 has no words"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        read(pubtator(), file(content))
    assert message in error.value.message


@st.composite
def documents(draw: st.DrawFn) -> Document:
    title, abstract = draw(st.text(PRINTABLE)), draw(st.text(PRINTABLE))
    text = f"{title} {abstract}"
    concepts = st.lists(NAMES, max_size=3, unique=True).map(tuple)
    return Document(
        id=draw(st.from_regex(r"[1-9]\d{0,7}", fullmatch=True)),
        text=text,
        group="",
        origin="",
        passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
        mentions=tuple(
            Mention(f"T{number}", draw(NAMES), (span,), draw(concepts))
            for number, span in enumerate(draw(spans_of(text)), 1)
        ),
        relations=tuple(draw(st.lists(st.builds(Relation, NAMES.map("R{}".format), NAMES, NAMES), max_size=3))),
    )


def write(document: Document) -> str:
    title, abstract = (document.text[passage.start : passage.end] for passage in document.passages)
    lines = [f"{document.id}|t|{title}", f"{document.id}|a|{abstract}"]
    for mention in document.mentions:
        [(start, end)] = mention.spans
        words, ids = document.text[start:end], ",".join(mention.concepts) or "-"
        lines.append(f"{document.id}\t{start}\t{end}\t{words}\t{mention.type}\t{ids}")
    lines += [f"{document.id}\t{found.type}\t{found.head}\t{found.tail}" for found in document.relations]
    return "\n".join([*lines, "", ""])


@given(st.lists(documents(), max_size=3))
def test_any_document_is_read_as_it_was_written(written: list[Document]) -> None:
    found = read_documents(pubtator(), file("".join(map(write, written))))
    assert [(d.id, d.text, d.passages, d.mentions, d.relations) for d in found] == [
        (d.id, d.text, d.passages, d.mentions, d.relations) for d in written
    ]


@given(damaged(GOLDEN).map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(pubtator(), content)


def test_every_truncation_is_read_or_refused() -> None:
    content = GOLDEN.encode()
    for length in range(len(content)):
        assert_reads_or_refuses(pubtator(), file(content[:length]))


@pytest.mark.parametrize(
    "row",
    [
        *("1\t-1\t4\tFever\tDisease", "1\t0.0\t5\tFever\tDisease", "1\t 0\t5\tFever\tDisease", "1\t²\t5\tFever\tX"),
        *("1\t\t5\tFever\tDisease", "1\tO\t5\tFever\tDisease", "1\t6x\t5\tFever\tX", "1\t-0\t5\tFever"),
        *("1\tCID\t\t", "1\tCID\tD1\t", "1\t0\t5\tFever\t\tD1"),
        "1\t0\t5\tFever\tDisease\tD11\t6\t11\tstudy\tDisease\tD2",
    ],
)
def test_a_broken_mention_is_no_relation(row: str) -> None:
    with pytest.raises(UserError, match=r"line 3: \d+ columns that are neither"):
        read(pubtator(), file(f"1|t|Fever study\n1|a|x\n{row}\n"))


def test_relations_may_be_between_numbers_and_have_a_fifth_column() -> None:
    rows = "1\tactivates\t472\t672\n1\tCID\tD1\tD2\tNovel\n1\tCID\t5\t7\tNo\n"
    [document] = read_documents(pubtator(), file(f"1|t|Fever 7\n1|a|x\n1\t0\t5\tFever\tDisease\n{rows}"))
    assert [(one.head, one.tail) for one in document.relations] == [("472", "672"), ("D1", "D2"), ("5", "7")]
    assert len(document.mentions) == 1
