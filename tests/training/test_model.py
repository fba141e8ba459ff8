"""The new model's tokenizer: what its vocabulary is trained on, what a token stays within; a base as it is loaded."""

import json
import re
import shutil
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast
from trl import SFTConfig
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat, templates
from mnlu_instruct.training import data as rows
from mnlu_instruct.training.architectures import kind_of
from mnlu_instruct.training.model import RESERVED, model_for, tokenizer_for
from mnlu_instruct.training.recipe import ModelRecipe
from tests.prompting.families import FAMILIES, byte_level

NEW = ModelRecipe(config={"hidden_size": 64}, vocabulary=512)


def test_an_options_letter_is_one_token_and_every_text_comes_back(data: Path) -> None:
    tokenizer = tokenizer_for(NEW, rows.load(data))
    assert tokenizer.tokenize("(A)") == ["(A)"]
    assert [token for token in tokenizer.tokenize("x (B) yes\n(C) no") if "B" in token or "C" in token] == [
        "(B)",
        "(C)",
    ]
    for text in ("(A) α-synuclein  was\n\n\tnot (AB)(C2H6)... found", " ", "\r\n", "ﬀ🙂", ""):
        assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text


def test_the_vocabulary_can_be_that_of_other_texts(data: Path, tmp_path: Path) -> None:
    recipe = build_recipe(None, {"corpora": ["demo"], "tasks": ["summ"], "n": 50})
    build.write(build.draft(recipe, Path(), None, lambda *_: None), tmp_path / "set", None, lambda *_: None)
    other = NEW.model_copy(update={"texts": tmp_path / "set"})
    alone = tokenizer_for(NEW, rows.load(tmp_path / "set"))
    assert tokenizer_for(other, rows.load(data)).get_vocab() == alone.get_vocab()
    assert tokenizer_for(NEW, rows.load(data)).get_vocab() != alone.get_vocab()


@pytest.mark.parametrize(("kind", "words"), [("tiny", "FlashAttention2"), ("t5", "does not support Flash Attention")])
def test_an_attention_that_is_not_there_is_one_sentence(
    request: pytest.FixtureRequest, kind: str, words: str, data: Path
) -> None:
    found = request.getfixturevalue(kind)
    recipe = ModelRecipe(base=str(found[0] if kind == "tiny" else found), attention="flash_attention_2")
    tokenizer = chat.load_tokenizer(str(recipe.base))
    with pytest.raises(UserError, match=f"can't be loaded: .*{words}") as raised:
        model_for(recipe, tokenizer, SFTConfig(use_cpu=True, bf16=False), kind_of(recipe).model)
    assert "sdpa" in raised.value.hint and "https" not in raised.value.message


def test_a_base_that_draws_its_answers_is_tuned_to_be_greedy(tiny: tuple[Path, list[float]], tmp_path: Path) -> None:
    drawing = Path(shutil.copytree(tiny[0], tmp_path / "drawing"))
    said = {"do_sample": True, "temperature": 0.6, "top_p": 0.9, "eos_token_id": [0, 1], "max_length": 4096}
    (drawing / "generation_config.json").write_text(json.dumps(said), "utf-8")
    recipe = ModelRecipe(base=str(drawing), dtype="float32")
    tokenizer = chat.load_tokenizer(str(drawing))
    made = model_for(recipe, tokenizer, SFTConfig(use_cpu=True, bf16=False)).generation_config.to_diff_dict()
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    assert {name: value for name, value in made.items() if name != "transformers_version"} == {
        **special, "do_sample": False,
    }  # fmt: skip


def test_a_vocabulary_without_an_unknown_token_pads_with_the_one_reserved_for_it(data: Path, tmp_path: Path) -> None:
    raw = Tokenizer(WordLevel({"<s>": 0, "</s>": 1, RESERVED: 2, "a": 3}, unk_token="a"))
    PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>").save_pretrained(tmp_path)
    found = tokenizer_for(ModelRecipe(base=str(tmp_path)), rows.load(data))
    assert (found.pad_token, found.pad_token_id, len(found)) == (RESERVED, 2, 4)


def test_a_tokenizer_without_any_such_token_pads_with_the_end_of_text(data: Path, tmp_path: Path) -> None:
    raw = Tokenizer(WordLevel({"<s>": 0, "</s>": 1, "a": 2}, unk_token="a"))
    PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>").save_pretrained(tmp_path)
    assert tokenizer_for(ModelRecipe(base=str(tmp_path)), rows.load(data)).pad_token == "</s>"


@pytest.mark.parametrize(("choice", "found"), [(None, "own"), ("own", "own"), ("zephyr", templates.ZEPHYR)])
def test_a_base_keeps_its_chat_template_unless_told_otherwise(
    data: Path, tmp_path: Path, choice: str | None, found: str
) -> None:
    own = byte_level(FAMILIES["chatml"])
    own.save_pretrained(tmp_path)
    made = tokenizer_for(ModelRecipe(base=str(tmp_path), template=choice), rows.load(data))
    assert made.chat_template == (own.chat_template if found == "own" else found)


def test_what_the_tokenizer_puts_first_is_written_into_a_template_without_it(data: Path, tmp_path: Path) -> None:
    byte_level(FAMILIES["zephyr"]).save_pretrained(tmp_path)
    made = tokenizer_for(ModelRecipe(base=str(tmp_path)), rows.load(data))
    asked = [{"role": "user", "content": "Is it?"}]
    assert made.apply_chat_template(asked, tokenize=False) == "<s><|user|>\nIs it?</s>\n"
    assert made.convert_ids_to_tokens(chat.prompt_ids(made, [asked])[0][:2]) == ["<s>", "<"]


def test_a_template_may_be_a_file(data: Path, tmp_path: Path) -> None:
    byte_level(FAMILIES["chatml"]).save_pretrained(tmp_path)
    path = tmp_path / "mine.jinja"
    path.write_text(FAMILIES["plain"].template, "utf-8")
    recipe = ModelRecipe(base=str(tmp_path), template=str(path))
    assert tokenizer_for(recipe, rows.load(data)).chat_template == path.read_text("utf-8")


@pytest.mark.parametrize(
    ("choice", "text", "words"),
    [
        ("own", None, "has no chat template of its own"),
        ("mine", None, "No chat template 'mine'"),
        ("{}/mine.jinja", "{% for", "syntax error in line 1"),
        ("{}/mine.jinja", FAMILIES["chatml"].template, "ends an answer with '<|im_end|>', which is no token"),
    ],
)
def test_a_template_that_can_not_be_trained_with(
    data: Path, tmp_path: Path, choice: str, text: str | None, words: str
) -> None:
    tokenizer = byte_level(FAMILIES["zephyr"])
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    if text:
        (tmp_path / "mine.jinja").write_text(text, "utf-8")
    recipe = ModelRecipe(base=str(tmp_path), template=choice.format(tmp_path))
    with pytest.raises(UserError, match=re.escape(words)) as raised:
        tokenizer_for(recipe, rows.load(data))
    assert raised.value.hint


def test_where_padding_is_the_end_of_text_each_answers_end_is_learned() -> None:
    given = [([5, 6, 1], [-100, 6, 1]), ([5, 7, 8, 9, 1], [-100, -100, 8, 9, 1])]
    collate = DataCollatorForLanguageModeling(pad_token_id=1)
    collated = collate([{"input_ids": ids, "labels": labels} for ids, labels in given])
    assert collated["labels"].tolist() == [[-100, 6, 1, -100, -100], [-100, -100, 8, 9, 1]]
    assert collated["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
