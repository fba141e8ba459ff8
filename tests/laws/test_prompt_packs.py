"""Invariants of every bundled prompt pack, over all registered corpora."""

import pytest
from msgspec.structs import replace

from mnlu_instruct import assets, corpora, tasks, yaml_files
from mnlu_instruct.dataset import rows
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import definitions, lint, packs
from mnlu_instruct.prompting.definitions import Definitions
from mnlu_instruct.prompting.preview import samples
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.tasks.answers.options import lines
from mnlu_instruct.types import FREE_TEXT, Choice, Choices, Grade, Linked, Relations, Spans, Text
from tests.support import FIXTURES, instances, some, splits

REGISTERED = list(corpora.registry().values())
MEANINGS = yaml_files.load(assets.folder("prompts") / "definitions" / "definitions.yaml", Definitions).corpora
OTHER_GOLD = {
    Spans: Spans({}),
    Choice: Choice("x"),
    Choices: Choices(()),
    Grade: Grade(0, 0.0),
    Text: Text("x"),
    Relations: Relations(()),
    Linked: Linked(("x",), ()),
}

by_pack = pytest.mark.parametrize("name", packs.available())


@by_pack
def test_packs_lint(name: str) -> None:
    assert list(lint.findings(packs.load(name), samples())) == []


@by_pack
def test_packs_ask_every_kind_of_question_of_the_unified_format_or_some_of_the_others_or_both(name: str) -> None:
    unified = set(tasks.TASKS) - {"ere", "dialogue", "el"}
    assert set(packs.load(name).wordings) in ({"ere"}, {"el"}, FREE_TEXT, unified, unified | {"ere"})


@pytest.mark.parametrize(("name", "split"), splits(FIXTURES))
def test_every_pack_asks_the_same_question(name: str, split: str) -> None:
    corpus = corpora.get(name)
    loaded = [packs.load(pack) for pack in packs.available()]
    for instance in some(instances(corpus, split, FIXTURES, Ledger())):
        shown = label_shuffle.shuffled(instance, seed=1)
        asking = [pack for pack in loaded if shown.task in pack.wordings]
        written = [rows.row(shown, corpus, split, pack) for pack in asking]
        for row, pack in zip(written, asking, strict=True):
            other_words = pack.letters == "after" or shown.task == "ere"
            differ = ("prompt", "pack", *(("completion", "labels") if other_words else ()))
            assert {**row, **dict.fromkeys(differ)} == {**written[0], **dict.fromkeys(differ)}
            (said,) = row["completion"]
            task, asked = tasks.TASKS[shown.task], pack.worded(shown)
            assert task.read(said["content"], asked).answer == shown.gold.answer, instance.id
            # A prompt can't leak what it doesn't hang on.
            assert row["prompt"] == pack.prompt(replace(shown, gold=OTHER_GOLD[type(shown.gold)])), instance.id
            ((_, content),) = (message.values() for message in row["prompt"])
            for part, value in packs.context(asked).items():
                if part in pack.unshown:
                    continue
                if part == "options":
                    found = [line for line in content.split("\n") if line in lines(asked)]
                    assert found == lines(asked), instance.id
                else:
                    assert all(words in content for words in (value if isinstance(value, list) else [value]))


def test_paraphrase_has_eight_wordings_of_every_kind() -> None:
    pack = packs.load("paraphrase")
    for kind, sample in samples().items():
        if kind not in pack.wordings:
            continue
        asked = {prompt["content"] for (prompt,) in pack.prompts(sample)}
        assert len(asked) == len(pack.wordings[kind]) >= 8
        assert packs.load("mnlu").prompt(sample)[0]["content"] not in asked


@pytest.mark.parametrize("name", MEANINGS)
def test_defined_labels_exist(name: str) -> None:
    defined = MEANINGS[name]
    assert defined.source
    declared = set(definitions.names(corpora.get(name)))
    assert defined.labels.keys() | set(defined.evident) <= declared
    assert defined.labels.keys().isdisjoint(defined.evident)
    for meaning in defined.labels.values():
        assert meaning == " ".join(meaning.split())
        assert meaning.strip(" .") == meaning


@pytest.mark.parametrize("corpus", [one for one in REGISTERED if not one.is_demo], ids=lambda corpus: corpus.name)
def test_every_type_that_is_asked_for_is_defined(corpus: Corpus) -> None:
    asked = tasks.kinds(corpus.tasks)
    types = set(corpus.entities.values()) if "ner" in asked else set()
    types |= {event.name for event in corpus.events.values()}
    if types:
        defined = MEANINGS[corpus.name]
        assert types <= defined.labels.keys() | set(defined.evident)


@pytest.mark.parametrize("corpus", REGISTERED, ids=lambda corpus: corpus.name)
def test_definitions_call_labels_as_questions_do(corpus: Corpus) -> None:
    declared = set(definitions.names(corpus))
    for split in corpus.splits:
        for instance in instances(corpus, split, FIXTURES, Ledger()):
            if instance.task != "sts":
                assert {definitions.called(label, instance) for label in instance.labels} <= declared, instance.id
