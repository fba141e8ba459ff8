"""Entity linking: say by a name of its concept what a mention, marked in the text around it, stands for.

A mention is asked about once; a composite mention of several concepts ("breast or ovarian cancer") once for each of its
parts, where annotators say which words those are. Any of a mention's concepts is right about any part of it, as files
don't keep the parts and the concepts in one order (BioSyn's rule; Sung et al., 2020).

The answer is a sentence, `ovarian cancer is Ovarian Neoplasms`, as in GenBioEL (Yuan et al., 2022). A knowledge base
says which name a concept has (`knowledge/naming.py`), as the files of corpora have only ids; until then a concept is
called by its id.
"""

import re
from collections.abc import Iterator

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.linking import Linking
from mnlu_instruct.types import (
    Answer,
    Document,
    Instance,
    Linked,
    Mention,
    Parsed,
    Record,
    Span,
    extent,
    normalise,
    surface,
)

NAMES = ("el",)
WINDOW = 384
"""The words of a text that are shown around a mention: all of it, if it has no more (GenBioEL)."""
WORD = re.compile(r"\S+")
NO_CONCEPT = "mention without a concept"
TOO_LONG = "mention longer than the window of 384 words"


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """A question for each part of each mention."""
    rule = corpus.linking
    if not isinstance(record, Document) or rule is None:
        return
    for mention in sorted(record.mentions, key=lambda one: (extent(one.spans), one.id)):
        if mention.type in corpus.ignored:
            continue
        if not mention.concepts:
            ledger.drop("ask", NO_CONCEPT, f"{record.id}/{mention.id}")
        elif len(surface(record.text, mention.spans).split()) > WINDOW:
            ledger.drop("ask", TOO_LONG, f"{record.id}/{mention.id}")
        else:
            yield from _asked(record, mention, rule)


def mention_of(instance: Instance) -> str:
    """The id of the mention that a question is about: one for all parts of a composite mention."""
    document, _, rest = instance.id.rpartition("#el/")
    return f"{document}/{rest.partition('/')[0]}"


def _asked(record: Document, mention: Mention, rule: Linking) -> Iterator[Instance]:
    text, marks = shown(record.text, mention.spans, 0 if rule.alone else WINDOW)
    ids = tuple(dict.fromkeys(one for concept in mention.concepts for one in rule.accepted(concept)))
    parts = parts_of(record, mention)
    for number, words in enumerate(parts, start=1):
        yield Instance(
            id=f"{record.id}#el/{mention.id}{f'/{number}' if len(parts) > 1 else ''}",
            task="el",
            group=record.group,
            text=text,
            asked={"mention": words},
            labels=(),
            gold=Linked(ids, ids),
            marks=marks,
        )


def parts_of(record: Document, mention: Mention) -> list[str]:
    """The words of the parts of a mention; of most, its only one."""
    return list(dict.fromkeys(normalise(words) for _, words in mention.parts)) or [surface(record.text, mention.spans)]


def shown(text: str, spans: tuple[Span, ...], window: int = WINDOW) -> tuple[str, tuple[Span, ...]]:
    """A mention with the words around it, and its fragments in that.

    Both sides have half of the window; what one doesn't need, the other has.
    """
    start, end = extent(spans)
    left, right = list(WORD.finditer(text, 0, start)), list(WORD.finditer(text, end))
    before = min(len(left), max(window // 2, window - len(right)))
    after = min(len(right), window - before)
    first = left[-before].start() if before else start
    last = right[after - 1].end() if after else end
    return text[first:last], tuple((one - first, other - first) for one, other in spans)


def lead(instance: Instance) -> str:
    """How an answer begins, before the name and the blank that comes before it."""
    return f"{instance.asked['mention']} is"


def write(answer: Answer, instance: Instance) -> str:
    """The mention, and what it is."""
    assert isinstance(answer, str)
    return f"{lead(instance)} {answer}"


def read(text: str, instance: Instance) -> Parsed:
    """Any words after the mention and "is" are a name."""
    stated = normalise(text)
    beginning = f"{normalise(lead(instance))} "
    return Parsed(stated.removeprefix(beginning) if stated.startswith(beginning) else None)
