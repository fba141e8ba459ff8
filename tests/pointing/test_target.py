"""Pointer sequences: what is written is read back, in both modes; what is malformed, and how it is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.pointing.sentences import Sentence, sentence
from mnlu_instruct.pointing.target import BEGIN, END, Alphabet, Found, Malformed, Mode, Read, follows, read, write
from tests.support import REAL, instances, needs_real_corpora

PIECES = (2, 1, 3, 1)
"""Of four words; with two types the symbols of their pieces are 5 6 | 7 | 8 9 10 | 11, and 4 is `<s>`."""
WORD, SPAN = (Alphabet(mode, 2, PIECES) for mode in ("word", "span"))  # type: ignore[arg-type]


def test_the_alphabet_of_a_sentence() -> None:
    assert list(WORD.first.items()) == [(5, 0), (7, 1), (8, 2), (11, 3)]
    assert list(WORD.last.items()) == [(6, 0), (7, 1), (10, 2), (11, 3)]


@pytest.mark.parametrize(
    ("mentions", "alphabet", "symbols"),
    [
        ([], WORD, [0, 1]),
        ([Found((1, 3), 1), Found((0, 1, 2), 0)], WORD, [0, 5, 7, 8, 2, 7, 11, 3, 1]),
        ([Found((1, 3), 1), Found((0, 1, 2), 0)], SPAN, [0, 5, 10, 2, 7, 7, 11, 11, 3, 1]),
        ([Found((0, 1), 0), Found((0,), 1), Found((0,), 0)], SPAN, [0, 5, 6, 2, 5, 6, 3, 5, 7, 2, 1]),
    ],
)
def test_mentions_are_written_by_first_word_then_last(
    mentions: list[Found], alphabet: Alphabet, symbols: list[int]
) -> None:
    assert write(mentions, alphabet) == symbols
    assert set(read(symbols, alphabet).mentions) == set(mentions)


@st.composite
def sentences(draw: st.DrawFn) -> tuple[Alphabet, set[Found]]:
    """Mentions of any words: nested, discontinuous, several types for the same words."""
    pieces = draw(st.lists(st.integers(1, 3), min_size=1, max_size=8))
    words = st.sets(st.integers(0, len(pieces) - 1), min_size=1).map(lambda some: tuple(sorted(some)))
    mode: Mode = draw(st.sampled_from(["word", "span"]))
    found = draw(st.sets(st.builds(Found, words, st.integers(0, 2)), max_size=6))
    return Alphabet(mode, 3, tuple(pieces)), found


@given(sentences())
def test_what_is_written_is_read_back(given_sentence: tuple[Alphabet, set[Found]]) -> None:
    alphabet, mentions = given_sentence
    found = read(write(mentions, alphabet), alphabet)
    assert (set(found.mentions), len(found.mentions), found.malformed) == (mentions, len(mentions), ())


@given(sentences())
def test_each_symbol_of_a_sequence_may_follow_those_before_it(given_sentence: tuple[Alphabet, set[Found]]) -> None:
    alphabet, mentions = given_sentence
    symbols = write(mentions, alphabet)
    for place in range(1, len(symbols)):
        ending, typed, least, at_last = follows(symbols[:place], alphabet)
        symbol = symbols[place]
        if symbol == END:
            assert ending
        elif symbol < alphabet.pointers:
            assert typed
        else:
            assert (alphabet.last if at_last else alphabet.first)[symbol] >= least


@given(st.data(), st.sampled_from([WORD, SPAN]))
def test_whatever_may_follow_is_well_formed(data: st.DataObject, alphabet: Alphabet) -> None:
    symbols = [BEGIN]
    for _ in range(data.draw(st.integers(0, 12))):
        ending, typed, least, at_last = follows(symbols, alphabet)
        words = range(least, len(PIECES))
        options = [alphabet.bounds[word][at_last] for word in words] + [2, 3] * typed
        symbols.append(data.draw(st.sampled_from(options)))
        assert ending == (symbols[-2:-1] == [BEGIN] or symbols[-2] in (2, 3))
    while not follows(symbols, alphabet)[0]:
        _, typed, least, at_last = follows(symbols, alphabet)
        symbols.append(2 if typed else alphabet.bounds[least][at_last])
    assert not read([*symbols, END], alphabet).malformed


@pytest.mark.parametrize(
    ("alphabet", "symbols", "malformed"),
    [
        (WORD, [0, 7, 5, 2, 1], Malformed((7, 5, 2), dropped=True)),
        (WORD, [0, 7, 7, 2, 1], Malformed((7, 7, 2), dropped=True)),
        (WORD, [0, 6, 2, 1], Malformed((6, 2), dropped=False)),
        (WORD, [0, 5, 4, 2, 1], Malformed((5, 4, 2), dropped=True)),
        (WORD, [0, 2, 1], Malformed((2,), dropped=True)),
        (WORD, [0, 5, 7, 1], Malformed((5, 7), dropped=True)),
        (WORD, [0, 5, 7], Malformed((5, 7), dropped=True)),
        (SPAN, [0, 5, 2, 1], Malformed((5, 2), dropped=True)),
        (SPAN, [0, 8, 6, 2, 1], Malformed((8, 6, 2), dropped=True)),
        (SPAN, [0, 5, 7, 7, 10, 2, 1], Malformed((5, 7, 7, 10, 2), dropped=False)),
        (SPAN, [0, 5, 5, 2, 1], Malformed((5, 5, 2), dropped=False)),
    ],
)
def test_a_malformed_group_is_told_from_mentions(alphabet: Alphabet, symbols: list[int], malformed: Malformed) -> None:
    assert read(symbols, alphabet) == Read((), (malformed,))
    good = [7, 2] if alphabet is WORD else [7, 7, 2]
    assert read([0, *good, *symbols[1:]], alphabet) == Read((Found((1,), 0),), (malformed,))


def test_what_follows_the_end_is_not_read() -> None:
    assert read([0, 7, 3, 1, 5, 2], WORD) == Read((Found((1,), 1),), ())


@pytest.mark.parametrize("words", [(), (1, 0), (1, 1), (0, 4), (-1,)])
def test_words_that_a_sentence_hasnt_in_its_order_are_refused(words: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=r"^A mention has the words \[.*\], in a sentence of 4"):
        write([Found(words, 0)], WORD)


@needs_real_corpora
@pytest.mark.parametrize("mode", ["word", "span"])
def test_all_sentences_of_genia_are_read_back(mode: Mode) -> None:
    count = 0
    corpus = corpora.get("genia-w2ner")
    for split in ("dev", "test"):
        for instance in instances(corpus, split, REAL, Ledger()):
            one: Sentence = sentence(instance, list(corpus.types), "blanks")
            assert not one.widened
            alphabet = Alphabet(mode, len(corpus.types), tuple(1 + word % 3 for word in range(len(one.places))))
            found = read(write(one.mentions, alphabet), alphabet)
            assert set(found.mentions) == set(one.mentions)
            assert len(found.mentions) == len(one.mentions)
            count += len(found.mentions)
    assert count == 5_365 + 5_506
