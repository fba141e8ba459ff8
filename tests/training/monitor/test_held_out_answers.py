"""Answers to questions held out: scored by kind over all corpora, the same however a training is spread."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from msgspec import convert, json

from mnlu_instruct.evaluation import predictions, scorecard
from mnlu_instruct.evaluation.engines.engine import Completion
from mnlu_instruct.evaluation.predictions import Line, Prediction
from mnlu_instruct.training.data import load, split_held_out
from mnlu_instruct.training.monitor import held_out_answers
from mnlu_instruct.training.monitor.held_out_answers import by_kind, generators, restore, said
from tests.training.conftest import RECIPE, launch
from tests.training.inside import trainer


def lines(rows: list[dict[str, Any]], right: bool = True) -> list[Line]:
    """Rows with their gold answers as the model's, or with words that can't be read."""
    found = []
    for row in rows:
        words = row["completion"][0]["content"] if right else "well"
        found.append(predictions.line(convert(said(row, Completion(words, "stop", 3)), Prediction), row["id"]))
    return found


@pytest.fixture(scope="module")
def held(data: Path) -> list[dict[str, Any]]:
    return split_held_out(load(data), 8, 7)[1].to_list()


def test_right_answers_score_one_and_unreadable_ones_nothing(held: list[dict[str, Any]]) -> None:
    best = by_kind(lines(held))
    assert set(best) == {"dc", "ner", "nli", "re", "sts"}
    assert all(one.n == 8 and one.unreadable == 0 for one in best.values())
    # Similarity is compared with real scores, which the options round.
    assert all(one.metrics[one.headline].value > (0.9 if kind == "sts" else 0.999) for kind, one in best.items())
    worst = by_kind(lines(held, right=False))
    assert all(one.unreadable == 1 for kind, one in worst.items() if kind != "ner")
    assert all(one.metrics[one.headline].value == 0 for one in worst.values())


def test_pairs_without_a_relation_count_for_nothing_whatever_each_corpus_calls_them() -> None:
    def row(corpus: str, negative: str, gold: str) -> dict[str, Any]:
        keys = [negative, "activates"]
        answer = "(A) no link" if gold == negative else "(B) activation"
        return {
            "id": f"{corpus}/{gold}", "corpus": corpus, "split": "train", "task": "re", "domain": "biomedical",
            "group": gold, "prompt": [], "text": "a b", "labels": ["no link", "activation"], "label_keys": keys,
            "gold": json.encode({"kind": "choices", "keys": [gold]}).decode(), "pack": "p",
            "completion": [{"role": "assistant", "content": answer}],
        }  # fmt: skip

    rows = [row("x", "none", "none"), row("x", "none", "activates"), row("y", "false", "false")]
    right = by_kind(lines(rows))["re"]
    assert right.metrics["f1"].value == 1 and list(right.per_label) == ["activates"]
    assert (right.per_label["activates"].tp, right.per_label["activates"].fp) == (1, 0)


def test_generators_come_back() -> None:
    def drawn() -> tuple[float, ...]:
        return random.random(), float(np.random.rand()), float(torch.rand(1))

    kept = generators()
    first = drawn()
    drawn()
    restore(kept)
    assert drawn() == first


def test_a_table_and_an_answer_of_each_kind(held: list[dict[str, Any]], capfd: pytest.CaptureFixture[str]) -> None:
    found = lines(held)
    held_out_answers.show("Held out", found, by_kind(found))
    said = capfd.readouterr().out
    for kind in ("dc", "ner", "nli", "re", "sts"):
        assert f"{kind:>5} model:" in said and f"{kind:>5} gold:" in said
    assert "100.0" in said and "unreadable" in said


def test_evaluations_are_logged_written_and_may_choose_the_best_model(data: Path, tmp_path: Path) -> None:
    made = trainer(
        data, tmp_path, held_out=3, eval_strategy="steps", eval_steps=2, save_strategy="best",
        metric_for_best_model="eval_unreadable", greater_is_better=False, save_total_limit=1,
    )  # fmt: skip
    made.trainer.train()
    scored = [entry for entry in made.trainer.state.log_history if "eval_unreadable" in entry]
    assert [entry["step"] for entry in scored] == [2, 4, 6]
    assert made.trainer.state.best_metric == min(entry["eval_unreadable"] for entry in scored)
    card = scorecard.score([tmp_path / "answers" / "step-6.jsonl"], {})
    assert {one.task for one in card.datasets.values()} == {"dc", "ner", "nli", "re", "sts"}
    for one in card.datasets.values():  # a corpus a kind in the demo
        assert scored[-1][f"eval_{one.task}_{one.headline}"] == one.metrics[one.headline].value


def test_two_processes_under_zero_3_answer_as_one(data: Path, tmp_path: Path) -> None:
    """Five questions, three a process, one of them twice; before the first step, when all weights are alike."""
    found = []
    for name, processes, over in (("one", 1, ()), ("two", 2, ("--deepspeed", "zero3"))):
        path = tmp_path / f"{name}.yaml"
        path.write_text("held_out: 1\n" + RECIPE.format(data=data, out=tmp_path / name), "utf-8")
        evaluated = ("--eval_strategy", "steps", "--eval_on_start", "true", "--eval_steps", "2", "--max_steps", "1")
        done = launch(path, *evaluated, *over, processes=processes)
        assert done.returncode == 0, done.stderr[-4000:]
        assert done.stdout.count("Held-out questions after 0 steps") == 1
        found.append((tmp_path / name / "answers" / "step-0.jsonl").read_bytes())
    assert found[0] == found[1]
    assert len(found[0].splitlines()) == 5
