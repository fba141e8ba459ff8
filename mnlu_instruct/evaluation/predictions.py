"""Read predictions: JSON lines with a question, its gold answer and a model's answer, by `mnlu eval` or anyone else."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import cast

import msgspec
from msgspec import Struct

from mnlu_instruct import corpora, tasks
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation import stated
from mnlu_instruct.evaluation.stated import Declared
from mnlu_instruct.files import File
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Choices, Gold, Instance, Label, Letters, Places, TaskName

NEGATIVE = frozenset({"none", "false", "0"})
"""Keys that corpora give to the label "no relation", lower-cased."""


class Prediction(Struct, frozen=True, kw_only=True):
    """One line: the columns of a built data set, the gold completion (`target`), the data set, and the prediction.

    `gold` is the JSON of a `types.Gold`. `finish_reason` is "length" where the answer was cut off at its token limit.
    `seen` says whether the model was trained on the question's text; None where that isn't known. `letters` says where
    the options' letters stand in the prompt; `ran_on` whether the answer was cut at a mark that ends the turn;
    `too_long` whether the prompt didn't fit the context, so that nothing was asked; `places` where the mentions are
    that a system states, if it knows.
    """

    id: str
    corpus: str
    split: str
    task: str
    domain: str
    group: str
    prompt: list[dict[str, str]]
    text: str
    labels: list[str]
    label_keys: list[str]
    gold: str
    pack: str
    target: str
    dataset: str
    prediction: str
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    engine: str | None = None
    seen: bool | None = None
    letters: Letters = "before"
    ran_on: bool = False
    too_long: bool = False
    places: Places | None = None


class Line(Struct, frozen=True):
    """A prediction, the question rebuilt from it, and where it was read ("file, line 7").

    `declared` is what its corpus declares, None if that isn't known.
    """

    prediction: Prediction
    instance: Instance
    origin: str
    declared: Declared | None = None

    @property
    def answered(self) -> Answered:
        """The question with its parsed answer."""
        parsed = tasks.TASKS[self.instance.task].read(self.prediction.prediction, self.instance)
        one = self.prediction
        return Answered(self.instance, parsed, one.finish_reason == "length" and not one.too_long, one.too_long)


def line(prediction: Prediction, origin: str, declared: Declared | None = None) -> Line:
    """Rebuild the question of a prediction; `declared`, if it isn't given, is what a registered corpus declares.

    Raises:
        UserError: it has an unknown task, or a target that doesn't state its gold answer.
    """
    if declared is None and (corpus := corpora.registry().get(prediction.corpus)):
        declared = Declared.of(corpus)
    return Line(prediction, _instance(prediction, origin), origin, declared)


def read(paths: Iterable[Path], own: Mapping[str, Corpus] = MappingProxyType({})) -> dict[str, list[Line]]:
    """Read the predictions of files, or of all `*.jsonl` in folders, by data set in the order of first appearance.

    Args:
        paths: the files or folders; what a run or an export states about its corpora stands beside them.
        own: corpora of the user's own, by name, for predictions without a run.

    Raises:
        UserError: a file is missing or empty; a line isn't JSON, lacks a key, has an unknown task, or a target that
            doesn't state its gold answer; an id occurs twice in a data set; a data set has several tasks or corpora.
    """
    found: dict[str, list[Line]] = {}
    seen: dict[tuple[str, str], str] = {}
    paths = list(paths)
    declared = {one.corpus: one.declared for one in stated.read(paths).datasets.values() if not one.lacks}
    declared |= {name: Declared.of(corpus) for name, corpus in own.items()}
    for path in _files(paths):
        empty = True
        for line in _lines(path, declared):
            empty = False
            one = line.prediction
            first = found.setdefault(one.dataset, [line])[0]
            if first is not line:
                found[one.dataset].append(line)
            place = seen.setdefault((one.dataset, one.id), line.origin)
            if place != line.origin:
                raise _error(line.origin, f"{one.id} occurs at {place}, too", "keep one prediction per question")
            of_first = (first.prediction.task, first.prediction.corpus)
            if (one.task, one.corpus) != of_first:
                message = f"data set {one.dataset} has {one.task} questions of {one.corpus} here"
                hint = "give each corpus and task its own data set name"
                raise _error(line.origin, f"{message}, {' of '.join(of_first)} at {first.origin}", hint)
        if empty:
            raise UserError(f"{path} holds no predictions.", "did the run that writes it fail?")
    return found


def missing(dataset: str, lines: Sequence[Line], expected: Collection[str]) -> int:
    """How many of a data set's test questions have no prediction.

    Args:
        dataset: its name, for messages.
        lines: its predictions.
        expected: the ids of all its test questions.

    Raises:
        UserError: a prediction answers none of the test questions.
    """
    known = set(expected)
    for line in lines:
        if line.instance.id not in known:
            raise _error(
                line.origin,
                f"{line.instance.id} is not a test question of {dataset}",
                "was the file made from other corpus files? 'mnlu suite export' writes the questions",
            )
    return len(known) - len(lines)


def negative(lines: Sequence[Line]) -> str | None:
    """The key of the label "no relation" among a data set's labels; None for tasks other than RE.

    It is what the corpus declares, if that is known and the file has that label; else the one label whose key is
    `none`, `false` or `0`.

    Raises:
        UserError: no label, or more than one, is such. A wrong guess would count correct negatives and inflate scores.
    """
    if lines[0].instance.task != "re":
        return None
    keys = {label.key for line in lines for label in line.instance.labels}
    declared = lines[0].declared
    if declared and declared.negative in keys:
        return declared.negative
    named = [key for key in keys if key.lower() in NEGATIVE]
    if len(named) != 1:
        raise _error(
            lines[0].origin,
            f"no single label means 'no relation'; labels: {', '.join(sorted(keys))}",
            "give the corpus' declaration (--corpus FILE), or call that label 'none' in label_keys and gold",
        )
    return named[0]


def several(lines: Sequence[Line]) -> bool:
    """Whether several classes may hold in a data set, as its corpus declares; else whether they do in these lines."""
    if lines[0].instance.task != "dc":
        return False
    if declared := lines[0].declared:
        return declared.several
    return any(isinstance(line.instance.gold, Choices) and len(line.instance.gold.keys) != 1 for line in lines)


def by_words(lines: Sequence[Line]) -> bool:
    """Whether a data set's spans are scored word by word, as its corpus declares; False if that isn't known."""
    declared = lines[0].declared
    return declared is not None and declared.by_words


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise UserError(f"{path} doesn't exist.", "give a predictions file, or the folder of a run.")
        inside = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not inside:
            raise UserError(f"{path} holds no predictions (*.jsonl).", "give a predictions file, or its folder.")
        yield from inside


def _lines(path: Path, declared: Mapping[str, Declared]) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(Prediction)
    for number, text in File(str(path), path).lines():
        origin = f"{path}, line {number}"
        try:
            prediction = decoder.decode(text)
        except msgspec.ValidationError as error:
            lacks = "`prediction`" in str(error)
            hint = "add each answer as `prediction`" if lacks else "see the columns of 'mnlu suite export'"
            raise _error(origin, str(error), hint) from error
        except msgspec.DecodeError as error:
            raise _error(origin, f"this is not JSON: {error}", "write one JSON object per line") from error
        yield line(prediction, origin, declared.get(prediction.corpus))


def _instance(prediction: Prediction, origin: str) -> Instance:
    """The question, with what is needed to read an answer."""
    if prediction.task not in tasks.TASKS:
        wrong = unknown("task", prediction.task, tasks.TASKS)
        raise UserError(f"{origin}: {wrong.message}", wrong.hint)
    if len(prediction.labels) != len(prediction.label_keys):
        raise _error(origin, "`labels` and `label_keys` differ in length", "give one key per label")
    try:
        gold = msgspec.json.decode(prediction.gold, type=Gold)
    except msgspec.DecodeError as error:
        raise _error(origin, f"`gold`: {error}", "see the columns of 'mnlu suite export'") from error
    instance = Instance(
        id=prediction.id,
        task=cast(TaskName, prediction.task),
        group=prediction.group,
        text=prediction.text,
        asked=_asked(prediction),
        labels=tuple(map(Label, prediction.label_keys, prediction.labels)),
        gold=gold,
        letters=prediction.letters,
    )
    try:
        stated = tasks.TASKS[instance.task].read(prediction.target, instance).answer
    except ValueError as error:
        raise _error(origin, f"`label_keys`: {error}", "the keys of similarity scores are integers") from error
    if stated != gold.answer:
        raise _error(origin, "`target` isn't the answer in `gold`", "take both, and the labels, from one export")
    return instance


def _asked(prediction: Prediction) -> dict[str, str]:
    """The trigger and the attribute that an EAC answer begins with; empty for other kinds of questions."""
    if prediction.task != "eac":
        return {}
    before, _, _ = prediction.target.partition(": ")
    trigger, _, attribute = before.partition(" - ")
    return {"trigger": trigger, "attribute": attribute}


def _error(origin: str, message: str, hint: str) -> UserError:
    return UserError(f"{origin}: {message}.", f"{hint}.")
