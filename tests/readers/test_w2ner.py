"""Token numbers: nested and discontinuous mentions, numbers that are none of the sentence's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.w2ner import w2ner
from mnlu_instruct.types import Document, Mention, surface
from tests.readers.helpers import NAMES, PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents

SENTENCES = [
    {
        "sentence": ["IL-2", "receptor", "alpha", "and", "beta"],
        "ner": [{"index": [0, 1, 4], "type": "protein"}, {"index": [0], "type": "protein"}],
        "word": ["unused"],
    },
    {"sentence": ["No", "."], "ner": []},
]
GOLDEN = json.dumps(SENTENCES, indent=1)


def test_every_feature_of_the_format() -> None:
    assert read(w2ner(), file(GOLDEN)) == [
        Document(
            id="1",
            text="IL-2 receptor alpha and beta",
            group="1",
            origin="corpus.txt:1",
            mentions=(Mention("T1", "protein", ((0, 13), (24, 28))), Mention("T2", "protein", ((0, 4),))),
        ),
        Document(id="2", text="No .", group="2", origin="corpus.txt:2"),
    ]


def test_sentences_of_several_files_have_ids_of_their_own() -> None:
    found = read_documents(w2ner(), file(GOLDEN, "a/dev.json"), file(GOLDEN, "a/test.json"))
    assert [one.id for one in found] == ["dev/1", "dev/2", "test/1", "test/2"]


def test_tokens_in_another_order_than_the_texts_keep_theirs() -> None:
    turned = [{"sentence": ["a", "b", "c"], "ner": [{"index": [2, 0, 1], "type": "X"}]}]
    [document] = read_documents(w2ner(), file(json.dumps(turned)))
    assert document.mentions[0].spans == ((4, 5), (0, 3))


@given(st.data())
def test_a_mention_is_its_tokens(data: st.DataObject) -> None:
    tokens = data.draw(st.lists(st.text(PRINTABLE, min_size=1).filter(str.strip), min_size=1, max_size=8))
    index = data.draw(st.lists(st.integers(0, len(tokens) - 1), min_size=1, unique=True).map(sorted))
    kind = data.draw(NAMES)
    written = [{"sentence": tokens, "ner": [{"index": index, "type": kind}]}]
    [document] = read_documents(w2ner(), file(json.dumps(written)))
    [mention] = document.mentions
    assert mention.type == kind
    assert surface(document.text, mention.spans).split() == " ".join(tokens[place] for place in index).split()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"sentence": []}', "not a JSON array of sentences"),
        ('[{"sentence": ["a"]}]', r"not a JSON array of sentences .*`ner`"),
        ('[{"sentence": ["a"], "ner": [{"index": [1], "type": "X"}]}]', r"sentence 1: a mention has the tokens \[1\]"),
        (
            '[{"sentence": ["a"], "ner": [{"index": [-1], "type": "X"}]}]',
            r"has the tokens \[-1\], expected some below 1",
        ),
        ('[{"sentence": ["a"], "ner": [{"index": [], "type": "X"}]}]', r"has the tokens \[\]"),
        ('[{"sentence": ["a", " "], "ner": []}]', "sentence 1: a token is empty"),
    ],
)
def test_what_is_no_such_file_is_refused(content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(w2ner(), file(content))


@given(damaged(GOLDEN, ","))
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(w2ner(), file(content))
