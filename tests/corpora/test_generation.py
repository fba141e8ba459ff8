"""The corpora of dialogues and summaries on their real files: the counts of BioBART's Table 1 and of the releases."""

import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from mnlu_instruct import corpora
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers.workbook import rows
from mnlu_instruct.scoring import text
from tests.support import REAL, instances, needs_real_corpora

GPT2 = REAL.parent / "re-study" / "tokenizers" / "gpt2"
pytestmark = needs_real_corpora


@pytest.mark.parametrize(
    ("name", "split", "questions", "groups"),
    [
        ("covid-dialog", "train", 490, 482),
        ("covid-dialog", "dev", 63, 60),
        ("covid-dialog", "test", 61, 61),
        ("covid-dialog-released", "test", 61, 61),
        ("meqsum", "train", 500, 500),
        ("meqsum", "test", 500, 500),
        ("meqsum-all", "train", 1_000, 1_000),
        ("mediqa-qs", "dev", 50, 50),
        ("mediqa-qs", "test", 100, 100),
        ("mediqa-mas", "dev", 50, 50),
        ("mediqa-mas", "test", 80, 80),
    ],
)
def test_counts(name: str, split: str, questions: int, groups: int) -> None:
    found = list(instances(corpora.get(name), split, REAL, Ledger()))
    assert len(found) == questions
    assert len({one.group for one in found}) == groups
    assert all(one.text.strip() for one in found)


@pytest.mark.parametrize(("split", "answers"), [("Validation", 192), ("Test", 303)])
def test_answers_of_mediqa(split: str, answers: int) -> None:
    (path,) = (REAL / "mediqa2021" / "Task2" / split).glob("*.xlsx")
    assert len(list(rows(File(path.name, path)))) == answers


def test_texts_of_mediqa_hold_all_answers() -> None:
    found = [one.text.count("\n") for one in instances(corpora.get("mediqa-mas"), "test", REAL, Ledger())]
    assert sum(found) >= 303


def test_the_dialogue_with_an_address_that_released_code_takes_for_a_beginning_is_whole() -> None:
    corpus = corpora.get("covid-dialog")
    texts = [one for split in corpus.splits for one in instances(corpus, split, REAL, Ledger())]
    assert any("article?id=10.1371" in f"{one.text} {one.gold.answer}" for one in texts)


def test_no_question_of_mediqa_is_in_meqsum() -> None:
    known = {one.text for split in ("train", "test") for one in instances(corpora.get("meqsum"), split, REAL, Ledger())}
    asked = {
        one.text for split in ("dev", "test") for one in instances(corpora.get("mediqa-qs"), split, REAL, Ledger())
    }
    assert not known & asked


def extractive(split: str) -> dict[str, str]:
    """MEDIQA's extractive summaries by question."""
    (path,) = (REAL / "mediqa2021" / "Task2" / split).glob("*Extractive*")
    return dict(line.split("||", 1) for line in path.read_text("utf-8").splitlines() if line.strip())


def test_rouge_l_and_lsum_of_real_summaries_differ_as_documented() -> None:
    found = list(instances(corpora.get("mediqa-mas"), "test", REAL, Ledger()))
    texts = extractive("Test")
    gold = [str(one.gold.answer) for one in found]
    said = [texts[one.group.partition("/")[2]] for one in found]
    measured = text.measured(gold, said, stemmed=True, splitter="punkt-english")
    values = {name: round(100 * float(metric(measured.rows.sum(0))), 1) for name, metric in measured.metrics.items()}
    assert {name: values[name] for name in ("rouge1", "rougeL", "rougeLsum")} == {
        "rouge1": 52.3,
        "rougeL": 36.1,
        "rougeLsum": 48.3,
    }


@pytest.mark.skipif(not GPT2.is_dir(), reason="no tokenizer in ../shared/re-study/tokenizers")
@pytest.mark.parametrize(
    ("name", "split", "long"),
    [("mediqa-mas", "test", 34), ("mediqa-mas", "dev", 15), ("covid-dialog-released", "test", 8)],
)
def test_references_that_released_code_cuts(name: str, split: str, long: int) -> None:
    """BART codes text as GPT-2 does, between two special tokens."""
    raw = BPE.from_file(str(GPT2 / "vocab.json"), str(GPT2 / "merges.txt"))
    tokenizer = Tokenizer(raw)
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    gold = [str(one.gold.answer) for one in instances(corpora.get(name), split, REAL, Ledger())]
    assert sum(len(one.ids) > text.RELEASED_TOKENS - 2 for one in tokenizer.encode_batch(gold)) == long
