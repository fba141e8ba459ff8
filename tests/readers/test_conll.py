"""CoNLL columns: sentences, mentions, tags that make no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.readers.tag_schemes import Scheme
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import BYTE_ORDER_MARK, assert_reads_or_refuses, damaged, file, read, read_documents

GOLDEN = """\
BRCA1\tB-Gene
protein\tI-Gene
p53\tB-Gene
binds\tO

\t
,\tNN\tO
heart\tNN\tB-Cell-type
attack\tNN\tB-Disease
"""


def test_every_feature_of_the_format() -> None:
    assert read(conll(), file(GOLDEN)) == [
        Document(
            id="1",
            text="BRCA1 protein p53 binds",
            group="1",
            origin="corpus.txt:1",
            mentions=(Mention("T1", "Gene", ((0, 13),)), Mention("T2", "Gene", ((14, 17),))),
        ),
        Document(
            id="2",
            text=", heart attack",
            group="2",
            origin="corpus.txt:7",
            mentions=(Mention("T1", "Cell-type", ((2, 7),)), Mention("T2", "Disease", ((8, 14),))),
        ),
    ]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = file(BYTE_ORDER_MARK + GOLDEN.replace("\n", "\r\n"))
    assert read(conll(), windows) == read(conll(), file(GOLDEN))


def test_a_new_document_begins_at_docstart() -> None:
    content = "-DOCSTART-\tO\n\nAspirin\tB-Drug\nhelps\tO\n\nNo\tO\n-DOCSTART-\tO\nYes\tO\n"
    found = read_documents(conll(), file(content))
    assert [(one.id, one.text, one.group) for one in found] == [
        ("1", "Aspirin helps", "document 1"),
        ("2", "No", "document 1"),
        ("3", "Yes", "document 2"),
    ]
    four = "-DOCSTART- -X- -X- O\n\nAspirin NN I-NP B-Drug\nhelps VB I-VP O\n"
    [document] = read_documents(conll(None), file(four))
    assert document.mentions == (Mention("T1", "Drug", ((0, 7),)),)


def test_sentences_of_several_files_are_told_apart() -> None:
    files = [file("One\tO\n\nTwo\tO\n", "train/a.tsv"), file("-DOCSTART-\tO\nOne\tO\n", "train/b.tsv")]
    found = read_documents(conll(), *files)
    assert [(one.id, one.group) for one in found] == [("a/1", "a/1"), ("a/2", "a/2"), ("b/1", "b/document 1")]


def test_the_separator_is_the_corpus_own() -> None:
    [document] = read_documents(conll(" "), file("IL-2 NN B-DNA\n"))
    assert document.mentions == (Mention("T1", "DNA", ((0, 4),)),)


GENES = file("IL-2 B-DNA\ngene I-DNA\nrises O\n\nNone O\n", "dna.conll")
PROTEINS = file("IL-2 B-protein\ngene O\nrises O\n\nNone O\n", "protein.conll")
NESTED = [
    ("1", "IL-2 gene rises", (Mention("T1", "DNA", ((0, 9),)), Mention("T2", "protein", ((0, 4),)))),
    ("2", "None", ()),
]


def test_the_files_of_a_split_may_be_layers_of_the_same_sentences() -> None:
    found = read_documents(conll(None, layered=True), GENES, PROTEINS)
    assert [(document.id, document.text, document.mentions) for document in found] == NESTED


def test_the_columns_of_a_file_may_be_layers() -> None:
    content = "IL-2\tB-DNA\tB-protein\ngene\tI-DNA\tO\nrises\tO\tO\n\nNone\tO\tO\n"
    found = read_documents(conll(None, layered=True), file(content))
    assert [(document.id, document.text, document.mentions) for document in found] == NESTED


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("IL-2 O\ngene O\nrises O\n\nSome O\n", "odd.conll, line 5: sentence 2 has different tokens from dna.conll"),
        ("IL-2 O\ngene O\n\nNone O\n", "odd.conll, line 1: sentence 1 has different tokens"),
        ("IL-2 O\ngene O\nrises O\n", "odd.conll: sentence 2 has different tokens"),
        ("IL-2 O\ngene O\nrises O\n\nNone O\n\nMore O\n", "odd.conll, line 7: sentence 3 has different tokens"),
        ("IL-2 O\ngene O O\nrises O\n\nNone O\n", "odd.conll, line 2: 3 columns, expected 2"),
    ],
)
def test_layers_that_differ_are_refused(content: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(conll(None, layered=True), GENES, file(content, "odd.conll"))
    assert error.value.message.startswith(message)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("a\tO\nb\n", 2, "expected a token and a tag"),
        ("a\tO\n\tO\n", 2, "expected a token and a tag"),
        ("a\tO\n \tO\n", 2, "expected a token and a tag"),
        ("a\tI-X\n", 1, "tag 'I-X'"),
        ("a\tB-X\nb\tI-Y\n", 2, "tag 'I-Y'"),
        ("a\tB-X\nb\tO\nc\tI-X\n", 3, "tag 'I-X'"),
        ("a\tB-X\n\nb\tI-X\n", 3, "tag 'I-X'"),
        ("a\tB\n", 1, "tag 'B'"),
        ("a\tB-\n", 1, "tag 'B-'"),
        ("a\tO-\n", 1, "tag 'O-'"),
        ("a\tE-X\n", 1, "tag 'E-X'"),
        ("a\tB-X\t\n", 1, "tag ''"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        read(conll(), file(content))
    assert message in error.value.message


@pytest.mark.parametrize(("tag", "scheme"), [("S-X", "bioes"), ("U-X", "bioes"), ("E-X", "bioes"), ("I-X", "iob1")])
def test_a_tag_of_another_scheme_is_said_to_be_one(tag: str, scheme: str) -> None:
    with pytest.raises(UserError, match=rf"tag '{tag}', expected O, B-<type>") as error:
        read(conll(), file(f"a\t{tag}\n"))
    assert f"tags='{scheme}'" in str(error.value.hint)


@pytest.mark.parametrize("scheme", ["iob1", "bioes"])
def test_other_schemes_are_read(scheme: Scheme) -> None:
    tags = {"iob1": "I-X I-X B-X O I-Y", "bioes": "B-X E-X S-X O S-Y"}[scheme]
    rows = "".join(f"{token}\t{tag}\n" for token, tag in zip("abcde", tags.split(), strict=True))
    [document] = read_documents(conll(tags=scheme), file(rows))
    assert [(one.type, one.spans) for one in document.mentions] == [
        ("X", ((0, 3),)),
        ("X", ((4, 5),)),
        ("Y", ((8, 9),)),
    ]


TOKENS = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters=BYTE_ORDER_MARK), min_size=1, max_size=5
)
CHUNKS = st.tuples(st.sampled_from(["", "Gene", "Cell-type"]), st.lists(TOKENS, min_size=1, max_size=3))
SENTENCES = st.lists(st.lists(CHUNKS, min_size=1, max_size=5), max_size=3)


def write(chunks: list[tuple[str, list[str]]]) -> str:
    lines = []
    for label, tokens in chunks:
        marks = ["B", *"I" * (len(tokens) - 1)]
        lines += [
            f"{token}\t{f'{mark}-{label}' if label else 'O'}\n" for mark, token in zip(marks, tokens, strict=True)
        ]
    return "".join([*lines, "\n"])


@given(SENTENCES)
def test_any_sentences_are_read_as_they_were_written(sentences: list[list[tuple[str, list[str]]]]) -> None:
    found = read_documents(conll(), file("".join(map(write, sentences))))
    assert [document.text for document in found] == [
        " ".join(token for _, tokens in chunks for token in tokens) for chunks in sentences
    ]
    assert [
        [(mention.type, document.text[slice(*mention.spans[0])]) for mention in document.mentions] for document in found
    ] == [[(label, " ".join(tokens)) for label, tokens in chunks if label] for chunks in sentences]


@given(damaged(GOLDEN).map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(conll(), content)


@given(damaged("IL-2 B-protein\ngene O\nrises O\n\nNone O\n", delimiter=" ").map(file))
def test_a_damaged_layer_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(conll(None, layered=True), GENES, content)
    assert_reads_or_refuses(conll(None, layered=True), content, GENES)


def test_every_truncation_is_read_or_refused() -> None:
    content = GOLDEN.encode()
    for length in range(len(content)):
        assert_reads_or_refuses(conll(), file(content[:length]))


@pytest.mark.parametrize("blank", ["\u00a0", "\u2028", "\u2009"])
@pytest.mark.parametrize("separator", [None, "\t"])
def test_only_blanks_and_tabs_part_columns(separator: str | None, blank: str) -> None:
    [document] = read_documents(conll(separator), file(f"10{blank}000\tB-X\nmg\tO\n"))
    assert document.text == f"10{blank}000 mg"
    assert document.mentions == (Mention("T1", "X", ((0, 6),)),)


@pytest.mark.parametrize(
    "content", ["EU NNP B-NP B-ORG\nthe DT O O\nGerman JJ O\n", "a O\nb B-X O\n", "a\tB-X\rb\tO\r\nc\tO\n"]
)
def test_the_lines_of_a_sentence_have_as_many_columns(content: str) -> None:
    with pytest.raises(UserError, match=r"line [123]: \d columns, expected \d, as on the sentence's first line"):
        read(conll("\t" if "\t" in content else None), file(content))


def test_sentences_of_files_with_one_name_have_ids_of_their_own() -> None:
    found = [file("a\tO\n", name) for name in ("x/train.tsv", "y/train.tsv", "dev.tsv")]
    assert [one.id for one in read_documents(conll(), *found)] == ["x/train.tsv/1", "y/train.tsv/1", "dev/1"]


def test_docstart_may_name_its_document() -> None:
    found = read_documents(conll(), file("-DOCSTART- (12)\tO\n\na\tO\n\n-DOCSTART- (13)\tO\n\nb\tO\n"))
    assert [(one.text, one.group) for one in found] == [("a", "document 1"), ("b", "document 2")]


@pytest.mark.parametrize(("tag", "scheme"), [("X-B", "iob2"), ("b-X", "iob1")])
def test_a_tag_of_no_scheme_gets_no_hint_at_another(tag: str, scheme: Scheme) -> None:
    with pytest.raises(UserError, match="expected O, B-<type>") as caught:
        read(conll(tags=scheme), file(f"a\t{tag}\n"))
    assert "declare the reader" not in caught.value.hint
