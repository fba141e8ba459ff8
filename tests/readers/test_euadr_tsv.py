"""EU-ADR as released: concepts and relations beside abstracts, what is refused, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.euadr_tsv import euadr_tsv
from mnlu_instruct.types import Document, Mention, Passage, Relation, Span
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

ABSTRACTS = "11\tAspirin\tIt stops pain, said Müller.\n"


def concept(words: str, start: int, end: int, name: str, kind: str = "Drug", agreed: str = "True") -> str:
    return f"Drug\t{agreed}\tconcept\t{words}\t{start}\t{end}\t-\t-\t{name}\t{kind}\n"


def relation(first: str, second: str, label: str, agreed: str = "True") -> str:
    return f"Drug-Disease\t{agreed}\trelation\t{first}\t{second}\t-\t-\t0:7\t17:21\t-\t{label}\n"


LINES = (
    concept("Aspirin ", 0, 7, "3")
    + concept("pain", 17, 21, "4", "Disease")
    + concept("Müller", 28, 34, "5", agreed="False")
    + relation("3", "4", "PA")
    + relation("3", "5", "FA", agreed="False")
)


def split(lines: str | bytes = LINES, abstracts: str | bytes = ABSTRACTS, name: str = "11") -> list[File]:
    content = lines.encode("latin-1") if isinstance(lines, str) else lines
    return [file(abstracts, "abstracts.tsv"), file(content, f"euadr_corpus/{name}.txt")]


def test_every_feature_of_the_format() -> None:
    assert read(euadr_tsv(), *split()) == [
        Document(
            id="11",
            text="Aspirin It stops pain, said Müller.",
            group="11",
            origin="euadr_corpus/11.txt:1",
            passages=(Passage("title", 0, 7), Passage("abstract", 8, 35)),
            mentions=(Mention("3", "Drug", ((0, 7),)), Mention("4", "Disease", ((17, 21),))),
            relations=(Relation("PA", "3", "4"),),
        )
    ]


def test_windows_line_ends_change_nothing() -> None:
    assert read(euadr_tsv(), *split(LINES.replace("\n", "\r\n"))) == read(euadr_tsv(), *split())


def test_files_of_single_annotators_are_left_out() -> None:
    assert read(euadr_tsv(), *split(name="11_annotator1")) == []


def test_a_file_without_abstract_and_a_relation_without_concept_are_dropped_by_declared_rules() -> None:
    ledger = Ledger()
    files = [*split(relation("3", "9", "PA")), split(name="12")[1]]
    [document] = read(euadr_tsv(), *files, rules=["no-text", "dangling-end"], ledger=ledger)
    assert isinstance(document, Document)
    assert not document.relations
    assert ledger.examples == {
        Entry("read", "dropped", "no-text"): ["euadr_corpus/12.txt"],
        Entry("read", "dropped", "dangling-end"): ["euadr_corpus/11.txt:1"],
    }


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        (split("Drug\tTrue\n"), "euadr_corpus/11.txt, line 1", "expected a concept or a relation"),
        (split("Drug\tTrue\tother\t1\n"), "euadr_corpus/11.txt, line 1", "expected a concept or a relation"),
        (split(LINES + "Drug\tTrue\tconcept\t1\n"), "euadr_corpus/11.txt, line 6", "expected a concept"),
        (split(concept("a", 0, 1, "1", agreed="yes")), "euadr_corpus/11.txt, line 1", "expected a concept"),
        (split(concept("a", -1, 1, "1")), "euadr_corpus/11.txt, line 1", "'-1' and '1' are not numbers"),
        (split(concept("a", 0, 1, "1")), "euadr_corpus/11.txt, line 1", "slice to 'A', expected 'a'"),
        (split(relation("1", "2", "PA")), "euadr_corpus/11.txt, line 1", "'1' or '2' is not a concept"),
        (split(name="12"), "euadr_corpus/12.txt", "document 12 is not in abstracts.tsv"),
        (split(abstracts="11\ttitle\n"), "abstracts.tsv, line 1", "2 columns, expected 3"),
    ],
)
def test_a_fault_is_named_with_file_and_line(files: list[File], place: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(euadr_tsv(), *files)
    assert error.value.message.startswith(f"{place}: ")
    assert message in error.value.message


LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str, list[Span]]:
    title, abstract = draw(st.text(PRINTABLE)), draw(LATIN)
    begin = len(title) + 1
    spans = [span for span in draw(spans_of(abstract)) if abstract[slice(*span)] == abstract[slice(*span)].strip()]
    return title, abstract, [(begin + start, begin + end) for start, end in spans]


@given(documents())
def test_any_document_is_read_as_it_was_written(written: tuple[str, str, list[Span]]) -> None:
    title, abstract, spans = written
    text = f"{title} {abstract}"
    lines = "".join(concept(text[start:end], start, end, str(index)) for index, (start, end) in enumerate(spans))
    [document] = read_documents(euadr_tsv(), *split(lines, f"11\t{title}\t{abstract}\n"))
    assert document.text == text
    assert [mention.spans for mention in document.mentions] == [(span,) for span in spans]


@given(damaged(LINES), damaged(ABSTRACTS))
def test_damaged_files_are_read_or_refused(lines: bytes, abstracts: bytes) -> None:
    assert_reads_or_refuses(euadr_tsv(), *split(lines))
    assert_reads_or_refuses(euadr_tsv(), *split(abstracts=abstracts))
