"""Options by the likelihood of their letters: whatever a tokenizer makes of these, and whichever engine tells."""

import json
import math
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec import structs
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import engines, questions
from mnlu_instruct.evaluation.answering import as_instance
from mnlu_instruct.evaluation.engines import constraints, likelihood
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, SCORES, evaluate, left_out
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.prompting import chat, templates
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import Choice, Instance, Label
from tests import forks
from tests.merging.conftest import model as tiny
from tests.training.conftest import ENVIRONMENT, data, t5  # noqa: F401 (fixtures)

LIMIT = 3
TEXTS = ["(A) yes (B) no (C) maybe", "<|user|>\n<|assistant|>\n(AA) (AB) (D) A) B) (C) (C) (C) A) A) A)"]


def write_tokenizer(folder: Path, merging: bool) -> chat.Tokenizer:
    """A byte-level tokenizer: with merges inside `(A)` for some letters and none for others, or with none at all."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(" ", "merged_with_next"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    size = len(alphabet) + 3 + (24 if merging else 0)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<unk>", "<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(TEXTS * 50, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = templates.ZEPHYR
    tokenizer.save_pretrained(folder)
    return tokenizer


@pytest.fixture(scope="module", params=[True, False], ids=["merging", "bytes"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learned nothing, of a tokenizer to which letters are one token, or several."""
    folder = tmp_path_factory.mktemp("model")
    one_head = {"num_attention_heads": 1, "num_key_value_heads": 1, "hidden_size": 32}
    tiny(folder, noise=2.0, vocab_size=320, max_position_embeddings=8192, **one_head)
    write_tokenizer(folder, request.param)
    return folder


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """A few questions of every kind that has options."""
    suite = suites.load("demo")
    every = questions.of_suite(suite, Path(), Settings(limit=LIMIT))
    without = left_out(suite, Settings(by="likelihood"))
    return [question for name, one in every.items() if name not in without for question in one.questions]


def starts(tokenizer: chat.Tokenizer, asked: Sequence[Question]) -> list[list[list[int]]]:
    beginnings = [likelihood.beginnings(as_instance(question)) for question in asked]
    return chat.starts(tokenizer, [question["prompt"] for question in asked], beginnings)


class Told:
    """An engine that says how likely tokens are by a table."""

    def __init__(self, tell: Callable[[list[int], int], float]) -> None:
        self.tell, self.asked = tell, 0

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        self.asked += len(prompts)
        for index in reversed(range(len(prompts))):
            done({index: [self.tell(prompts[index], token) for token in tokens[index]]})


def best(engine: Any, prompts: Sequence[list[int]], starts: Sequence[Sequence[list[int]]]) -> list[int]:
    found: dict[int, int] = {}
    likelihood.likeliest(engine, prompts, starts, found.update)
    return [found[place] for place in range(len(prompts))]


def test_several_tokens_are_one_text() -> None:
    probabilities = {(0,): {1: 0.6, 2: 0.4}, (0, 1): {3: 0.5, 4: 0.5}, (0, 2): {3: 0.9}}
    engine = Told(lambda prompt, token: math.log(probabilities[tuple(prompt)][token]))
    assert best(engine, [[0]], [[[1, 3], [1, 4], [2, 3]]]) == [2]  # 0.3, 0.3, 0.36
    assert engine.asked == 3
    assert best(engine, [[0]], [[[1, 3], [1, 4]]]) == [0]


def test_beginnings_are_what_comes_before_the_words() -> None:
    labels = tuple(Label(str(number), f"words (B) {number}") for number in range(28))
    asked = {"trigger": "Drug use", "attribute": "Status (A)"}
    instance = Instance("x", "eac", "g", "t", asked, labels, Choice("0"))
    found = likelihood.beginnings(instance)
    assert found == [f"Drug use - Status (A): ({options.letter(number)})" for number in range(28)]
    assert found[-1].endswith("(AB)")
    after = likelihood.beginnings(structs.replace(instance, letters="after"))
    assert after == [f"Drug use - Status (A): {options.letter(number)}" for number in range(28)]


def test_letters_are_the_first_tokens_of_whole_answers(model: Path, asked: list[Question]) -> None:
    """What is compared is what a model was trained to write, to the token."""
    tokenizer = chat.load_tokenizer(str(model))
    lengths = set()
    for question, some in zip(asked, starts(tokenizer, asked), strict=True):
        for ids, stated in zip(some, constraints.statements(as_instance(question)), strict=True):
            example = chat.examples(tokenizer, [question["prompt"]], [[{"role": "assistant", "content": stated}]])[0]
            assert example.ids[example.prompt_length :][: len(ids)] == ids
            lengths.add(len(ids))
    assert len(lengths) > 1


def test_transformers_tell_what_the_models_own_logits_say(model: Path, asked: list[Question]) -> None:
    engine = engines.load("transformers", str(model))
    ids = engine.prompt_ids([question["prompt"] for question in asked])
    tried = starts(engine.tokenizer, asked)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    expected = []
    for prompt, some in zip(ids, tried, strict=True):
        sums = []
        for start in some:
            with torch.no_grad():
                likely = network(input_ids=torch.tensor([prompt + start])).logits[0].log_softmax(-1)
            places = range(len(prompt) - 1, len(prompt) + len(start) - 1)
            sums.append(sum(float(likely[place, token]) for place, token in zip(places, start, strict=True)))
        expected.append(sums.index(max(sums)))
    assert best(engine, ids, tried) == expected
    assert len(set(expected)) > 1


