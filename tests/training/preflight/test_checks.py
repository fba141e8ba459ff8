"""Each rule is broken alone: that one speaks, with the row's id, and no other has anything to say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from datasets import Dataset
from trl import SFTConfig
from trl.data_utils import pack_dataset

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.preflight import checks, documents, rules
from mnlu_instruct.training.preflight.documents import IGNORED
from mnlu_instruct.training.preflight.rules import Marks, Terms
from mnlu_instruct.training.recipe import TrainRecipe

BEGIN, END, MOST = 1, 2, 12


@dataclass
class Case:
    """Rows given, as a trainer has prepared them, and how; `sound()` is one without a fault."""

    given: list[dict[str, Any]]
    prepared: list[dict[str, Any]]
    packing: str = "none"
    loss: str = "completion"
    marks: Marks = field(default_factory=lambda: Marks(BEGIN, END))

    def check(self) -> list[int]:
        """The preflight; the tokens of the example that it gives back."""
        recipe = TrainRecipe.model_validate(
            {"model": {"base": "x"}, "data": "x", "trainer": {}, "packing": self.packing, "loss": self.loss}
        )
        given, prepared = Dataset.from_list(self.given), Dataset.from_list(self.prepared)
        return list(map(int, checks.check_rows(prepared, given, self.marks, recipe, MOST).ids))

    def broken(self) -> list[str]:
        """The names of all rules that don't hold."""
        terms = Terms(self.marks, self.loss == "all", MOST)
        (due,) = documents.given(Dataset.from_list(self.given), terms.everything)
        (has,) = documents.prepared(Dataset.from_list(self.prepared), self.packing, due.lengths)
        checks: dict[str, Callable[[], None]] = {
            "none_lost": lambda: rules.none_lost(has.lengths, due.lengths),
            "whole_answers": lambda: rules.whole_answers(has.trained, due.trained),
            **{rule.__name__: partial(rule, has, terms) for rule in rules.DECODER},
        }
        found = []
        for name, check in checks.items():
            try:
                check()
            except UserError:
                found.append(name)
        return found


def row(number: int, prompt: list[int], answer: list[int]) -> dict[str, Any]:
    mask = [0] * len(prompt) + [1] * len(answer)
    return {"id": f"corpus/train/{number}#ner", "input_ids": prompt + answer, "completion_mask": mask}


def sound(packing: str = "none", loss: str = "completion") -> Case:
    """Six rows of 7 to 12 tokens; `<s> … </s> …` is the prompt, `… </s>` the answer."""
    given = [row(one, [BEGIN, *[7] * one, END, 5], [8, 9 + one, END]) for one in range(1, 7)]
    prepared = Dataset.from_list(
        [
            {
                "input_ids": one["input_ids"],
                "labels": [
                    token if mark or loss == "all" else IGNORED
                    for token, mark in zip(one["input_ids"], one["completion_mask"], strict=True)
                ],
            }
            for one in given
        ]
    )
    if packing != "none":
        prepared = pack_dataset(prepared, MOST, {"documents": "bfd", "stream": "wrapped"}[packing])
    return Case(given, prepared.to_list(), packing, loss)


EVERY = [(packing, loss) for packing in ("none", "documents", "stream") for loss in ("completion", "all")]


@pytest.mark.parametrize(("packing", "loss"), EVERY)
def test_a_sound_preparation(packing: str, loss: str) -> None:
    case = sound(packing, loss)
    assert case.broken() == []
    assert case.check() in [one["input_ids"] for one in case.given]


def second_beginning(case: Case) -> None:
    case.given[2]["input_ids"][1] = case.prepared[2]["input_ids"][1] = BEGIN
    if case.loss == "all":
        case.prepared[2]["labels"][1] = BEGIN


def no_beginning(case: Case) -> None:
    case.given[2]["input_ids"][0] = case.prepared[2]["input_ids"][0] = 7
    if case.loss == "all":
        case.prepared[2]["labels"][0] = 7


