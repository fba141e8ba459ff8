"""End-to-end relation extraction on the real files: counts, names of concepts, and every template read back."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from transformers import AutoTokenizer

from mnlu_instruct import corpora, tasks
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import chat, packs, plain_text
from mnlu_instruct.scoring import relations, scores
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import Document, Instance, Parsed, Relations, Stated, normalise, surface
from tests.support import REAL, needs_real_corpora

STUDY = REAL.parent / "re-study"
pytestmark = [
    needs_real_corpora,
    pytest.mark.skipif(not STUDY.is_dir(), reason="no expected counts in ../shared/re-study"),
]

PARTS = {
    ("cdr", "train"): [("bc5cdr", "train")],
    ("cdr", "dev"): [("bc5cdr", "dev")],
    ("cdr", "test"): [("bc5cdr", "test")],
    ("chemprot", "train"): [("chemprot", "train")],
    ("chemprot", "dev"): [("chemprot", "dev")],
    ("chemprot", "test"): [("chemprot", "test")],
    ("dce", "train"): [("dce", "train")],
    ("dce", "test"): [("dce", "test")],
    ("ddi", "train"): [("ddi", "train"), ("ddi", "dev")],
    ("ddi", "test"): [("ddi", "test")],
}
"""The counts' data sets and splits, as our splits: of DDI's train documents, BLURB made two."""


@cache
def asked(corpus: str, split: str) -> tuple[tuple[Document, Instance], ...]:
    """The documents of a split, each with its question."""

    def pairs() -> Iterator[tuple[Document, Instance]]:
        declared = corpora.get(corpus)
        for record in reading.records(declared, split, REAL, Ledger()):
            assert isinstance(record, Document)
            for instance in ere.ask(record, declared, Ledger()):
                yield record, instance

    return tuple(pairs())


def gold(instance: Instance) -> Relations:
    assert isinstance(instance.gold, Relations)
    return instance.gold


@pytest.mark.parametrize(("dataset", "split"), PARTS)
def test_documents_and_relations_are_those_counted_by_others(dataset: str, split: str) -> None:
    expected: dict[str, Any] = yaml.safe_load((STUDY / "expected-counts.yaml").read_text("utf-8"))[dataset][split]
    found = [pair for part in PARTS[dataset, split] for pair in asked(*part)]
    stated = [one for _, instance in found for one in gold(instance).relations]
    assert expected == {
        "documents": len(found),
        "without_relation": sum(not gold(instance).relations for _, instance in found),
        "annotated": sum(len(record.relations) for record, _ in found),
        "gold": len(stated),
        "by_type": dict(Counter(one.type for one in stated)),
    }


@pytest.mark.parametrize(
    ("corpus", "train", "test"),
    [
        ("dce-two", {"POS": 687, "COMB": 349}, {"POS": 150, "COMB": 59}),
        ("dce-positive", {"POS": 687}, {"POS": 150}),
        ("dce-any", {"ANY": 1_036}, {"ANY": 209}),
        ("dce-paragraph", {"POS": 687, "COMB": 233, "NEG": 116}, {"POS": 150, "COMB": 43, "NEG": 16}),
    ],
)
def test_combinations_of_other_classes_and_texts(corpus: str, train: dict[str, int], test: dict[str, int]) -> None:
    for split, documents, expected in (("train", 1_362, train), ("test", 272, test)):
        found = asked(corpus, split)
        assert len(found) == documents
        assert Counter(one.type for _, instance in found for one in gold(instance).relations) == expected


def test_paragraphs_have_the_names_of_their_sentence() -> None:
    for split in ("train", "test"):
        for (_, sentence), (_, paragraph) in zip(asked("dce", split), asked("dce-paragraph", split), strict=True):
            assert sentence.text in paragraph.text
            assert gold(paragraph) == gold(sentence)


@pytest.mark.parametrize(
    ("splits", "sentences", "with_relations"), [(("train", "dev"), 6_976 - 71, 2_105), (("test",), 1_299, 487)]
)
def test_no_interaction_crosses_a_sentence(splits: tuple[str, ...], sentences: int, with_relations: int) -> None:
    """Of the sentences of train and dev, 71 have no text."""
    stated: dict[str, set[Stated]] = {}
    found = [pair for split in splits for pair in asked("ddi-sentences", split)]
    for record, instance in found:
        stated.setdefault(record.group.partition("/")[2], set()).update(one.stated for one in gold(instance).relations)
    assert (len(found), sum(bool(gold(instance).relations) for _, instance in found)) == (sentences, with_relations)
    whole = [pair for split in splits for pair in asked("ddi", split)]
    assert len(whole) == len(stated)
    for record, instance in whole:
        unordered = {(one.type, *sorted(one.stated[1:])) for one in gold(instance).relations}
        assert {(kind, *sorted(names)) for kind, *names in stated[record.group.partition("/")[2]]} == unordered


def test_texts_without_relations_can_be_left_out_of_a_build() -> None:
    expected = yaml.safe_load((STUDY / "expected-counts.yaml").read_text("utf-8"))
    corpora_ = ["chemprot", "dce", "ddi"]
    keys: dict[str, object] = {"tasks": ["ere"], "corpora": corpora_, "splits": ["train", "dev"], "pack": "verb"}
    recipe = build_recipe(None, {**keys, "thin": dict.fromkeys(corpora_, 0)})
    drawn: Counter[str] = Counter()
    for row in build.draft(recipe, REAL, None, lambda *_: None).mixture.rows:
        drawn[row.corpus] += row.drawn
        assert row.nothing == 0
    assert drawn == {
        corpus: sum(
            expected[corpus][split]["documents"] - expected[corpus][split]["without_relation"]
            for split in ("train", "dev")
            if split in expected[corpus]
        )
        for corpus in corpora_
    }


@pytest.mark.parametrize(
    ("corpus", "split", "lists"),
    [
        ("dce", "train", ("study-dce-train", "study-dce-valid")),
        ("ddi-study", "train", ("study-ddi-train", "study-ddi-valid")),
        ("ddi-study", "train", ("biogpt-ddi-train", "biogpt-ddi-valid")),
    ],
)
def test_the_lists_of_published_splits_name_documents_by_the_end_of_their_ids(
    corpus: str, split: str, lists: tuple[str, ...]
) -> None:
    named = [name for one in lists for name in (STUDY / "splits" / f"{one}.txt").read_text("utf-8").split()]
    assert sorted(named) == sorted(record.id.rpartition("/")[2] for record, _ in asked(corpus, split))


@pytest.mark.parametrize("name", ["verb", "typed", "quoted", "study"])
def test_every_gold_answer_is_read_back_from_every_template(name: str) -> None:
    pack = packs.load(name)
    found = [pack.worded(one) for parts in PARTS.values() for part in parts for _, one in asked(*part)]
    assert len(found) == 6_471
    assert [one.id for one in found if not tasks.reads_back(one, Ledger())] == []


@pytest.mark.parametrize(("split", "by_part", "whole"), [("train", 46, 1), ("dev", 34, 2), ("test", 22, 2)])
def test_concepts_that_are_never_named_alone_are_written_by_a_part(split: str, by_part: int, whole: int) -> None:
    """Or, where annotators say no parts, as the whole mention of several concepts."""
    counts = Counter[str]()
    for record, instance in asked("bc5cdr", split):
        alone = {
            (one.concepts[0], surface(record.text, one.spans)) for one in record.mentions if len(one.concepts) == 1
        }
        parts = {part for one in record.mentions for part in one.parts}
        written = {
            (concept, names[0])
            for one in gold(instance).relations
            for concept, names in zip(one.concepts, one.ends, strict=True)
        }
        counts.update("alone" if one in alone else "part" if one in parts else "whole" for one in written)
    assert (counts["part"], counts["whole"]) == (by_part, whole)


def perfect(corpus: str, split: str) -> list[Answered]:
    return [Answered(one, ere.read(ere.write(one.gold.answer, one), one)) for _, one in asked(corpus, split)]


@pytest.mark.parametrize(
    ("corpus", "split", "right", "missed"),
    [("bc5cdr", "train", 1_038, 0), ("bc5cdr", "dev", 1_011, 1), ("bc5cdr", "test", 1_065, 1), ("ddi", "test", 941, 0)],
)
def test_a_perfect_answer_finds_all_but_relations_that_are_written_alike(
    corpus: str, split: str, right: int, missed: int
) -> None:
    scored = scores.score(perfect(corpus, split))
    counts = scored.per_label.values()
    assert (sum(one.tp for one in counts), sum(one.fp for one in counts), sum(one.fn for one in counts)) == (
        right,
        0,
        missed,
    )
    assert scored.shares == {"unread_clauses": 0, "not_in_text": pytest.approx(0, abs=0.05), "false_alarms": 0}


@pytest.mark.parametrize("corpus", ["chemprot", "dce", "ddi"])
def test_names_that_differ_in_white_space_alone_cost_nothing(corpus: str) -> None:
    for one in perfect(corpus, "test"):
        found = relations.compared(one)
        assert not found.missed, one.instance.id
        assert not found.strange, one.instance.id


def all_names(instance: Instance) -> tuple[tuple[str, ...], ...]:
    """Each relation of a text under every pair of names of its ends."""
    return tuple((one.type, *names) for one in gold(instance).relations for names in product(*one.ends))


def test_all_names_of_every_pair_score_no_more_than_the_pairs() -> None:
    """Stating every name of both concepts, which the study's own counting pays 141 F1 for."""
    every = [Answered(one, Parsed(all_names(one))) for _, one in asked("bc5cdr", "test")]
    scored = scores.score(every)
    assert scored.metrics["f1"].value <= 1
    assert scored.per_label["CID"].tp <= 1_066
    assert scored.per_label["CID"].fp == 0


