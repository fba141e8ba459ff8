"""Give questions the names of their concepts: what a model is trained to write.

Of the names of a mention's concepts, the one nearest to its words is written (GenBioEL; Yuan et al., 2022). Nearest is
the highest cosine of TF-IDF vectors of character trigrams; of several such names the shortest.
"""

from collections.abc import Iterable, Iterator

import msgspec

from mnlu_instruct.knowledge.base import KnowledgeBase
from mnlu_instruct.knowledge.lookup import Trigrams
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.types import Instance, Linked

UNKNOWN = "concept that the knowledge base lacks"


def named(
    instances: Iterable[Instance], base: KnowledgeBase, vectors: Trigrams, ledger: Ledger | None = None
) -> Iterator[Instance]:
    """Questions, those of entity linking with the names of their concepts, and their ids in the knowledge base.

    Args:
        instances: as the task asks them.
        base: the knowledge base.
        vectors: of its names.
        ledger: counts the questions left out, whose concepts the knowledge base lacks.
    """
    for instance in instances:
        if not isinstance(instance.gold, Linked):
            yield instance
            continue
        concepts = base.with_ids(instance.gold.concepts)
        if not concepts:
            if ledger is not None:
                ledger.drop("ask", UNKNOWN, instance.id)
            continue
        names = list(dict.fromkeys(name for one in concepts for name in base.names(one)))
        first = vectors.chosen(instance.asked["mention"], names)
        written = (base.name(first), *(base.name(name) for name in names if name != first))
        gold = Linked(written, tuple(base.id(one) for one in concepts))
        yield msgspec.structs.replace(instance, gold=gold)
