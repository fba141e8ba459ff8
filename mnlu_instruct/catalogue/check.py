"""`mnlu corpora check`: counts of a corpus as read, compared with the published ones; repairs and drops by rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from msgspec import Struct

from mnlu_instruct import corpora, tasks, workers
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus, Counts
from mnlu_instruct.types import Choices, Document, Instance, Relations
from mnlu_instruct.workers import Progress


class Reading(Struct, frozen=True):
    """Counts of one split as read: documents; mentions, relations and events by type; instances by kind of question.

    `related` counts the questions about relations that find one.
    """

    corpus: str
    split: str
    documents: int
    mentions: dict[str, int]
    relations: dict[str, int]
    events: dict[str, int]
    instances: dict[str, int]
    related: int
    repairs: dict[str, int]
    drops: dict[str, int]
    published: dict[str, int]
    differs: str
    tasks: tuple[str, ...]

    @property
    def totals(self) -> dict[str, int]:
        """The totals that can be compared with published counts."""
        return {
            "documents": self.documents,
            "mentions": sum(self.mentions.values()),
            "relations": sum(self.relations.values()),
            "candidates": self.instances.get("re", 0),
        }

    @property
    def differences(self) -> dict[str, tuple[int, int]]:
        """Name of a count → (as read, as published), for the counts that differ."""
        return {
            name: (self.totals[name], count) for name, count in self.published.items() if self.totals[name] != count
        }

    def as_json(self) -> dict[str, Any]:
        """All counts as a dictionary, for `--json`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return {**fields, "totals": self.totals, "differences": self.differences}


def check(names: Sequence[str] | None, data: Path, processes: int, progress: Progress) -> list[Reading]:
    """The counts of every split that has its files, of the named corpora or of all.

    Raises:
        UserError: a corpus is unknown, or no split of a named corpus has its files.
    """
    calls: list[workers.Call[Reading]] = []
    chosen = [pair for name in names or () for pair in corpora.named(name).items()]
    for name, corpus in chosen or corpora.registry().items():
        splits = [split for split in corpus.splits if not reading.missing(corpus, data, split)]
        if names and not splits:
            raise UserError(
                f"{corpus.name} has no split with all its files in {reading.directory(corpus, data)}.",
                f"{corpus.source.advice}; 'mnlu corpora show {name}' says which files go where.",
            )
        calls += [(read_split, (name, split, data)) for split in splits]
    with workers.process_pool(processes) as pool:
        return workers.spread(calls, pool, progress, "reading")


def unread(names: Sequence[str], data: Path) -> list[tuple[str, str, str]]:
    """(corpus, split, first pattern that matches no file) of the named corpora's splits that can't be read."""
    named = [corpus for name in names for corpus in corpora.named(name).values()]
    absent = [(corpus.name, split, reading.missing(corpus, data, split)) for corpus in named for split in corpus.splits]
    return [(name, split, patterns[0]) for name, split, patterns in absent if patterns]


def without_questions(found: Sequence[Reading]) -> list[tuple[str, str]]:
    """(corpus, task) of the declared tasks that have no question in any split that was read."""
    kinds: dict[tuple[str, str], int] = {}
    for one in found:
        for task in one.tasks:
            count = sum(one.instances.get(kind, 0) for kind in tasks.members(task))
            kinds[one.corpus, task] = kinds.get((one.corpus, task), 0) + count
    return [pair for pair, count in kinds.items() if not count]


def without_relations(found: Sequence[Reading]) -> list[str]:
    """The corpora whose files have relations, and whose questions, in all splits that were read, have none.

    Their ends are no candidates; all pairs would be asked as if they had no relation.
    """
    counts: dict[str, tuple[int, int]] = {}
    for one in found:
        relations, related = counts.get(one.corpus, (0, 0))
        counts[one.corpus] = relations + sum(one.relations.values()), related + one.related
    return [name for name, (relations, related) in counts.items() if relations and not related]


def read_split(reference: str, split: str, data: Path) -> Reading:
    """Read one split of a corpus (by name or path) and count.

    Mentions of ignored types are not counted, nor are the relations of a corpus without relation extraction.
    """
    corpus = corpora.get(reference)
    ledger = Ledger()
    documents, mentions, relations, events, instances = (
        0,
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
    )
    related = 0
    for record in reading.records(corpus, split, data, ledger):
        documents += 1
        if isinstance(record, Document):
            mentions.update(mention.type for mention in record.mentions if mention.type in corpus.entities)
            relations.update(relation.type for relation in record.relations if corpus.relation_types)
            events.update(event.type for event in record.events if event.type in corpus.events)
        kinds = tasks.kinds(corpus.tasks)
        for instance in tasks.instances(record, corpus, kinds, ledger):
            instances[instance.task] += 1
            related += _finds_relations(instance, corpus)
    published: Mapping[str, int | None] = asdict(corpus.published.get(split, Counts()))
    return Reading(
        corpus=corpus.name,
        split=split,
        documents=documents,
        mentions=_sorted(mentions),
        relations=_sorted(relations),
        events=_sorted(events),
        instances=_sorted(instances),
        related=related,
        repairs={entry.reason: count for entry, count in ledger.rows("mended")},
        drops={f"{entry.stage}: {entry.reason}": count for entry, count in ledger.rows("dropped")},
        published={name: count for name, count in published.items() if count is not None},
        differs=corpus.differs,
        tasks=corpus.tasks,
    )


def _finds_relations(instance: Instance, corpus: Corpus) -> bool:
    match instance.gold:
        case Choices():
            return instance.task == "re" and instance.gold.keys != (corpus.negative,)
        case Relations():
            return bool(instance.gold.relations)
    return False


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
