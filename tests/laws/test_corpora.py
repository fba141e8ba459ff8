"""Invariants of records, declarations and questions, over every registered corpus and its fixture."""

import re
from collections import Counter
from pathlib import Path

import pytest

from mnlu_instruct import corpora, tasks
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.tasks.answers import clauses
from mnlu_instruct.types import (
    NO_RELATION,
    Document,
    Instance,
    Label,
    Pair,
    Question,
    Relations,
    Spans,
    normalise,
    surface,
)
from tests.support import FIXTURES, instances, splits

REGISTERED = list(corpora.registry().values())
PACKS = {"ere": "verb", "dialogue": "generation", "el": "linking"}
"""The packs for kinds of questions that the pack mnlu doesn't word."""
by_name = pytest.mark.parametrize("corpus", REGISTERED, ids=lambda corpus: corpus.name)


def all_records(corpus: Corpus, data: Path = FIXTURES):  # type: ignore[no-untyped-def]
    return [record for split in corpus.splits for record in reading.records(corpus, split, data, Ledger())]


def check_instance(instance: Instance) -> None:
    """Check one instance, labels shuffled: its gold parses back, its labels are unique, its prompt holds the answer."""
    task, pack = tasks.TASKS[instance.task], packs.load(PACKS.get(instance.task, "mnlu"))
    shown = label_shuffle.shuffled(instance, seed=1)
    completion = task.write(shown.gold.answer, shown)
    assert task.read(completion, shown).answer == shown.gold.answer, instance.id
    assert len({label.key for label in shown.labels}) == len(shown.labels), instance.id
    (prompt,) = pack.prompt(shown)
    if isinstance(shown.gold, Spans):
        seen = normalise(re.sub(r"\[\[|]]" if shown.marks else "$^", "", prompt["content"]))
        assert normalise(shown.text) in seen, instance.id
        for spans in shown.gold.spans.values():
            for span in spans:
                assert span.text == surface(shown.text, span.spans)
                parts = [re.escape(normalise(shown.text[start:end])) for start, end in span.spans]
                assert re.search(".*".join(parts), seen), instance.id
    elif isinstance(shown.gold, Relations):
        assert shown.text.strip() in prompt["content"], instance.id
    elif shown.labels:
        lines = prompt["content"].splitlines()
        assert all(line.removeprefix(prefix(shown)) in [*lines, "None"] for line in completion.splitlines()), (
            instance.id
        )
    else:
        assert completion not in prompt["content"], instance.id


def prefix(instance: Instance) -> str:
    """The beginning of an EAC completion, before its option."""
    return f"{instance.asked['trigger']} - {instance.asked['attribute']}: " if instance.task == "eac" else ""


@by_name
def test_several_classes_hold_only_where_the_corpus_says_so(corpus: Corpus) -> None:
    one = {question for question, classes in corpus.questions.items() if not classes.several}
    for record in all_records(corpus):
        if isinstance(record, Document):
            for judgement in record.judgements:
                assert len(judgement.keys) == 1 or judgement.question not in one, record.id


@by_name
def test_every_split_has_a_fixture(corpus: Corpus) -> None:
    assert reading.status(corpus, FIXTURES) == "ready"


@by_name
def test_records_read_with_unique_ids_and_mentions_that_slice(corpus: Corpus) -> None:
    records = all_records(corpus)
    assert records
    assert max(Counter(record.id for record in records).values()) == 1
    for record in records:
        assert record.id.startswith(f"{corpus.name}/")
        if isinstance(record, Document):
            for mention in record.mentions:
                assert surface(record.text, mention.spans), mention
                assert all(0 <= start < end <= len(record.text) for start, end in mention.spans), mention


@by_name
def test_declared_labels_are_exactly_those_that_occur(corpus: Corpus) -> None:
    # Reading refuses labels that aren't declared; here every declared one occurs in the fixture.
    records = all_records(corpus)
    documents = [record for record in records if isinstance(record, Document)]
    assert set(corpus.entities) <= {mention.type for one in documents for mention in one.mentions}
    found = {relation.type for one in documents for relation in one.relations}
    if corpus.relations:
        assert found | {corpus.relations.negative} == set(corpus.relations.labels)
    if corpus.extraction:
        assert found == set(corpus.extraction.clauses)
    assert set(corpus.events) <= {event.type for one in documents for event in one.events}
    for key, kind in corpus.events.items():
        found = {
            argument.role
            for one in documents
            for event in one.events
            if event.type == key
            for argument in event.arguments
        }
        assert found <= {*kind.spans, *kind.classes} | corpus.ignored
    judged = {(one.question, key) for document in documents for one in document.judgements for key in one.keys}
    assert judged == {(question, key) for question, classes in corpus.questions.items() for key in classes.options}
    answers = {record.label for record in records if isinstance(record, Pair)} - {None}
    answers |= {record.answer for record in records if isinstance(record, Question)}
    assert answers == set(corpus.options)


