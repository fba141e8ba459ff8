"""Few-shot prompts: the paper's words in every turn, fresh and unlike examples, none that gives the answer away."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import answering, evaluate, few_shot, model_check, questions
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.prompting import lint, packs
from mnlu_instruct.prompting.packs import Message
from mnlu_instruct.prompting.preview import samples
from mnlu_instruct.types import Instance, Label, MarkedSpan, Spans
from tests.support import FIXTURES, failed, mnlu

FORMAT = (
    "Your answer should use the following format, with one entity type per line. The span refers to the original text "
    "span from the Medical text. Output None if there is no such span. Use `...' to separate multiple spans."
)


def question(name: str, **gold: str) -> Instance:
    """A question about the text that its name says; of each type the mentions, parted by blanks."""
    spans = {key: tuple(MarkedSpan(word, ((0, 1),)) for word in words.split()) for key, words in gold.items()}
    return Instance(name, "ner", name, f"About {name}.", {}, tuple(Label(key, key) for key in gold), Spans(spans))


def asked(suite: str, count: int, data: Path = Path(), limit: int = 20) -> dict[str, list[Question]]:
    found = questions.of_suite(suites.load(suite), data, Settings(limit=limit, skip_missing=True, shots=count))
    return {name: one.questions for name, one in found.items()}


def said(prompt: Sequence[Message]) -> list[str]:
    return [message["content"] for message in prompt if message["role"] == "assistant"]


def test_the_papers_prompt_to_the_letter() -> None:
    query = question("q", B="", A="")
    query = replace(query, text="The query.")
    shown = few_shot.examples([question("1", A="x y", B=""), question("2", A="", B="")]).of(query, 2, 42)
    messages = few_shot.prompt(query, shown, packs.load("mnlu"))
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 + ["user"]
    before = "Extract all relevant medical named entities from the medical text below. "
    before += f"Focus on identifying following entities: B, A\n{FORMAT}\nB: {{span}}\nA: {{span}}\nMedical text: "
    texts = {"B: None\nA: x ... y": "About 1.", "B: None\nA: None": "About 2."}
    assert set(said(messages)) == set(texts)
    assert [message["content"] for message in messages[::2]] == [
        *(before + texts[answer] for answer in said(messages)),
        before + "The query.",
    ]


def test_as_text_everything_is_one_message() -> None:
    query, pack = question("q", A=""), packs.load("mnlu")
    shown = few_shot.examples([question("1", A="x"), question("2", A="")]).of(query, 2, 42)
    turns, (whole,) = few_shot.prompt(query, shown, pack), few_shot.prompt(query, shown, pack, as_text=True)
    assert whole == {"role": "user", "content": "\n\n".join(message["content"] for message in turns)}


@pytest.mark.parametrize(("plain", "given", "told"), [(True, None, True), (False, None, False), (True, "turns", False)])
def test_a_model_that_was_never_in_a_chat_gets_text(
    plain: bool, given: Literal["turns"] | None, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats: list[int] = []

    def silent(_: str, __: str, asked: Sequence[Question], *___: object) -> tuple[list[Question], dict[str, object]]:
        chats.extend(len(question["prompt"]) for question in asked if question["task"] == "ner")
        return [{**question, "prediction": ""} for question in asked], {}

    monkeypatch.setattr(model_check, "check", lambda *_: {"chat": {"plain": True}} if plain else {})
    monkeypatch.setattr(answering, "answers", silent)
    how = Settings(limit=2, shots=2, shots_as=given)
    evaluate.evaluate("none", "vllm", suites.load("demo"), Path(), tmp_path / "run", how, lambda *_: None)
    assert set(chats) == {1 if told else 5}
    about = json.decode((tmp_path / "run" / evaluate.RUN).read_bytes())
    assert about.get("shots_as") == ("text" if told else None)


def test_every_bundled_pack_shows_the_format_in_every_wording() -> None:
    for name in packs.available():
        pack = packs.load(name)
        assert list(lint.findings(pack, samples())) == []
        if "ner" not in pack.wordings:
            continue
        for number in range(40):
            query = question(f"query {number}", A="", B="")
            shown = few_shot.examples([question("1", A="x", B="y"), question("2", A="", B="y")]).of(query, 2, 42)
            for message in few_shot.prompt(query, shown, pack)[::2]:
                assert f"\n{FORMAT}\nA: {{span}}\nB: {{span}}" in message["content"]
        assert FORMAT not in pack.prompt(query)[0]["content"]


def test_a_pack_without_a_place_for_the_format(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [ner]\n", "utf-8")
    (tmp_path / "ner.j2").write_text("{{ types | join(', ') }}\n{{ text }}\n", "utf-8")
    options = ("--pack", tmp_path, "--shots", "2", "--out", tmp_path / "out")
    suite = tmp_path / "mine.yaml"
    suite.write_text("name: x\ndescription: y\ndatasets: [{name: a, corpus: demo-ner, task: ner}]\n", "utf-8")
    failed(mnlu("suite", "export", suite, *options), "has no few-shot prompts for ner questions", "{{ hint }}")
    assert not (tmp_path / "out").exists()


def test_lint_sees_a_format_that_is_changed(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [ner]\n", "utf-8")
    (tmp_path / "ner.j2").write_text("{{ types | join(', ') }}{{ hint | upper }}\n{{ text }}\n", "utf-8")
    (finding,) = lint.findings(packs.load(str(tmp_path)), samples())
    assert finding.endswith("changes or drops a part of 'hint'")


def test_only_questions_about_named_entities_have_examples() -> None:
    plain, shown = asked("demo", 0), asked("demo", 2)
    for name in plain:
        if name != "demo-ner":
            assert plain[name] == shown[name]
    for before, after in zip(plain["demo-ner"], shown["demo-ner"], strict=True):
        answers = said(after["prompt"])
        nones = [answer.count(": None") for answer in answers]
        assert len(set(answers)) == len(set(nones)) == 2
        assert {key: before[key] for key in before if key != "prompt"} == {
            key: after[key] for key in after if key != "prompt"
        }
    drawn = {json.encode(row["prompt"][:-1]) for row in shown["demo-ner"]}
    assert len(drawn) > 15


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["", "x", "y"]), st.sampled_from(["", "z"])), min_size=4, max_size=12),
    st.integers(1, 4),
    st.integers(0, 99),
)
def test_examples_are_as_unlike_as_can_be(golds: list[tuple[str, str]], count: int, number: int) -> None:
    training = [question(str(place), A=first, B=second) for place, (first, second) in enumerate(golds)]
    query = question(f"query {number}", A="", B="")
    shown = few_shot.examples(training).of(query, count, 42)
    assert shown == few_shot.examples(training[::-1]).of(query, count, 42)
    answers = [str(one.gold.answer) for one in shown]
    empty = [sum(not spans for spans in one.gold.spans.values()) for one in shown if isinstance(one.gold, Spans)]
    every = [sum(not part for part in gold) for gold in golds]
    assert len(set(empty)) == min(count, len(set(every)))
    assert len({one.text for one in shown}) == count
    assert len(set(answers)) == min(count, len(set(golds)))
    pack = packs.load("mnlu")
    alike = few_shot.alike([("x", few_shot.prompt(query, shown, pack))])
    assert alike == ({} if len(set(empty)) == count else {"x": 1})


def test_no_example_is_about_the_query_s_own_text() -> None:
    training = [question(str(place), A="x" * place) for place in range(4)]
    query = replace(question("query", A=""), text="about 2 .")
    for seed in range(20):
        shown = few_shot.examples(training).of(query, 3, seed)
        assert {one.text for one in shown} == {"About 0.", "About 1.", "About 3."}
    with pytest.raises(UserError, match="query has only 3 questions to draw 4 examples from"):
        few_shot.examples(training).of(query, 4, 42)


def test_what_could_not_be_unlike_is_counted(tmp_path: Path) -> None:
    done = mnlu("suite", "export", "demo", "--shots", "7", "--limit", "3", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    stated = json.decode((tmp_path / "out" / "suite.json").read_bytes())
    (first, *_) = (tmp_path / "out" / "demo-ner.jsonl").read_bytes().splitlines()
    assert len(json.decode(first)["labels"]) < 6  # so of seven numbers of types without a mention, two are equal
    assert (stated["shots"], stated["alike_shots"]) == (7, {"demo-ner": 3})
    assert stated["datasets"]["demo-ner"]["questions"] == 3


def test_a_system_bears_its_shots_in_its_name() -> None:
    assert [Settings(shots=count).manner for count in range(3)] == ["", " (1 shot)", " (2 shots)"]


def test_a_baseline_reads_no_prompt(tmp_path: Path) -> None:
    options = (
        "--engine",
        "baseline",
        "--model",
        "majority",
        "--suite",
        "demo",
        "--shots",
        "2",
        "--out",
        tmp_path / "run",
    )
    failed(mnlu("eval", *options), "--shots doesn't apply to --engine baseline, which runs no model.")


def test_a_data_set_without_its_train_split(tmp_path: Path) -> None:
    suite = tmp_path / "mine.yaml"
    rows = "[{name: a, corpus: bc2gm, task: ner}, {name: b, corpus: jnlpba, task: ner}]"
    suite.write_text(f"name: x\ndescription: y\ndatasets: {rows}\n", "utf-8")
    data = tmp_path / "data"
    for name in ("bc2gm/test.tsv", "bc2gm/train.tsv"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes((FIXTURES / name).read_bytes())
    for path in (FIXTURES / "jnlpba").rglob("*"):
        if path.is_file() and "train" not in str(path.relative_to(FIXTURES)):
            target = data / path.relative_to(FIXTURES)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    words = ("1 of 2 data sets", "b: --shots takes examples from its train split", "is not in")
    options = ("--shots", "1", "--out", tmp_path / "out")
    failed(mnlu("suite", "export", suite, *options, data=data), *words)
    done = mnlu("suite", "export", suite, *options, "--skip-missing", data=data)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "out").glob("*.jsonl")] == ["a.jsonl"]


def test_the_harness_takes_no_examples(tmp_path: Path) -> None:
    done = mnlu("suite", "export", "demo", "--to", "lm-eval", "--shots", "2", "--limit", "2", "--out", tmp_path / "x")
    failed(done, "is not a single message", "leave out --shots")
