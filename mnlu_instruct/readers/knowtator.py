"""Mentions in the XML of Knowtator, as eHOST writes it: `annotation` elements with `span`s, and what class each is."""

from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers.markup import Element, attribute, parse
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Mention, Span, surface

STRICT = Repairs(frozenset(), Ledger())


def knowtator(file: File, text: str) -> tuple[Mention, ...]:
    """The mentions of a text, each with its spans in text order; annotations without a span are about other mentions.

    Raises:
        UserError: the file isn't well-formed, offsets are none of the text's, or a mention has no class.
    """
    root = parse(file, STRICT)
    classes = {
        attribute(one, "id", file): attribute(kind, "id", file)
        for one in root.iterfind("classMention")
        for kind in one.iterfind("mentionClass")
    }
    found = []
    for annotation in root.iterfind("annotation"):
        spans = tuple(sorted(_span(one, file) for one in annotation.iterfind("span")))
        if not spans:
            continue
        names = [attribute(one, "id", file) for one in annotation.iterfind("mention")]
        if len(names) != 1 or names[0] not in classes:
            wrong = "expected an annotation with one <mention>, whose id has a <classMention>."
            raise file.error(annotation.sourceline, wrong)
        if spans[-1][1] > len(text) or not surface(text, spans):
            places = ", ".join(f"{start}–{end}" for start, end in spans)
            raise file.error(
                annotation.sourceline, f"{places} is not a valid mention in a text of {len(text)} characters."
            )
        found.append(Mention(names[0], classes[names[0]], spans))
    return tuple(found)


def _span(element: Element, file: File) -> Span:
    start, end = attribute(element, "start", file), attribute(element, "end", file)
    if not are_offsets(start, end) or int(start) >= int(end):
        raise file.error(element.sourceline, f"expected offsets with start below end, found {start!r} and {end!r}.")
    return int(start), int(end)
