"""The new model's tokenizer: what its vocabulary is trained on, and what a token stays within."""

from pathlib import Path

from mnlu_instruct import build
from mnlu_instruct.recipe import build_recipe
from mnlu_instruct.training import data as rows
from mnlu_instruct.training.model import tokenizer_for
from mnlu_instruct.training.recipe import ModelRecipe

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
