"""GENIA's XML: nested terms, terms that share words, what is refused, damage."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.genia_xml import genia_xml
from mnlu_instruct.types import Document, Mention, Passage, surface
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents


def article(title: str, abstract: str = "", name: str = "MEDLINE:11") -> str:
    return (
        f"<article>\n<articleinfo><bibliomisc>{name}</bibliomisc></articleinfo>\n"
        f"<title><sentence>{title}</sentence></title>\n<abstract>{abstract}</abstract>\n</article>\n"
    )


def corpus(*articles: str) -> str:
    return f'<?xml version="1.0"?>\n<!DOCTYPE set SYSTEM "gpml.dtd">\n<set>\n{"".join(articles)}</set>\n'


NESTED = '<cons lex="a_gene" sem="G#DNA_molecule"><cons lex="a" sem="G#protein_molecule">A</cons> gene</cons>'
SHARED = (
    '<cons lex="(AND b_c_gene d_gene)" sem="(AND G#DNA_molecule G#RNA_molecule)">'
    '<cons lex="b*">B</cons>, <cons lex="*c*">C</cons> and <cons lex="d*">D</cons> '
    '<cons lex="*gene">genes</cons></cons>'
)
GOLDEN = corpus(
    article(f"The {NESTED} &amp; more", f"<sentence>{SHARED} rise.</sentence>\n<sentence>End.</sentence>"),
    article("Next", name="12"),
)


def test_every_feature_of_the_format() -> None:
    assert read(genia_xml(), file(GOLDEN)) == [
        Document(
            id="11",
            text="The A gene & more B, C and D genes rise. End.",
            group="11",
            origin="corpus.txt:4",
            passages=(Passage("title", 0, 17), Passage("abstract", 18, 45)),
            mentions=(
                Mention("T1", "DNA_molecule", ((4, 10),)),
                Mention("T2", "protein_molecule", ((4, 5),)),
                Mention("T3", "DNA_molecule", ((18, 19), (21, 22), (29, 34))),
                Mention("T4", "RNA_molecule", ((27, 34),)),
            ),
        ),
        Document("12", "Next", "12", "corpus.txt:10", (Passage("title", 0, 4), Passage("abstract", 5, 5))),
    ]


@pytest.mark.parametrize(
    ("sem", "lex", "types"),
    [
        ("(AND G#virus G#virus)", "(AND x y)", ["virus"]),
        ("(OR G#virus G#tissue)", "", ["virus", "tissue"]),
        ("(AND G#virus (OR G#tissue G#virus))", "(AND x (OR y z))", ["virus", "tissue"]),
        ("(AND G#virus)", "(AND x y)", ["virus"]),
        ("(AND)", "(AND)", []),
        ("", "x", []),
    ],
)
def test_terms_that_name_no_words_of_their_own_are_the_whole_once_a_type(sem: str, lex: str, types: list[str]) -> None:
    content = corpus(article(f'<cons lex="{lex}" sem="{sem}">X and Y</cons>'))
    [document] = read_documents(genia_xml(), file(content))
    assert [(mention.type, mention.spans) for mention in document.mentions] == [(kind, ((0, 7),)) for kind in types]


def test_an_article_that_is_there_twice_is_read_once_and_counted() -> None:
    ledger = Ledger()
    content = file(corpus(article("One"), article("Two"), article("Three", name="MEDLINE:13")))
    found = read(genia_xml(), content, rules=["duplicate-document"], ledger=ledger)
    assert [record.id for record in found] == ["11", "13"]
    assert ledger.examples == {Entry("read", "dropped", "duplicate-document"): ["corpus.txt:9"]}
    assert len(read(genia_xml(), content)) == 3


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (corpus(article("a <b>c</b>")), 6, "only text and <cons>"),
        (corpus(article("a &nbsp; c")), 6, "only text and <cons>"),
        (corpus(article("a", name="MEDLINE:")), 4, "without id"),
        (corpus(article("a")).replace("bibliomisc>", "misc>"), 5, "without <bibliomisc>"),
        (corpus(article("a")).replace("abstract>", "body>"), 4, "without <abstract>"),
        (corpus(article('<cons sem="G#virus"> </cons>')), 6, "a term without words"),
        (corpus(article("a"))[:-7], 9, "not well-formed XML"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        read(genia_xml(), file(content))
    assert message in error.value.message


def test_entities_that_multiply_are_refused() -> None:
    declarations = '<!ENTITY a "laughs"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    content = corpus(article("&b;")).replace('SYSTEM "gpml.dtd"', f"[{declarations}]")
    with pytest.raises(UserError, match="only text and <cons>"):
        read(genia_xml(), file(content))


@st.composite
def sentences(draw: st.DrawFn, depth: int = 2) -> tuple[str, str, list[tuple[str, str]]]:
    """XML, plain text, and the types and words of the terms in the order of their tags."""
    markup, text, terms = "", "", []
    for _ in range(draw(st.integers(0, 3))):
        words = draw(st.text(PRINTABLE, max_size=5))
        markup, text = markup + escape(words), text + words
        if depth and draw(st.booleans()):
            inner, inside, nested = draw(sentences(depth - 1))
            kind = draw(st.sampled_from(["virus", "cell_line"]))
            markup += f'<cons lex="x" sem="G#{kind}">x{inner}</cons>'
            text += f"x{inside}"
            terms += [(kind, f"x{inside}"), *nested]
    return markup, text, terms


@given(sentences(), sentences())
def test_any_articles_are_read_as_they_were_written(
    title: tuple[str, str, list[tuple[str, str]]], abstract: tuple[str, str, list[tuple[str, str]]]
) -> None:
    [document] = read_documents(genia_xml(), file(corpus(article(title[0], f"<sentence>{abstract[0]}</sentence>"))))
    assert document.text == f"{title[1]} {abstract[1]}"
    assert [(mention.type, document.text[slice(*mention.spans[0])]) for mention in document.mentions] == [
        *title[2],
        *abstract[2],
    ]
    assert all(surface(document.text, mention.spans) for mention in document.mentions)


@given(damaged(GOLDEN, delimiter=" ").map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(genia_xml(), content)


def test_every_truncation_is_read_or_refused() -> None:
    content = GOLDEN.encode()
    for length in range(len(content)):
        assert_reads_or_refuses(genia_xml(), file(content[:length]))
