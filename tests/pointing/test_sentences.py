"""Questions as words and pieces, and answers as span lines: what is pointed at is what is said."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.pointing.sentences import answer, check_types, examples, places, sentence, too_long
from mnlu_instruct.pointing.target import Alphabet, Found, Malformed, Read, read, write
from mnlu_instruct.tasks import ner
from mnlu_instruct.tasks.answers import spans
from mnlu_instruct.types import Instance, Label, Mention, Spans
from tests.support import FIXTURES, REAL, instances, needs_real_corpora

TEXT = "IL-2 binds IL-2; legs and arms ached"
LABELS = (Label("P", "Protein"), Label("A", "Reaction"))
TYPES = ["A", "P"]


def asked(**mentions: tuple[tuple[int, int], ...]) -> Instance:
    """A question with one mention a type."""
    gold = {key: [Mention("T", key, place)] for key, place in mentions.items()}
    spans_of = spans.gold(TEXT, {label.key: gold.get(label.key, []) for label in LABELS})
    return Instance("1", "ner", "1", TEXT, {}, LABELS, Spans(spans_of.spans))


def test_a_question_as_words() -> None:
    one = sentence(asked(P=((0, 4),), A=((17, 21), (31, 36))), TYPES, "blanks")
    assert one.mentions == (Found((3, 6), 0), Found((0,), 1))
    assert [TEXT[start:end] for start, end in one.places] == TEXT.split()
    assert one.widened == 0


def test_mentions_inside_words_are_counted() -> None:
    assert sentence(asked(P=((11, 15),)), TYPES, "blanks").widened == 1  # "IL-2;" is a word
    assert sentence(asked(P=((11, 15),)), TYPES, "letters").widened == 0


def test_an_answer_has_a_line_a_type_and_one_for_each_kind_of_malformed_group() -> None:
    instance = asked(A=((17, 21), (31, 36)))
    one = sentence(instance, TYPES, "letters")
    words = [TEXT[start:end] for start, end in one.places]
    legs, ached, second = words.index("legs"), words.index("ached"), [4, 5, 6]
    found = Read(
        (Found((legs, ached), 0), Found((0, 1, 2), 1), Found(tuple(second), 1)),
        (Malformed((9, 7, 2), dropped=True), Malformed((6, 2), dropped=False), Malformed((9,), dropped=True)),
    )
    text = answer(found, one, instance, TYPES)
    assert text.splitlines() == [
        "Protein: IL-2 ... IL-2",
        "Reaction: legs ached",
        "Malformed: 9 7 2 ... 9",
        "Misplaced: 6 2",
    ]
    parsed = ner.read(text, instance)
    assert parsed.answer == {"P": ("IL-2", "IL-2"), "A": ("legs ached",)}
    assert len(parsed.unasked) == 3
    assert places(found, one, TYPES) == {"P": [((0, 4),), ((11, 15),)], "A": [((17, 21), (31, 36))]}


def test_words_are_encoded_each_with_a_blank_before_it(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    one = sentence(asked(P=((0, 4),)), TYPES, "letters")
    [example] = examples([one], tokenizer, "word", 2)
    assert tokenizer.decode(example.ids[1:-1]).split() == [TEXT[start:end] for start, end in one.places]
    assert (example.ids[0], example.ids[-1], len(example.ids)) == (0, 2, sum(example.alphabet.pieces) + 2)
    assert too_long([example], len(example.ids)) == []
    assert too_long([example], len(example.ids) - 1) == [example]


def test_a_word_without_pieces_is_refused() -> None:
    def nothing(texts: list[str], add_special_tokens: bool) -> dict[str, list[list[int]]]:
        return {"input_ids": [[] for _ in texts]}

    with pytest.raises(UserError, match=r"^1: the tokenizer makes nothing of the word 'IL-2'"):
        examples([sentence(asked(), TYPES, "blanks")], nothing, "word", 2)


def test_types_in_another_order_are_the_same_types() -> None:
    check_types({"A": "x", "P": "y"}, {"P": "y", "A": "x"}, "corpus")
    with pytest.raises(UserError, match="corpus asks for A; the model points at P, A"):
        check_types({"A": "x"}, {"P": "y", "A": "x"}, "corpus")


CASES = [("cadec", "letters"), ("share2013", "clinical"), ("share2014", "clinical"), ("genia-w2ner", "blanks")]


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_gold_mentions_that_are_pointed_at_are_the_gold_answer(name: str, rule: str) -> None:
    corpus = corpora.get(name)
    check_gold(name, rule, [one for split in corpus.splits for one in instances(corpus, split, FIXTURES, Ledger())])


@needs_real_corpora
@pytest.mark.parametrize("name", ["genia-w2ner", "genia-layers"])
def test_all_gold_mentions_of_genia_that_are_pointed_at_are_the_gold_answer(name: str) -> None:
    check_gold(name, "blanks", list(instances(corpora.get(name), "test", REAL, Ledger())))


def check_gold(name: str, rule: str, asked: list[Instance]) -> None:
    types = list(dict.fromkeys(corpora.get(name).types.values()))
    assert any(one.gold.answer != dict.fromkeys(types, ()) for one in asked)
    for instance in asked:
        one = sentence(instance, types, rule)  # type: ignore[arg-type]
        alphabet = Alphabet("span", len(types), tuple(1 + word % 2 for word in range(len(one.places))))
        found = read(write(one.mentions, alphabet), alphabet)
        assert one.widened == 0, instance.id
        said = ner.read(answer(found, one, instance, types), instance).answer
        assert isinstance(said, dict)
        gold = instance.gold.answer
        assert isinstance(gold, dict)
        assert {key: sorted(strings) for key, strings in said.items()} == {
            key: sorted(strings) for key, strings in gold.items()
        }, instance.id
