"""The grammar of relations: every gold answer whose names stand in the text, and nothing that is read otherwise."""

import random
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xgrammar
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers import AutoTokenizer

from mnlu_instruct import corpora
from mnlu_instruct.evaluation.engines import constraints, masks
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import chat, packs, plain_text
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import NO_RELATION, Instance, Label, Relations, normalise
from tests.support import FIXTURES, REAL, needs_real_corpora
from tests.training.test_untouched_bases import TOKENIZERS

PACKS = ("verb", "typed", "study", "quoted")
CORPORA = ("bc5cdr", "chemprot", "ddi", "dce")
NOT_COPIED = {"bc5cdr": 6}
"""How many documents of a test split have a name that isn't part of the text: "renal failure" in "renal and hepatic
failure"."""
END = "<end>"
LETTERS = [*(chr(code) for code in range(32, 127)), *"\n\u2028é\u3000𝛼", END]
PIECES = [
    *LETTERS, "; ", " and ", ", ", ", and ", " combined with ", " causes ", " is caused by ", " a", " b", "b.",
]  # fmt: skip
"""A vocabulary with all that could lead a reader astray."""


def compiler(words: list[str]) -> xgrammar.GrammarCompiler:
    info = xgrammar.TokenizerInfo(words, vocab_type=xgrammar.VocabType.RAW, stop_token_ids=[words.index(END)])
    return xgrammar.GrammarCompiler(info, cache_enabled=False)


COMPILER = compiler(LETTERS)
HOSTILE = compiler(PIECES)


def compiled(instance: Instance) -> xgrammar.CompiledGrammar:
    grammar = constraints.grammar(instance)
    assert grammar
    return COMPILER.compile_grammar(grammar)


def inside(grammar: xgrammar.CompiledGrammar, text: str) -> bool:
    one = xgrammar.GrammarMatcher(grammar)
    return bool(one.accept_string(text)) and bool(one.accept_token(LETTERS.index(END)))


def allowed(instance: Instance, text: str) -> bool:
    return inside(compiled(instance), text)


@cache
def asked(corpus: str, split: str, data: Path) -> tuple[Instance, ...]:
    declared = corpora.get(corpus)
    records = reading.records(declared, split, data, Ledger())
    return tuple(instance for record in records for instance in ere.ask(record, declared, Ledger()))


def names(instance: Instance) -> set[str]:
    assert isinstance(instance.gold, Relations)
    return {name for _, *some in instance.gold.answer for name in some}  # type: ignore[union-attr]


def copied(instance: Instance) -> bool:
    """Whether all names of the gold answer are parts of the text."""
    text = normalise(instance.text)
    return all(name in text for name in names(instance))


def check(found: list[Instance], name: str) -> None:
    """Check that gold answers in a pack's words are inside, if their names are copied, and with another name not."""
    pack = packs.load(name)
    for instance in found:
        worded = pack.worded(instance)
        target, grammar = ere.write(instance.gold.answer, worded), compiled(worded)
        assert inside(grammar, target) == copied(instance), (instance.id, target)
        for one in sorted(names(instance))[:1]:
            assert not inside(grammar, target.replace(one, f"{one}qx")), (instance.id, target)
        assert not inside(grammar, f"{target} "), target
        assert not inside(grammar, target.removesuffix(".")), target


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize(("corpus", "split"), [*((one, "test") for one in CORPORA), ("demo-ere", "test")])
def test_gold_answers_are_inside_if_their_names_are_copied(corpus: str, split: str, name: str) -> None:
    found = asked(corpus, split, FIXTURES)
    assert any(names(one) for one in found)
    check(list(found), name)


@needs_real_corpora
@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("corpus", CORPORA)
def test_a_sample_of_real_gold_answers_is_inside(corpus: str, name: str) -> None:
    check(list(asked(corpus, "test", REAL)[::61]), name)


