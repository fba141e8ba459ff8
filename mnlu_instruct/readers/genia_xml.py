"""GENIA's term corpus (Kim et al., 2003): articles with sentences in which nested `<cons>` elements mark the terms.

Coordinated terms that share words ("biochemical and mutagenesis analyses") are one element whose `sem` and `lex` list
them in parentheses. The elements inside it, without `sem`, are their parts; a `*` marks where the `lex` of a part goes
on. Each term becomes a mention of its own, discontinuous where words of another term are in between.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.markup import Element, child, parse, plain_text
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, Passage, Span

Term = tuple[Element, Span]
"""A `<cons>` element and its span in the text."""


def genia_xml() -> Reader:
    """A reader of GENIA's XML file; the second copy of an article is dropped as `duplicate-document`."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            seen = set()
            for article in parse(file, repairs).iterfind("article"):
                document = _document(article, file)
                if document.id not in seen or not repairs.drops("duplicate-document", document.origin):
                    yield document
                seen.add(document.id)

    return read


def _document(article: Element, file: File) -> Document:
    reference = plain_text(child(child(article, "articleinfo", file), "bibliomisc", file), file)
    name = reference.removeprefix("MEDLINE:").strip()
    if not name:
        raise file.error(article.sourceline, "an article without id, expected 'MEDLINE:…' in <bibliomisc>.")
    text = ""
    passages, mentions = [], []
    for part in ("title", "abstract"):
        first = len(text)
        for sentence in child(article, part, file).iterfind("sentence"):
            words, terms = _words(sentence, len(text), file)
            mentions += [mention for term in terms for mention in _mentions(term, terms, text + words, file)]
            text += f"{words} "
        passages.append(Passage(part, first, max(first, len(text) - 1)))
    return Document(
        id=name,
        text=text[:-1],
        group=name,
        origin=f"{file.name}:{article.sourceline}",
        passages=tuple(passages),
        mentions=tuple(Mention(f"T{index}", kind, spans) for index, (kind, spans) in enumerate(mentions, 1)),
    )


def _words(element: Element, start: int, file: File) -> tuple[str, list[Term]]:
    """The words of an element that begins at `start`, and the terms inside it in the order of their tags."""
    words, terms = element.text or "", []
    for inner in element:
        if inner.tag != "cons":
            raise file.error(inner.sourceline, "a sentence may hold only text and <cons> elements.")
        begin = start + len(words)
        inside, nested = _words(inner, begin, file)
        terms += [(inner, (begin, begin + len(inside))), *nested]
        words += inside + (inner.tail or "")
    return words, terms


def _mentions(term: Term, terms: Sequence[Term], text: str, file: File) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Type and fragments of each mention of an element: its own, those that it lists, or none for a part of these."""
    element, (start, end) = term
    sem, lex = element.get("sem", ""), element.get("lex", "")
    if sem and not text[start:end].strip():
        raise file.error(element.sourceline, "a term without words.")
    if not sem.startswith("("):
        if sem:
            yield sem.removeprefix("G#"), ((start, end),)
        return
    parts = [(one.get("lex", ""), span) for one, span in terms if element in one.iterancestors() and not one.get("sem")]
    members = zip_longest(_listed(sem), _listed(lex), fillvalue="")
    found = ((kind, _joined(text, [span for name, span in parts if _is_part(name, whole)])) for kind, whole in members)
    yield from dict.fromkeys((kind.removeprefix("G#"), spans or ((start, end),)) for kind, spans in found if kind)


def _listed(value: str) -> list[str]:
    """What a list names: `(AND a (OR b c))` has a, b, c."""
    return [word.rstrip(")") for word in value.split() if not word.startswith("(")]


def _is_part(name: str, whole: str) -> bool:
    """Whether `*name`, `name*` or `*name*` is the end, the beginning or the middle of a term."""
    words = name.strip("*")
    if not name.startswith("*"):
        return bool(words) and whole.startswith(words)
    return bool(words) and (words in whole if name.endswith("*") else whole.endswith(words))


def _joined(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Fragments in text order, merged where they overlap or where only white space separates them."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and (start < joined[-1][1] or not text[joined[-1][1] : start].strip()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(span for span in joined if text[slice(*span)].strip())