def late_beginning(case: Case) -> None:
    second_beginning(case)
    no_beginning(case)


def beginning_elsewhere(case: Case) -> None:
    """None at the start of this one, two in that: as many as there are documents."""
    second_beginning(case)
    case.given[3]["input_ids"][0] = case.prepared[3]["input_ids"][0] = 7


def nothing_trained(case: Case) -> None:
    case.given[2]["completion_mask"] = [0] * len(case.given[2]["completion_mask"])
    case.prepared[2]["labels"] = [IGNORED] * len(case.prepared[2]["labels"])


def loss_elsewhere(case: Case) -> None:
    """As many tokens as the answer has, but not the last ones."""
    labels = case.prepared[2]["labels"]
    labels[2], labels[-3] = case.prepared[2]["input_ids"][2], IGNORED


def another_label(case: Case) -> None:
    case.prepared[2]["labels"][-2] = 77


def not_the_next(case: Case) -> None:
    """Labels shifted by hand, as models do that shift none themselves."""
    ids = case.prepared[2]["input_ids"]
    case.prepared[2]["labels"] = [*ids[1:], END]


def no_end(case: Case) -> None:
    for one in (case.given[2], case.prepared[2]):
        one["input_ids"][-1] = 9
    case.prepared[2]["labels"][-1] = 9


def loss_on_the_prompt(case: Case) -> None:
    """From one token before the answer on."""
    case.prepared[2]["labels"][-4] = case.prepared[2]["input_ids"][-4]


def lost_row(case: Case) -> None:
    case.prepared.pop()


def lost_token(case: Case) -> None:
    for column in ("input_ids", "labels"):
        del case.prepared[2][column][2]


def too_long(case: Case) -> None:
    case.given[2] = row(3, [BEGIN, *[7] * MOST, 5], [8, END])
    ids, mask = case.given[2]["input_ids"], case.given[2]["completion_mask"]
    labels = [one if mark or case.loss == "all" else IGNORED for one, mark in zip(ids, mask, strict=True)]
    case.prepared[2] = {"input_ids": ids, "labels": labels}


FAULTS = [
    (second_beginning, "completion", "one_beginning", "3#ner doesn't begin with its only beginning-of-text"),
    (no_beginning, "all", "one_beginning", "3#ner doesn't begin"),
    (late_beginning, "completion", "one_beginning", "3#ner doesn't begin"),
    (beginning_elsewhere, "completion", "one_beginning", "3#ner doesn't begin"),
    (nothing_trained, "completion", "something_trained", "3#ner has no token with a loss"),
    (loss_elsewhere, "completion", "answer_and_end", "3#ner .* the loss must be on its answer"),
    (another_label, "completion", "answer_and_end", "3#ner has a wrong loss mask"),
    (another_label, "all", "answer_and_end", "3#ner .* the loss must be on every token"),
    (not_the_next, "all", "answer_and_end", "3#ner has a wrong loss mask"),
    (no_end, "completion", "answer_and_end", "3#ner has a wrong loss mask"),
    (no_end, "all", "answer_and_end", "3#ner has a wrong loss mask"),
    (loss_on_the_prompt, "completion", "whole_answers", "19 tokens have a loss, but 18 should"),
    (lost_row, "completion", "none_lost", "Of 6 rows with 57 tokens, the trainer has 5 with 45"),
    (too_long, "completion", "within_length", "A row of the trainer has 16 tokens, more than max_length 12"),
    (too_long, "all", "within_length", "A row of the trainer has 16 tokens"),
]


@pytest.mark.parametrize(("fault", "loss", "rule", "words"), FAULTS)
def test_a_rule_that_is_broken_alone(fault: Callable[[Case], None], loss: str, rule: str, words: str) -> None:
    case = sound("none", loss)
    fault(case)
    assert case.broken() == [rule]
    with pytest.raises(UserError, match=words) as caught:
        case.check()
    assert caught.value.hint


