"""`mnlu link`: models that can say only names, look-ups, shares, rows to train on, and what doesn't fit together."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, BartConfig, BartForConditionalGeneration

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import linking
from mnlu_instruct.evaluation.linking import SCORES, Settings
from mnlu_instruct.knowledge import base as bases
from mnlu_instruct.knowledge import trie
from mnlu_instruct.knowledge.base import KnowledgeBase
from mnlu_instruct.prompting import chat, plain_text, templates
from tests.knowledge.helpers import made
from tests.support import FIXTURES, REAL, failed, mnlu, needs_real_corpora
from tests.training.test_untouched_bases import bart, gpt2, t5

DICTIONARY = FIXTURES / "ncbi-linking" / "ncbi-disease.tar.gz" / "ncbi-disease" / "train_dictionary.txt"


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    bases.build("biosyn", DICTIONARY, tmp_path / "kb", "plain")
    return bases.opened(tmp_path / "kb")


def model(make: Any, folder: Path) -> str:
    """A model with random weights."""
    folder.mkdir()
    torch.manual_seed(2)
    make(folder)
    if make is gpt2:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.chat_template = templates.PLAIN
        tokenizer.save_pretrained(folder)
    return str(folder)


def linked(
    name: str | None, base: KnowledgeBase, out: Path, corpus: str = "ncbi-linking", **settings: Any
) -> linking.Scores:
    return linking.link(
        name, base.folder, corpus, "test", FIXTURES, out, Settings(**settings), lambda *_: None, overwrite=True
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_look_ups_run_without_a_model(base: KnowledgeBase, tmp_path: Path) -> None:
    scores = linked(None, base, tmp_path / "out")
    assert scores.strict.keys() == {"exact", "tfidf"}
    assert scores.strict["exact"].recall["recall@1"].value == pytest.approx(
        2 / 3
    )  # "merrow" is in the test dictionary only
    assert scores.strict["tfidf"].recall["recall@1"].value == 1
    assert json.loads((tmp_path / "out" / SCORES).read_text("utf-8"))["strict"]["tfidf"]["mentions"] == 3


@pytest.mark.parametrize("make", [bart, t5, gpt2], ids=["BART", "T5", "GPT-2"])
def test_a_model_says_names_of_the_knowledge_base_and_nothing_else(
    make: Any, base: KnowledgeBase, tmp_path: Path
) -> None:
    name = model(make, tmp_path / "model")
    scores = linked(name, base, tmp_path / "out")
    assert scores.strict.keys() == {"model", "exact", "tfidf"}
    found = lines(tmp_path / "out" / "model.jsonl")
    assert len(found) == 3
    for line in found:
        assert len(line["ranked"]["names"]) == 5
        assert set(line["ranked"]["names"]) <= set(base.every_name())
        assert line["scores"] == sorted(line["scores"], reverse=True)
    assert (base.folder / "tries").is_dir()
    again = linked(name, base, tmp_path / "again", batch=1)
    assert [line["ranked"] for line in lines(tmp_path / "again" / "model.jsonl")] == [line["ranked"] for line in found]
    assert again.strict == scores.strict


@pytest.mark.parametrize("make", [bart, t5], ids=["BART", "T5"])
def test_names_are_spelt_as_in_training(make: Any, base: KnowledgeBase, tmp_path: Path) -> None:
    tokenizer = chat.load_tokenizer(model(make, tmp_path / "model"))
    names = [*base.every_name(), "β-{x} <1>", "7q"]
    for name, ids in zip(names, linking.spelt(tokenizer, names, encoder=True), strict=True):
        lead, whole = plain_text.prompt_ids(
            tokenizer, [[{"content": text}] for text in ("merrow is", f"merrow is {name}")]
        )
        assert whole == [*lead[:-1], *ids, tokenizer.eos_token_id]


def test_mentions_without_a_concept_and_unknown_ones_are_counted(tmp_path: Path) -> None:
    found = made(tmp_path, "D9000001\tdorrel fever\n")
    scores = linked(None, found, tmp_path / "out").strict["tfidf"]
    assert (scores.mentions, scores.linked, scores.known) == (3, 3, 1)


@needs_real_corpora
def test_mentions_without_a_concept_are_in_the_predictions() -> None:
    asked = linking.questions(corpora.get("bc5cdr"), "test", REAL)
    assert len({one.mention for one in asked}) == 9_809
    assert sum(one.instance is None and not one.annotated for one in asked) == 91


def test_a_corpus_that_is_not_for_linking_is_an_error(base: KnowledgeBase, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Corpus hoc doesn't say what its mentions are linked to"):
        linked(None, base, tmp_path / "out", "hoc")


def test_a_trie_of_another_tokenizer_or_knowledge_base_is_an_error(base: KnowledgeBase, tmp_path: Path) -> None:
    name = model(bart, tmp_path / "model")
    linked(name, base, tmp_path / "out")
    (folder,) = (base.folder / "tries").iterdir()
    found = trie.opened(folder)
    with pytest.raises(UserError, match="another tokenizer"):
        trie.check(found, base.manifest.content, "x")
    other = made(tmp_path)
    shutil.copytree(base.folder / "tries", other.folder / "tries")
    with pytest.raises(UserError, match="another knowledge base"):
        linked(name, other, tmp_path / "out")


def test_a_model_with_too_few_positions_is_an_error(base: KnowledgeBase, tmp_path: Path) -> None:
    name = model(bart, tmp_path / "model")
    config = BartConfig.from_pretrained(name, max_position_embeddings=200)
    BartForConditionalGeneration(config).save_pretrained(name)
    with pytest.raises(UserError, match="too many for a model with 200 positions"):
        linked(name, base, tmp_path / "out")


def test_rows_to_train_on_have_the_nearest_name_of_the_concept(base: KnowledgeBase, tmp_path: Path) -> None:
    words = ("--tasks", "el", "--corpora", "ncbi-linking", "--splits", "train", "--pack", "linking")
    done = mnlu("build", *words, "--set", f"knowledge={base.folder}", "--out", tmp_path / "data", "--json")
    assert done.returncode == 0, done.stderr
    from mnlu_instruct.dataset.shards import batches  # noqa: PLC0415

    rows = [row for batch in batches(tmp_path / "data", ["id", "completion"]) for row in batch.to_pylist()]
    said = {row["id"].rpartition("#")[2]: row["completion"][0]["content"] for row in rows if "41000001" in row["id"]}
    assert said == {
        "el/T1": "dorrel fever is dorrel fever",
        "el/T2": "palsies of merrow is merrow palsy",
        "el/T3/1": "tallin spots is tallin spots",
        "el/T3/2": "vell wasting is vell wasting",
    }


def test_the_commands(tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    assert (
        json.loads(mnlu("kb", "build", "biosyn", DICTIONARY, "--out", kb, "--json").stdout)["counts"]["concepts"] == 6
    )
    assert "dorrel fever" in mnlu("kb", "show", kb, "--name", "fever of dorrel").stdout
    done = mnlu("link", "--kb", kb, "--corpus", "ncbi-linking", "--out", tmp_path / "out")
    assert "3 mentions, 3 with a concept" in done.stdout and "tfidf" in done.stdout, done
    again = ("link", "--kb", kb, "--corpus", "ncbi-linking", "--out", tmp_path / "out")
    failed(mnlu(*again), "exists already")
    shown = json.loads(mnlu(*again, "--overwrite", "--json").stdout)
    assert shown["reference"]["tfidf"]["mentions"] == 3
    (tmp_path / "shared.tsv").write_text("A\tspots\nB\tspots\n", "utf-8")
    two = mnlu("kb", "build", "tsv", tmp_path / "shared.tsv", "--out", tmp_path / "shared")
    assert "Names of several concepts: 1." in two.stderr, two
    failed(mnlu("kb", "show", tmp_path), "is no knowledge base")
    failed(
        mnlu("kb", "build", "tsv", DICTIONARY, "--out", tmp_path / "x"), "train_dictionary.txt, line 1", "without a tab"
    )
    failed(mnlu("link", "--kb", kb, "--corpus", "ncbi-linkin", "--out", tmp_path / "y"), "Unknown corpus")
    failed(mnlu("link", "--kb", kb, "--corpus", "ncbi-linking", "--model", "none", "--out", tmp_path / "y"), "none")


REAL_FIGURES = {
    ("ncbi-linking", "ncbi-disease", "test"): (76.9, 86.7, 93.4),
    ("ncbi-linking", "ncbi-disease", "train"): (60.0, 76.7, 85.3),
    ("bc5cdr-linking", "bc5cdr-disease", "test"): (84.0, 92.3, 96.3),
    ("bc5cdr-linking", "bc5cdr-disease", "train"): (62.8, 79.3, 87.2),
}
"""By dictionary: recall@1 of the exact string, and recall@1 and @5 by TF-IDF."""


@needs_real_corpora
@pytest.mark.parametrize(("folder", "archive", "which"), REAL_FIGURES)
def test_the_known_figures_of_look_ups(folder: str, archive: str, which: str, tmp_path: Path) -> None:
    bases.build(
        "biosyn", REAL / folder / f"{archive}.tar.gz" / archive / f"{which}_dictionary.txt", tmp_path / "kb", "plain"
    )
    corpus = "ncbi-linking" if folder == "ncbi-linking" else "bc5cdr-disease-linking"
    scores = linking.link(None, tmp_path / "kb", corpus, "test", REAL, tmp_path / "out", Settings(), lambda *_: None)
    exact, tfidf = (scores.strict[name].recall for name in ("exact", "tfidf"))
    found = (exact["recall@1"].value, tfidf["recall@1"].value, tfidf["recall@5"].value)
    # half up, as the published figure of 83.95 is
    assert tuple(int(1000 * value + 0.5) / 10 for value in found) == REAL_FIGURES[folder, archive, which]


def test_a_model_without_weights_is_an_error(base: KnowledgeBase, tmp_path: Path) -> None:
    name = model(bart, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"model holds no weights \(\*\.safetensors\)\."):
        linked(name, base, tmp_path / "out")
    assert not (tmp_path / "out").exists()
