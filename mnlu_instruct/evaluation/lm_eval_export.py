"""Export a suite as tasks of the lm-evaluation-harness (Gao et al.): the same prompts, the same scores.

The folder holds the questions, one task file per data set, and `utils.py`, which imports from this module what YAML
can't express. The harness renders the chat template itself, so a model tuned here gets the same token ids.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from msgspec import json

from mnlu_instruct import folders
from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions, stated
from mnlu_instruct.evaluation import questions as asking
from mnlu_instruct.evaluation.predictions import Prediction
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.scoring import scores

UTILS = """\"\"\"Functions of these tasks: the questions beside this file, mnlu-instruct's strict scores.\"\"\"

from functools import partial
from pathlib import Path

from mnlu_instruct.evaluation import lm_eval_export

questions = partial(lm_eval_export.questions, Path(__file__).parent)
score = partial(lm_eval_export.score, Path(__file__).parent)
asked, answered = lm_eval_export.asked, lm_eval_export.answered
"""


class _Function(str):
    """The name of a function of `utils.py`, which YAML marks with `!function`."""


class _Dumper(yaml.SafeDumper):
    """A YAML dumper that marks the names of functions."""


_Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", f"utils.{name}"))


def export(suite: Suite, data: Path, settings: Settings, out: Path, overwrite: bool) -> int:
    """Write a suite's task folder; returns how many questions it has.

    Raises:
        UserError: as `questions.of_suite`; a prompt isn't a single message of the user, which the harness needs;
            or `out` can't be written, or exists.
    """
    folders.check(out, overwrite, asking.SUITE)
    found = asking.of_suite(suite, data, settings)
    with folders.atomic_folder(out) as folder:
        asking.write(folder, suite, data, settings, found)
        (folder / "utils.py").write_text(UTILS, "utf-8")
        for name, asked in found.items():
            _write(folder / f"{_name(suite, name)}.yaml", _task(suite, name, asked.questions))
        group = {"group": _name(suite), "task": [_name(suite, name) for name in found]}
        _write(folder / f"{_name(suite)}.yaml", group)
    return sum(len(asked.questions) for asked in found.values())


def _task(suite: Suite, name: str, asked: Sequence[Question]) -> dict[str, Any]:
    """The task file of a data set."""
    for question in asked:
        if [message["role"] for message in question["prompt"]] != ["user"]:
            raise UserError(
                f"The prompt of {question['id']} is not a single message of the user.",
                "leave out --shots, or choose a pack without other messages: the harness adds its own.",
            )
    return {
        "task": _name(suite, name),
        "dataset_path": "json",
        "custom_dataset": _Function("questions"),
        "dataset_kwargs": {"name": name},
        "test_split": "test",
        "num_fewshot": 0,  # --num_fewshot would show questions of the test split with their answers
        "output_type": "generate_until",
        "doc_to_text": _Function("asked"),
        "doc_to_target": "target",
        "process_results": _Function("answered"),
        "generation_kwargs": {"until": [], "do_sample": False, "max_gen_toks": asking.answer_limit(asked[0]["task"])},
        "metric_list": [{"metric": "score", "aggregation": _Function("score"), "higher_is_better": True}],
    }


def _name(suite: Suite, *dataset: str) -> str:
    """The harness' name of a suite or data set, with a prefix, as the harness has tasks of the same names."""
    return "-".join(("mnlu", suite.name, *dataset))


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.dump(content, Dumper=_Dumper, sort_keys=False), "utf-8")


def questions(folder: Path, name: str, **_: object) -> dict[str, Any]:
    """A data set's questions as the harness loads them: columns `question` (the file's JSON line) and `target`."""
    from datasets import Dataset  # noqa: PLC0415 (seconds; only the harness needs it)

    # Lines end with LF alone: str.splitlines would also break at U+2028, which real texts have.
    lines = (folder / f"{name}.jsonl").read_text("utf-8").rstrip("\n").split("\n")
    targets = [json.decode(line)["target"] for line in lines]
    return {"test": Dataset.from_dict({"question": lines, "target": targets})}


def asked(row: dict[str, str]) -> str:
    """The prompt of a question."""
    (message,) = json.decode(row["question"])["prompt"]
    return str(message["content"])


def answered(row: dict[str, str], results: Sequence[str]) -> dict[str, str]:
    """The result of one question: a line of predictions, which `score` gets."""
    line = {**json.decode(row["question"]), "prediction": results[0]}
    return {"score": json.encode(line).decode()}


def score(folder: Path, lines: Sequence[str]) -> float:
    """The strict headline score of a data set, a fraction of 1, by the headline of the task folder's suite."""
    decoded = [json.decode(line, type=Prediction) for line in lines]
    about = stated.read([folder]).datasets[decoded[0].dataset]
    read = [predictions.line(one, f"answer {number}", about.declared) for number, one in enumerate(decoded, 1)]
    found = scores.score([line.answered for line in read], predictions.negative(read), predictions.by_words(read))
    return found.metrics[suites.headline(found.metrics, about.headline)].value