def test_every_rule_is_broken_by_some_test() -> None:
    assert {rule for _, _, rule, _ in FAULTS} == {
        *(rule.__name__ for rule in rules.DECODER),
        *("none_lost", "whole_answers"),
    }


@pytest.mark.parametrize(("packing", "loss"), EVERY)
def test_a_token_that_is_lost_is_said_to_be_lost_whatever_else_that_breaks(packing: str, loss: str) -> None:
    case = sound(packing, loss)
    lost_token(case)
    if packing == "documents":
        case.prepared[2]["seq_lengths"][0] -= 1
    with pytest.raises(UserError, match="Of 6 rows with 57 tokens, the trainer has 6 with 56"):
        case.check()


@pytest.mark.parametrize("packing", ["documents", "stream"])
def test_a_packed_row_that_is_lost(packing: str) -> None:
    case = sound(packing)
    case.prepared.pop()
    with pytest.raises(UserError, match=r"Of 6 rows with 57 tokens, the trainer has [1-6] with"):
        case.check()


def test_a_label_in_a_packed_document_is_named_by_its_row() -> None:
    case = sound("documents")
    case.prepared[0]["labels"][-1] = 77
    ids = case.prepared[0]["input_ids"][-case.prepared[0]["seq_lengths"][-1] :]
    name = next(one["id"] for one in case.given if one["input_ids"] == ids)
    with pytest.raises(UserError, match=f"{name} has a wrong loss mask"):
        case.check()


def test_completions_are_not_every_token() -> None:
    case = sound("none", "all")
    case.prepared = sound("none", "completion").prepared
    with pytest.raises(UserError, match=r"1#ner .* the loss must be on every token"):
        case.check()


def test_a_row_is_named_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "BATCH", 2)
    case = sound()
    case.prepared[4]["labels"][-2] = 77
    with pytest.raises(UserError, match="5#ner has a wrong loss mask"):
        case.check()


def test_a_tokenizer_without_a_beginning() -> None:
    case = sound()
    case.marks = Marks(None, END)
    second_beginning(case)
    assert case.check()


# What an encoder reads, and a decoder writes.


def pair(read: list[int], write: list[int]) -> dict[str, Any]:
    return {"id": "corpus/train/1#ner", "input_ids": read, "labels": write}


TERMS = Terms(Marks(None, END), False, MOST)
SOUND = pair([5, 6, END], [8, END])


@pytest.mark.parametrize(
    ("one", "broken"),
    [
        (SOUND, []),
        (pair([5, 6], [8, END]), ["prompt_and_answer_end"]),
        (pair([5, END, END], [8, END]), ["prompt_and_answer_end"]),
        (pair([5, END, 6], [8, END]), ["prompt_and_answer_end"]),
        (pair([5, 6, END], [8, END, END]), ["prompt_and_answer_end"]),
        (pair([5, END, 6, END], []), ["something_trained", "prompt_and_answer_end"]),
        (pair([5, 6, END], [END, 8]), ["prompt_and_answer_end", "answer_and_end"]),
        (pair([5] * 9 + [END], [8, 8, END]), ["within_length"]),
    ],
)
def test_pairs(one: dict[str, Any], broken: list[str]) -> None:
    (part,) = documents.pairs(Dataset.from_list([one]))
    found = []
    for rule in rules.ENCODER_DECODER:
        try:
            rule(part, TERMS)
        except UserError:
            found.append(rule.__name__)
    assert found == broken


def test_fewer_processes_than_were_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SFTConfig(use_cpu=True, bf16=False)
    checks.check_processes(config)
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(UserError, match="4 processes were launched, but 1 train together"):
        checks.check_processes(config)


def test_the_example_is_of_middle_length() -> None:
    lengths = sorted(len(one["input_ids"]) for one in sound().given)
    assert len(sound().check()) == lengths[3]