@needs_real_corpora
@pytest.mark.slow
@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("corpus", CORPORA)
def test_all_real_gold_answers_are_inside(corpus: str, name: str) -> None:
    found = asked(corpus, "test", REAL)
    assert sum(not copied(one) for one in found) == NOT_COPIED.get(corpus, 0)
    check(list(found), name)


@pytest.fixture(scope="module", params=["t5", "gpt2"])
def spelled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[chat.Tokenizer, xgrammar.GrammarCompiler, Callable[[str], list[int]], bool]:
    """A tokenizer, its compiler of grammars, what it makes of an answer, and whether that is coded as plain text."""
    if not TOKENIZERS.is_dir():
        pytest.skip("no tokenizers in ../shared/re-study")
    folder = tmp_path_factory.mktemp("tokenizer")
    shutil.copytree(TOKENIZERS / request.param, folder, dirs_exist_ok=True)
    (folder / "config.json").write_text(f'{{"model_type": "{request.param}"}}', "utf-8")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    compiling = xgrammar.GrammarCompiler(masks.texts(tokenizer, len(tokenizer), [tokenizer.eos_token_id]))

    def ids(text: str) -> list[int]:
        if request.param == "t5":
            return plain_text.prompt_ids(tokenizer, [[{"role": "assistant", "content": text}]])[0]
        return [*tokenizer(text)["input_ids"], tokenizer.eos_token_id]

    return tokenizer, compiling, ids, request.param == "t5"


@needs_real_corpora
@pytest.mark.parametrize("name", ["verb", "quoted"])
def test_the_tokens_of_gold_answers_are_inside(
    spelled: tuple[chat.Tokenizer, xgrammar.GrammarCompiler, Callable[[str], list[int]], bool], name: str
) -> None:
    """Whatever a tokenizer makes of the places where names meet the words of a clause, and of Greek letters."""
    tokenizer, compiling, ids, coded = spelled
    pack = packs.load(name)
    for corpus in CORPORA:
        for instance in filter(copied, asked(corpus, "test", REAL)[::91]):
            worded = pack.worded(instance)
            target = ere.write(instance.gold.answer, worded)
            write = plain_text.writer(tokenizer, [worded.text, target]) if coded else str
            grammar = constraints.grammar(worded, plain_text.LEAD if coded else "", write)
            assert grammar
            one = xgrammar.GrammarMatcher(compiling.compile_grammar(grammar))
            assert all(map(one.accept_token, ids(target))), (instance.id, target)
            assert one.is_terminated()


# ---------------------------------------------------------------------------------------------------------------------
# Whatever is said inside is read as relations between parts of the text

PAIR = (Label("A", "{1} causes {2}"),)
TWO = (Label("A", "{1} causes {2}"), Label("B", "{2} is caused by {1}"))
ALIKE = (Label("A", "the cause {1} and {2} harm"), Label("B", "the cause {1} and {2} help"))
LISTS = (Label("A", "{1} combined with {2} combined with {3} is good"), Label("B", "{1}, {2}, and {3} are bad"))
QUOTES = (Label("A", '"{1}" causes "{2}"'), Label("B", '"{1}", "{2}", and "{3}" meet'))
MIXED = (Label("A", '"{1}" causes "{2}"'), Label("B", "{1} and {2} meet"))
NOTHING = Label(NO_RELATION, "nothing is stated")