@by_name
def test_clauses_can_be_told_apart(corpus: Corpus) -> None:
    if corpus.extraction:
        words = {**corpus.extraction.clauses, NO_RELATION: corpus.extraction.none}
        assert list(clauses.confused([Label(*pair) for pair in words.items()])) == []


@by_name
def test_names_hold_nothing_that_separates(corpus: Corpus) -> None:
    names = [*corpus.entities.values()]
    for kind in corpus.events.values():
        names += [kind.name, *kind.spans.values(), *(attribute.name for attribute in kind.classes.values())]
    for name in names:
        assert not {",", ":"} & set(name), name
        assert " - " not in name, name


@by_name
def test_negative_options_say_not_related(corpus: Corpus) -> None:
    if corpus.relations and not corpus.is_demo:
        assert "is not related to" in str(corpus.relations.labels[corpus.relations.negative])


@by_name
def test_declarations_are_complete(corpus: Corpus) -> None:
    assert corpus.licence
    assert corpus.cite
    assert corpus.source.advice
    assert corpus.role == "eval" or set(corpus.training_splits) <= set(corpus.splits)
    assert set(corpus.published) <= set(corpus.splits)
    tasks.parse(corpus.tasks)
    assert bool(corpus.differs) <= bool(corpus.published)


@pytest.mark.parametrize(("name", "split"), splits(FIXTURES))
def test_every_instance_obeys_the_format(name: str, split: str) -> None:
    ledger = Ledger()
    found = list(instances(corpora.get(name), split, FIXTURES, ledger))
    assert found
    for instance in found:
        check_instance(instance)
    assert max(Counter(instance.id for instance in found).values()) == 1
    assert not [entry for entry, _ in ledger.rows("dropped") if entry.stage == "write"]


@by_name
def test_every_task_of_a_corpus_gives_questions(corpus: Corpus) -> None:
    asked = {instance.task for split in corpus.splits for instance in instances(corpus, split, FIXTURES, Ledger())}
    assert asked == tasks.kinds(corpus.tasks)


@by_name
def test_every_declared_repair_is_used_by_the_fixture(corpus: Corpus) -> None:
    ledger = Ledger()
    for split in corpus.splits:
        list(reading.records(corpus, split, FIXTURES, ledger))
    assert {entry.reason for entry in ledger.counts} == corpus.repairs


def test_no_two_corpus_files_share_six_lines() -> None:
    """Shared code belongs in a reader, or in one module that the corpora import."""
    sources = [path for path in Path(corpora.__file__).parent.glob("*.py") if path.name != "__init__.py"]
    runs: dict[tuple[str, ...], set[str]] = {}
    for path in sources:
        lines = path.read_text("utf-8").splitlines()
        for start in range(len(lines) - 5):
            runs.setdefault(tuple(lines[start : start + 6]), set()).add(path.name)
    assert not [names for names in runs.values() if len(names) > 1]


def test_every_corpus_of_the_paper_is_registered() -> None:
    """Table 2 of the paper, and CZI DRSM of the released configuration; a corpus counts once per task."""
    of_table_2 = {
        "ner": "i2b2-2006-deid i2b2-2011-coreference i2b2-2012-temporal i2b2-2014-deid genia linnaeus tmvar drugprot "
        "biored gnormplus nlm-gene clinicalie-attributes clinicalie-status bc4chemd pubmed-pico pico-data",
        "ee": "i2b2-2009-medication n2c2-2018-ade n2c2-2022-sdoh",
        "dc": "i2b2-2006-smoking i2b2-2008-obesity n2c2-2018-cohort nli4ct trialstop mtsamples drsm",
        "re": "i2b2-2011-coreference i2b2-2012-temporal eu-adr drugprot biored",
        "nli": "bionli snli multinli",
        "sts": "sts-b",
        "summ": "pubmedsum cdsr aci-bench",
    }
    for task, names in of_table_2.items():
        for name in names.split():
            corpus = corpora.get(name)
            assert corpus.role == "train", name
            assert tasks.kinds((task,)) & tasks.kinds(corpus.tasks), name


@by_name
def test_groups_that_look_like_articles_are_declared_so(corpus: Corpus) -> None:
    # Fixtures have ids of eight digits where the real ones are PubMed's or MEDLINE's; the demo corpora's are made up.
    groups = {record.group.removeprefix(f"{corpus.name}/") for record in all_records(corpus)}
    like = all(re.fullmatch(r"\d{8}", group) for group in groups) and not corpus.is_demo
    assert like == (corpus.articles is not None)
    assert corpus.articles is None or set(corpus.articles.lists) <= set(corpus.splits)
