"""BERTScore with the weights of a folder."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import bertscore
from mnlu_instruct.evaluation.bertscore import Weights
from mnlu_instruct.evaluation.scorecard import score
from tests.support import failed, mnlu

GOLD = "The fever is gone. Aspirin was given."


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A RoBERTa of three layers, which has learned nothing."""
    folder = tmp_path_factory.mktemp("roberta")
    raw = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    raw.train_from_iterator([GOLD], 300, special_tokens=special, show_progress=False)
    raw.save_model(str(folder))
    RobertaTokenizerFast.from_pretrained(str(folder), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"num_hidden_layers": 3, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
    RobertaModel(RobertaConfig(**shape, vocab_size=300, max_position_embeddings=66)).save_pretrained(folder)
    return str(folder)


def test_equal_texts_have_one_others_less_and_none_zero(roberta: str) -> None:
    same, other, none = bertscore.f1([GOLD] * 3, [GOLD, "Aspirin is gone.", " "], Weights(roberta, 2))
    assert same == pytest.approx(1)
    assert 0 < other < 0.999
    assert none == 0


def test_a_tokenizer_without_a_length(roberta: str, tmp_path: Path) -> None:
    shutil.copytree(roberta, tmp_path / "endless")
    path = tmp_path / "endless" / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_max_length": 10**30}))
    with pytest.raises(UserError, match="doesn't say how many tokens the model takes"):
        bertscore.f1([GOLD], [GOLD], Weights(str(tmp_path / "endless"), 2))


def predictions(folder: Path, *texts: str) -> Path:
    rows = [
        {
            "id": f"demo-summ/test/{number}#summ", "task": "summ", "corpus": "demo-summ", "group": str(number),
            "domain": "clinical", "split": "test", "text": "t", "labels": [], "label_keys": [], "dataset": "demo-summ",
            "gold": json.dumps({"kind": "text", "text": GOLD}), "target": GOLD, "prompt": [], "pack": "mnlu",
            "prediction": text,
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip
    path = folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_it_stands_beside_the_other_scores(roberta: str, tmp_path: Path) -> None:
    path = predictions(tmp_path, GOLD, "Aspirin is gone.")
    plain, found = score([path], {}), score([path], {}, by=Weights(roberta, 2))
    values = found.values["demo-summ"]
    assert 0.5 < values.pop("bertscore") < 1
    assert values == plain.values["demo-summ"]


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("nowhere:17", "No model 'nowhere': there is no config.json."),
        ("roberta-large", "'roberta-large' names no layer."),
        ("{roberta}:9", "has no layer 9"),
    ],
)
def test_what_is_wrong_with_weights(stated: str, message: str, roberta: str, tmp_path: Path) -> None:
    done = mnlu("score", predictions(tmp_path, GOLD), "--bertscore", stated.format(roberta=roberta))
    failed(done, message)


def test_a_run_has_none(roberta: str, tmp_path: Path) -> None:
    words = ("--bertscore", f"{roberta}:2", "--name", "x", "--out", tmp_path / "out")
    failed(mnlu("score", predictions(tmp_path, GOLD), *words), "A run has strict scores, without BERTScore.")


def test_the_error_is_raised_before_anything_is_read() -> None:
    with pytest.raises(UserError, match="names no layer"):
        bertscore.weights("roberta-large:last")
