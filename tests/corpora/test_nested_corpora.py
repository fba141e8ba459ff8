"""GENIA's nested editions have the counts that their papers give; CADEC's lists those of its split."""

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers.lists import listed
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Document
from tests.support import FIXTURES, REAL, needs_real_corpora, read_split


@needs_real_corpora
@pytest.mark.parametrize(
    ("name", "split", "sentences", "mentions"),
    [
        ("genia-w2ner", "dev", 1_669, 5_365),
        ("genia-w2ner", "test", 1_854, 5_506),
        ("genia-layers", "test", 1_854, 5_474),
    ],
)
def test_genia_has_the_published_counts(name: str, split: str, sentences: int, mentions: int) -> None:
    totals = read_split(name, split, REAL).totals
    assert (totals["documents"], totals["mentions"]) == (sentences, mentions)


@needs_real_corpora
def test_a_file_a_type_has_the_outer_mentions_of_each_type(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The files a type of the test set aren't there; made from the layers, they have the published count."""
    folder = tmp_path / "genia-nested"
    folder.mkdir()
    corpus = corpora.get("genia-by-type")
    for kind in corpus.entities:
        lines = []
        for one in reading.records(corpora.get("genia-layers"), "test", REAL, Ledger()):
            assert isinstance(one, Document)
            tags = ["O"] * len(one.text.split(" "))
            for first, last in sorted(
                (
                    (one.text[:start].count(" "), one.text[:end].count(" "))
                    for m in one.mentions
                    if m.type == kind
                    for start, end in m.spans
                ),
                key=lambda words: words[0] - words[1],
            ):
                if set(tags[first : last + 1]) == {"O"}:
                    tags[first : last + 1] = [f"B-{kind}"] + [f"I-{kind}"] * (last - first)
            lines += [f"{word}\t{tag}\n" for word, tag in zip(one.text.split(" "), tags, strict=True)] + ["\n"]
        (folder / f"{kind}_test.conll").write_text("".join(lines), "utf-8")
    found = [one for one in reading.records(corpus, "test", tmp_path, Ledger()) if isinstance(one, Document)]
    assert (len(found), sum(len(one.mentions) for one in found)) == (1_854, 5_183)


@needs_real_corpora
@pytest.mark.parametrize(("split", "documents"), [("train", 875), ("dev", 187), ("test", 188)])
def test_cadecs_lists_name_the_documents_of_its_split(split: str, documents: int) -> None:
    path = REAL / "cadec" / f"cadec.{split}.id"
    assert len(listed([File(path.name, path)])) == documents


def test_a_list_chooses_the_documents_of_a_split() -> None:
    for name in ("cadec", "share2013", "share2014"):
        corpus = corpora.get(name)
        by_split = {
            split: {one.group for one in reading.records(corpus, split, FIXTURES, Ledger())} for split in corpus.splits
        }
        assert [len(groups) for groups in by_split.values()] == [1, 1, 1]
        assert len(set.union(*by_split.values())) == 3


def test_discontinuous_reactions_are_read_as_words_in_order() -> None:
    found = {
        one.text[start:end] if len(mention.spans) == 1 else (one.text, mention.spans)
        for one in reading.records(corpora.get("cadec"), "train", FIXTURES, Ledger())
        if isinstance(one, Document)
        for mention in one.mentions
        for start, end in mention.spans[:1]
        if mention.type == "ADR"
    }
    line = "My legs, arms and feet ached;slept badly on Placebex"
    assert {"a bit dizzy", "ached;slept", "dizzy", "feet ached", "slept badly"} <= found
    assert (line, ((3, 7), (23, 28))) in found