# ---------------------------------------------------------------------------------------------------------------------
# Tokenizers decide what can be written

TESTS = ("bc5cdr", "chemprot", "dce", "ddi")
Written = Callable[[str], str]
"""What comes back of an answer that went through a tokenizer."""


def loaded(kind: str, folder: Path) -> chat.Tokenizer:
    """A tokenizer of the study, whose model's type `config.json` names."""
    for file in (STUDY / "tokenizers" / kind).iterdir():
        shutil.copy(file, folder)
    (folder / "config.json").write_text(f'{{"model_type": "{kind}"}}', "utf-8")
    return AutoTokenizer.from_pretrained(folder)


def raw(tokenizer: chat.Tokenizer) -> Written:
    return lambda text: str(tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True))


def plain(tokenizer: chat.Tokenizer) -> Written:
    def written(text: str) -> str:
        (ids,) = plain_text.prompt_ids(tokenizer, [[{"role": "assistant", "content": text}]])
        return plain_text.read(tokenizer, [ids])[0]

    return written


@pytest.mark.parametrize(
    ("kind", "way", "key", "kept"),
    [
        ("t5", raw, normalise, (500, 751, 272, 191)),
        ("t5", plain, normalise, (500, 800, 272, 191)),
        ("gpt2", raw, normalise, (500, 800, 272, 191)),
        ("biogpt", raw, normalise, (496, 673, 270, 188)),
        ("biogpt", raw, relations.spaceless, (500, 800, 272, 191)),
    ],
    ids=["T5", "T5 with character references", "GPT-2", "BioGPT", "BioGPT without white space"],
)
def test_gold_answers_that_a_tokenizer_brings_back(
    kind: str, way: Callable[[chat.Tokenizer], Written], key: relations.Key, kept: tuple[int, ...], tmp_path: Path
) -> None:
    if kind == "biogpt":
        pytest.importorskip("sacremoses", reason="BioGPT's tokenizer needs sacremoses")
    through = way(loaded(kind, tmp_path))
    found = []
    for corpus in TESTS:
        pairs = [(one, ere.read(through(ere.write(one.gold.answer, one)), one)) for _, one in asked(corpus, "test")]
        told = [relations.compared(Answered(one, parsed), key) for one, parsed in pairs]
        perfect_ = [relations.compared(one, key).missed for one in perfect(corpus, "test")]
        found.append(sum(one.missed == alike and not one.strange for one, alike in zip(told, perfect_, strict=True)))
    assert tuple(found) == kept


@pytest.mark.parametrize("corpus", ["bc5cdr-study", "chemprot-study", "ddi-study", "dce-study"])
def test_every_answer_of_the_study_is_read_back(corpus: str) -> None:
    found = [one for split in corpora.get(corpus).splits for _, one in asked(corpus, split)]
    assert [one.id for one in found if not tasks.reads_back(one, Ledger())] == []


@pytest.mark.parametrize("name", ["verb", "typed", "quoted"])
@pytest.mark.parametrize("corpus", ["bc5cdr-seq2rel", "ddi-sentences", "dce-two", "dce-any", "dce-paragraph"])
def test_every_answer_of_other_editions_is_read_back(corpus: str, name: str) -> None:
    pack = packs.load(name)
    found = [pack.worded(one) for split in corpora.get(corpus).splits for _, one in asked(corpus, split)]
    assert [one.id for one in found if not tasks.reads_back(one, Ledger())] == []
