"""What becomes of a model's answers between the engine and the reader."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import answering, engines, questions
from mnlu_instruct.evaluation.answer_cache import AnswerCache
from mnlu_instruct.evaluation.engines.engine import Completion, Grammars
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.prompting import chat
from mnlu_instruct.prompting.packs import Message
from tests.prompting.families import FAMILIES, byte_level
from tests.support import FIXTURES


class Parrot:
    """An engine that gives every question the same answer, and keeps the grammars that it was given."""

    name, runs_on, context, apart = "parrot", "a perch", 10_000, False

    def __init__(self, family: str, answer: str) -> None:
        self.tokenizer = byte_level(FAMILIES[family])
        self.answer = answer
        self.grammars: Grammars = None

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        return chat.prompt_ids(self.tokenizer, prompts)

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        self.grammars = grammars
        found = {place: Completion(self.answer, "length", 9) for place in range(len(prompts))}
        done(found)
        return list(found.values())


@pytest.fixture
def asked() -> list[Question]:
    suite = suites.load("demo")
    found = questions.of_suite(suite, Path(), Settings(limit=2))
    return [question for one in found.values() for question in one.questions]


def answered(
    parrot: Parrot, asked: list[Question], place: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> tuple[list[Question], dict[str, object]]:
    monkeypatch.setattr(engines, "load", lambda *_: parrot)
    monkeypatch.setattr(engines, "fingerprint", lambda _: "parrot")
    cache = AnswerCache(place / "answers.jsonl")
    return answering.answers("parrot", "vllm", asked, settings, cache, lambda *_: None)


RUNNING_ON = {"zephyr": "\n<|user|>\nAnd", "llama 2": " [INST]", "mistral 0.1": "</s> more", "plain": "<|endoftext|>"}


@pytest.mark.parametrize(("family", "mark"), RUNNING_ON.items())
def test_an_answer_that_runs_on_is_cut_and_counted(
    family: str, mark: str, asked: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parrot = Parrot(family, f"(A)\n(B){mark} (C)")
    said, about = answered(parrot, asked, tmp_path, monkeypatch, Settings())
    assert {question["prediction"].strip() for question in said} == {"(A)\n(B)"}
    assert {question["finish_reason"] for question in said} == {"stop"}
    assert about["ran_on"] == len(asked) == sum(question["ran_on"] for question in said)


@pytest.mark.parametrize("family", ["zephyr", "qwen", "llama 3"])
def test_an_answer_that_names_a_user_is_whole(
    family: str, asked: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = "a user of [[drugs]] #1 | <b> [INST"
    said, about = answered(Parrot(family, answer), asked, tmp_path, monkeypatch, Settings())
    assert {question["prediction"] for question in said} == {answer}
    assert {question["finish_reason"] for question in said} == {"length"}
    assert "ran_on" not in about


@pytest.mark.parametrize(("family", "lead"), [("llama 2", '(" ")?'), ("zephyr", '("\\n")?'), ("qwen", None)])
def test_grammars_allow_what_the_template_writes_before_an_answer(
    family: str, lead: str | None, asked: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parrot = Parrot(family, "")
    asked = [question for question in asked if question["task"] == "nli"]
    answered(parrot, asked, tmp_path, monkeypatch, Settings(constrained=True))
    assert parrot.grammars
    for grammar in parrot.grammars:
        assert grammar is not None
        first, *_ = grammar.splitlines()
        assert first.startswith("root ::= ")
        assert first == f"root ::= {lead} answer" if lead else "answer ::=" not in grammar


def relations(corpus: str) -> list[Question]:
    suite = Suite(name="s", description="d", datasets=(Dataset(name="ere", corpus=corpus, task="ere"),))
    (found,) = questions.of_suite(suite, FIXTURES, Settings(pack="verb")).values()
    return found.questions


@pytest.mark.parametrize(("corpus", "lower"), [("chemprot", False), ("chemprot-study", True)])
def test_names_are_copied_in_lower_case_if_the_corpus_writes_them_so(
    corpus: str, lower: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parrot, asked = Parrot("zephyr", ""), relations(corpus)
    answered(parrot, asked, tmp_path, monkeypatch, Settings(constrained=True, pack="verb"))
    assert parrot.grammars
    for question, grammar in zip(asked, parrot.grammars, strict=True):
        assert grammar is not None
        assert question["text"] != question["text"].lower()
        _, _, names = grammar.partition("\nbare ::=")
        assert (names == names.lower()) == lower


@pytest.mark.parametrize(("answer", "fine"), [("no relation", False), ("a causes b; c", False), ("", True)])
def test_a_server_that_ignores_grammars_of_relations_is_found_out(answer: str, fine: bool) -> None:
    (question, *_) = relations("demo-ere")
    said = [{**question, "prediction": answer or question["target"], "finish_reason": "stop"}]
    if fine:
        answering._check_constrained(said)
    else:
        with pytest.raises(UserError, match="is outside its grammar"):
            answering._check_constrained(said)


@pytest.mark.parametrize("apart", [False, True])
def test_texts_that_are_too_long_lose_their_end(apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = questions.of_suite(suites.load("demo-dialogue"), Path(), Settings(limit=20, pack="generation"))
    asked = [question for one in found.values() for question in one.questions]
    parrot = Parrot("zephyr", "Hello.")
    sizes = [len(ids) for ids in parrot.prompt_ids([one["prompt"] for one in asked])]
    room = sorted(sizes)[len(sizes) // 2]
    parrot.apart, parrot.context = apart, room if apart else room + questions.answer_limit("dialogue")
    settings = Settings(pack="generation", too_long="shorten")
    said, about = answered(parrot, asked, tmp_path, monkeypatch, settings)
    assert about["shortened"] == sum(size > room for size in sizes) > 0
    for question, answer, size in zip(asked, said, sizes, strict=True):
        (before,), (after,) = question["prompt"], answer["prompt"]
        assert (before == after) == (size <= room)
        kept = after["content"].rpartition("Medical dialogue: ")[2].strip()
        assert question["text"].startswith(kept)
        assert answer["text"] == question["text"]
        (ids,) = parrot.prompt_ids([answer["prompt"]])
        assert len(ids) <= room
        if size > room:
            more = question["text"][: len(kept)] + " " + question["text"][len(kept) :].split()[0]
            (ids,) = parrot.prompt_ids([[{**after, "content": after["content"].replace(kept, more)}]])
            assert len(ids) > room


def test_questions_with_options_are_not_shortened(
    asked: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parrot = Parrot("zephyr", "(A)")
    parrot.context = 60
    with pytest.raises(UserError, match="the model's context is 60") as caught:
        answered(parrot, asked, tmp_path, monkeypatch, Settings(too_long="shorten"))
    assert "--too-long shorten" not in caught.value.hint
