"""Hallmarks of Cancer: texts, the labels of their sentences, lists of a split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.hoc import hoc
from mnlu_instruct.types import Document, Judgement
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents

TEXT = "Cells died .\nVessels grew .\nMice slept .\n"
LABELS = "<Resisting cell death--Apoptosis ANDInducing angiogenesis-- < <Resisting cell death--Apoptosis AND NULL "


def files(text: str | bytes = TEXT, labels: str | bytes = LABELS, name: str = "1") -> tuple[File, File]:
    return file(text, f"h.tar.gz/text/{name}.txt"), file(labels, f"h.tar.gz/labels/{name}.txt")


def test_a_document_has_the_hallmarks_of_all_its_sentences_each_once() -> None:
    assert read(hoc("hallmark"), *files()) == [
        Document(
            id="1",
            text=TEXT,
            group="1",
            origin="h.tar.gz/text/1.txt:1",
            judgements=(Judgement("hallmark", ("Resisting cell death", "Inducing angiogenesis")),),
        )
    ]


def test_a_document_may_have_none() -> None:
    for labels in ("< < < ", "<NULL< <", " < < <NULL "):
        [document] = read_documents(hoc("hallmark"), *files(labels=labels))
        assert document.judgements == (Judgement("hallmark", ()),)


@pytest.mark.parametrize("written", ["2.txt,3.txt", "2\n3\n", "text/3.txt\n\n2.txt,", "\ufeff2.txt\r\n3\r\n"])
def test_a_list_chooses_documents(written: str) -> None:
    three = [one for name in "123" for one in files(name=name)]
    found = read(hoc("hallmark"), file(written, "split.tsv"), *three)
    assert [document.id for document in found] == ["2", "3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (files(labels="< <"), "h.tar.gz/labels/1.txt, line 1: labels for 2 sentences, expected 3"),
        (files(labels=""), "labels for 0 sentences, expected 3"),
        (files(text=""), "labels for 3 sentences, expected 0"),
        (files()[:1], "h.tar.gz/text/1.txt: no labels/1.txt"),
        (files()[1:], "h.tar.gz/labels/1.txt: no text/1.txt"),
        ((*files(), file("1,7", "split.tsv")), "split.tsv, line 1: no file of document '7'"),
        (files(text=b"caf\xe9"), "line 1: this is not UTF-8"),
    ],
)
def test_a_fault_is_named_with_its_file(content: tuple[File, ...], message: str) -> None:
    with pytest.raises(UserError) as error:
        read(hoc("hallmark"), *content)
    assert message in error.value.message


SENTENCES = st.lists(st.tuples(st.text(PRINTABLE), st.lists(st.sampled_from("ABC"), max_size=3)), max_size=4)


@given(SENTENCES)
def test_any_document_is_read_as_it_was_written(sentences: list[tuple[str, list[str]]]) -> None:
    text = "".join(f"{words}\n" for words, _ in sentences)
    labels = "".join(f"<{' AND'.join(f'{key}--x' for key in keys)}" for _, keys in sentences)
    [document] = read_documents(hoc("q"), *files(text, labels))
    assert document.text == text
    assert document.judgements == (Judgement("q", tuple(dict.fromkeys(key for _, keys in sentences for key in keys))),)


@given(damaged(TEXT), damaged(LABELS, delimiter="<"))
def test_damaged_files_are_read_or_refused(text: bytes, labels: bytes) -> None:
    assert_reads_or_refuses(hoc("hallmark"), *files(text, LABELS))
    assert_reads_or_refuses(hoc("hallmark"), *files(TEXT, labels))