VLLM = """
import json, sys
from mnlu_instruct.evaluation import engines

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    engine = engines.load("vllm", asked["model"])
    told, said = {}, engine.generate(asked["prompts"], asked["limits"], lambda _: None, asked["grammars"])
    engine.next_tokens(asked["befores"], asked["tokens"], told.update)
    texts = [[one.text, one.finish_reason, one.tokens] for one in said]
    json.dump([[told[place] for place in range(len(told))], texts], sys.stdout)
"""


@pytest.mark.parametrize("model", [True], indirect=True, ids=["merging"])
def test_vllm_and_transformers_agree(model: Path) -> None:
    """On how likely tokens are, and on what is written inside grammars."""
    relations = Suite(name="r", description="d", datasets=(Dataset(name="ere", corpus="demo-ere", task="ere"),))
    every = questions.of_suite(suites.load("demo"), Path(), Settings(limit=2))
    every |= questions.of_suite(relations, Path(), Settings(limit=2, pack="verb"))
    asked = [question for one in every.values() for question in one.questions if question["task"] != "summ"]
    reference = engines.load("transformers", str(model))
    ids = reference.prompt_ids([question["prompt"] for question in asked])
    grammars = [constraints.grammar(as_instance(question)) for question in asked]
    tokens = [[5, 9, 100 + place] for place in range(len(ids))]
    befores = [[*prompt, 40 + place] for place, prompt in enumerate(ids)]
    given = {"prompts": ids, "limits": [40] * len(ids), "grammars": grammars}
    sent = json.dumps({"model": str(model), "befores": befores, "tokens": tokens, **given})
    done = subprocess.run(
        [forks.python("heavy"), "-c", VLLM], input=sent, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr[-3000:]
    likelihoods, texts = json.loads(done.stdout)
    told: dict[int, Sequence[float]] = {}
    reference.next_tokens(befores, tokens, told.update)
    for place, values in enumerate(likelihoods):
        assert values == pytest.approx(told[place], abs=1e-4)
    said = reference.generate(ids, [40] * len(ids), lambda _: None, grammars)
    assert texts == [[one.text, one.finish_reason, one.tokens] for one in said]


def run(model: Path, out: Path, **settings: Any) -> Path:
    chosen = Settings(**{"limit": LIMIT, **settings})
    evaluate(str(model), "transformers", suites.load("demo"), Path(), out, chosen, lambda *_: None)
    return out


def test_a_run_by_likelihood(model: Path, tmp_path: Path) -> None:
    folder = run(model, tmp_path / "run", by="likelihood")
    about = json.loads((folder / RUN).read_text("utf-8"))
    assert about["system"] == f"{model.name} (likelihood)"
    assert about["by"] == "likelihood"
    lacking = {name: one["lacks"] for name, one in about["datasets"].items() if "lacks" in one}
    assert list(lacking) == ["demo-ner", "demo-ete", "demo-eae", "demo-summ"]
    assert set(lacking.values()) == {"no options to choose from"}
    scores = json.loads((folder / SCORES).read_text("utf-8"))
    assert set(scores["datasets"]) == {f"demo-{task}" for task in ("eac", "dc", "re", "qa", "nli", "sts")}
    assert all(one["unreadable"] == 0 for one in scores["datasets"].values())
    for line in (folder / PREDICTIONS).read_text("utf-8").splitlines():
        question = json.loads(line)
        assert question["prediction"] in constraints.statements(as_instance(question))


def test_a_constrained_run(model: Path, tmp_path: Path) -> None:
    folder = run(model, tmp_path / "run", constrained=True)
    about = json.loads((folder / RUN).read_text("utf-8"))
    assert about["system"] == f"{model.name} (constrained)"
    assert about["constrained"] is True
    assert "by" not in about
    for line in (folder / PREDICTIONS).read_text("utf-8").splitlines():
        question = json.loads(line)
        ended = question["finish_reason"] == "stop"
        if ended and question["task"] in constraints.OPTIONS - constraints.SEVERAL:
            assert question["prediction"] in constraints.statements(as_instance(question))


@pytest.mark.parametrize(
    ("engine", "settings", "words"),
    [
        ("transformers", {"by": "likelihood", "constrained": True}, "generates nothing"),
        ("baseline", {"constrained": True}, "--constrained doesn't apply to --engine baseline"),
        ("baseline", {"by": "likelihood"}, "--by likelihood doesn't apply to --engine baseline"),
        ("baseline", {"engine_arguments": ("--dtype", "half")}, "--dtype half doesn't apply to --engine baseline"),
        ("transformers", {"engine_arguments": ("--dtype", "half")}, "takes no arguments: --dtype half"),
    ],
)
def test_what_does_not_go_together(engine: str, settings: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        evaluate(
            "majority", engine, suites.load("demo"), Path(), tmp_path / "run", Settings(**settings), lambda *_: None
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"by": "likelihood"}, "is an encoder–decoder model, which is asked by generation only"),
        (
            {"constrained": True},
            r"only to relations of whole texts \(ere\), not to those of dc, eac, eae, ete, ner, nli,",
        ),
    ],
    ids=str,
)
def test_how_an_encoder_decoder_model_can_not_be_asked(
    t5: Path,  # noqa: F811
    settings: dict[str, Any],
    words: str,
    tmp_path: Path,
) -> None:
    chosen = Settings(limit=1, **settings)
    with pytest.raises(UserError, match=words):
        evaluate(str(t5), "transformers", suites.load("demo"), Path(), tmp_path / "run", chosen, lambda *_: None)