texts = st.lists(
    st.sampled_from(
        ["a", "b.", "Ab3", "and", ",", "a,", ";", "a;b", "combined", "with", "causes", "is", "caused", "by", "the",
         "cause", "are", "bad", "harm", "help", '"', "\\", '"b"', "&amp;", "&", "lt;", ".", "is good", "meet"]
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


def question(text: str, labels: tuple[Label, ...]) -> Instance:
    return Instance("x", "ere", "g", text, {"relations": "x"}, (*labels, NOTHING), Relations(()))


def said(grammar: str, dice: random.Random, longest: int = 120) -> str | None:
    """What a model says that has learned nothing; None if it doesn't come to an end."""
    one, text = xgrammar.GrammarMatcher(HOSTILE.compile_grammar(grammar)), ""
    mask = xgrammar.allocate_token_bitmask(1, len(PIECES))
    for _ in range(longest):
        one.fill_next_token_bitmask(mask)
        bits: NDArray[np.uint8] = np.unpackbits(mask.numpy().view(np.uint8), bitorder="little")
        choices = [word for word, bit in zip(PIECES, bits, strict=False) if bit]
        word = END if END in choices else dice.choice(choices)
        assert one.accept_token(PIECES.index(word))
        if word == END:
            return text
        text += word
    return None


@pytest.mark.parametrize("labels", [PAIR, TWO, ALIKE, LISTS, QUOTES, MIXED], ids=lambda one: one[-1].name)
@settings(deadline=None, max_examples=60)
@given(text=texts, seed=st.integers(0, 10**6))
def test_whatever_is_said_inside_states_relations_between_parts_of_the_text(
    labels: tuple[Label, ...], text: str, seed: int
) -> None:
    instance = question(text, labels)
    grammar = constraints.grammar(instance)
    assert grammar
    answer = said(grammar, random.Random(seed))
    if answer is not None:
        parsed = ere.read(answer, instance)
        assert isinstance(parsed.answer, tuple), answer
        assert not parsed.unread, answer
        for _, *stated in parsed.answer:
            assert all(name in normalise(text) for name in stated), answer


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("nothing is stated.", True),
        ("NF causes IL.", True),
        ("NF-kappa causes IL-2 (human); kappaB causes B.", True),
        ("IL-2 ( causes human).", True),
        ("2 causes the IL.", True),
        ("NF causes IL", False),
        ("nothing is stated; NF causes IL.", False),
        ("NF causes IL; nothing is stated.", False),
        ("NF  causes IL.", False),
        ("kapp causes IL.", False),
        ("appaB causes IL.", False),
        ("NF-kappaB IL causes human.", False),
        ("nf causes IL.", False),
        ("NF causes human); B.", False),
        ("NF causes .", False),
        (" causes IL.", False),
        ("", False),
    ],
)
def test_names_are_copied_word_by_word(answer: str, right: bool) -> None:
    instance = question("NF-kappaB raises\n  the IL-2 (human); the rest is known", PAIR)
    assert allowed(instance, answer) == right
    if right:
        assert ere.read(answer, instance).answer is not None


def test_what_parts_names_is_in_none() -> None:
    """Except where the reader tells by the text which of it parts them."""
    text = "a combined with b, and c; a and b"
    lists, alike = question(text, LISTS), question(text, ALIKE)
    assert allowed(lists, "a combined with b combined with c is good.")
    assert not allowed(lists, "a combined with b combined with b, and c is good.")
    assert allowed(lists, "a combined with b, is good.")
    assert allowed(alike, "the cause a combined with b, and c and a and b harm.")


@pytest.mark.parametrize("text", ["", " \n", ";", "; ;", "&amp;"])
def test_a_text_without_words_states_nothing(text: str) -> None:
    assert allowed(question(text, PAIR), "nothing is stated.")
    assert not allowed(question(text, PAIR), "; causes ;.")


def test_a_grammar_is_as_long_as_its_text() -> None:
    one, two = (len(constraints.grammar(question("word " * count, PAIR)) or "") for count in (1_000, 2_000))
    assert two < 2.2 * one
    assert two < 2_000 * 70


def test_names_in_quotes_may_have_anything() -> None:
    labels = (Label("A", '"{1}" causes "{2}"'),)
    instance = question('a "b"; c\\d, and e', labels)
    for relations in ((("A", 'a "b"; c\\d', ", and e"),), (("A", ";", "\\"), ("A", '"', "a"))):
        answer = ere.write(relations, instance)
        assert allowed(instance, answer), answer
        assert ere.read(answer, instance).answer == relations
