"""brat standoff: `NAME.txt` beside `NAME.ann`, or beside BioNLP-ST's pair `NAME.a1` and `NAME.a2`.

All kinds of lines of the format are read: T (mention), R (relation), E (event), A and M (attribute of a mention or an
event), N (normalisation), `*` (equivalence), # (note).

- Fragments of a mention with only white space between them (mostly line breaks) are merged; others stay separate, as a
  discontinuous mention.
- The number of a role (`Amount2`) is removed. An event that is an argument stands for its trigger.
- An attribute of a mention becomes the value of every argument that the mention fills; that of a binary attribute is
  its name. Other attributes, and equivalences, are counted.
- Normalisations are the mention's concepts.
- The ends of a relation are `Arg1` and `Arg2`, in whichever order; other roles count in the order stated.
- What refers to a mention that was dropped, because its words are nowhere near (`unlocated`), is counted and dropped.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import LACKING, File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.brat_lines import Line, Lines, by_kind
from mnlu_instruct.readers.brat_links import OF_DROPPED, linked
from mnlu_instruct.readers.repairs import Claim, Repairs, flat, locate, order_fragments, place_fragments
from mnlu_instruct.types import Document, Mention, Span

MENTION = re.compile(r"(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)")
LOOSE = re.compile(r"(\S+)\s+(\S+)\s+(\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)\s+(\S.*)")


def brat(
    id_parts: int = 1, trigger: str = "", value: str = "", annotations: tuple[str, ...] = (".ann",), apart: bool = False
) -> Reader:
    """A reader of texts with their annotations.

    Args:
        id_parts: how many of the last parts of a document's path form its id.
        trigger: the mention type whose mentions are event triggers, in corpora that state the arguments of events as
            relations to the trigger (`Strength-Drug`).
        value: the name of the attribute that gives an argument's value, in which `{type}` stands for the type of the
            mention; by default the mention's attribute if it has only one.
        annotations: how the names of a document's files of annotations end: `.ann`, or `.a1` and `.a2`.
        apart: texts and annotations lie in folders of their own.
    """

    def named(path: str, end: str) -> str:
        name = path.removesuffix(end)
        return PurePosixPath(name).name if apart else name

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        ends = (".txt", *annotations)
        found = {end: {named(one.name, end): one for one in files if one.name.endswith(end)} for end in ends}
        for name in sorted(set().union(*found.values())):
            for end in ends:
                if name not in found[end]:
                    wanted = " and ".join(f"a {one} file" for one in ends)
                    raise UserError(
                        f"{name}{end} is missing: a document needs {wanted}.",
                        LACKING,
                    )
            document = "/".join(PurePosixPath(name).parts[-id_parts:])
            source, *notes = (found[end][name] for end in ends)
            yield _document(document, source, notes, trigger, value, repairs)

    return read


def _document(name: str, source: File, notes: Sequence[File], trigger: str, value: str, repairs: Repairs) -> Document:
    text, lines = source.text(), by_kind(notes)
    mentions, stated = _mentions(text, lines, repairs)
    relations, events = linked(mentions, stated, lines, trigger, value, repairs)
    return Document(
        id=name,
        text=text,
        group=name,
        origin=f"{notes[0].name}:1",
        mentions=mentions,
        relations=relations,
        events=events,
    )


def _mentions(text: str, lines: Lines, repairs: Repairs) -> tuple[tuple[Mention, ...], set[str]]:
    """The mentions, and the ids of all that are stated: some may be dropped."""
    plain = flat(text)
    claims: dict[File, list[Claim]] = defaultdict(list)
    found: list[Mention] = []
    concepts = _concepts(lines["N"])
    seen: set[str] = set()
    for line in lines["T"]:
        name, body, words = _mention_cells(line, repairs)
        match = MENTION.fullmatch(body)
        if not match:
            raise line.error(f"expected 'type start end', found {body!r}.")
        if name in seen:
            raise line.error(f"there are two mentions '{name}'.")
        seen.add(name)
        stated = [_span(pair) for pair in match[2].split(";")]
        first, last = min(stated)[0], max(end for _, end in stated)
        claim = Claim(line.number, name, match[1], first, last, flat(words), tuple(concepts.pop(name, ())))
        if len(stated) == 1:
            claims[line.file].append(claim)
        elif placed := place_fragments(plain, claim, order_fragments(plain, claim, stated), line.file, repairs):
            found.append(Mention(name, match[1], _merged(plain, placed), claim.concepts))
    _check_concepts(concepts, seen, lines)
    for file, stated_there in claims.items():
        found += locate(plain, stated_there, file, repairs)
    kept = {mention.id for mention in found}
    for line in lines["N"]:
        _, target, _ = _normalisation(line)
        if target in seen and target not in kept:
            repairs.ledger.drop("read", OF_DROPPED, line.place)
    return tuple(sorted(found, key=lambda mention: (mention.spans, mention.id))), seen


def _mention_cells(line: Line, repairs: Repairs) -> list[str]:
    """Id, type with offsets, and words of a mention; `odd-tabs` allows any white space between and after them."""
    match = LOOSE.fullmatch(line.text.rstrip()) if line.text.count("\t") != 2 else None
    if match and repairs.mends("odd-tabs", line.place):
        return [match[1], f"{match[2]} {match[3]}", match[4]]
    return line.cells(3)


def _span(pair: str) -> Span:
    start, end = map(int, pair.split())
    return start, end


def _merged(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    merged = [spans[0]]
    for start, end in spans[1:]:
        first, last = merged[-1]
        if last <= start and not text[last:start].strip():
            merged[-1] = (first, end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _concepts(lines: Sequence[Line]) -> dict[str, list[str]]:
    """The concepts of each mention."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        _, target, concept = _normalisation(line)
        if concept not in found[target]:
            found[target].append(concept)
    return found


def _normalisation(line: Line) -> list[str]:
    """Kind, mention and concept: `N1 TAB Reference T3 Entrez:5742 TAB PTGS1`.

    BioNLP-ST's Bacteria Biotope names the roles (`OntoBiotope Annotation:T3 Referent:OBT:000061`).
    """
    stated, _, words = line.cells(2)[1].partition("\t")
    parts = stated.split()
    if len(parts) != 3 or "\t" in words.rstrip():
        raise line.error(f"expected 'Reference mention id' and perhaps its name, found {line.text[:60]!r}.")
    kind, target, concept = parts
    return [kind, target.removeprefix("Annotation:"), concept.removeprefix("Referent:")]


def _check_concepts(left: Mapping[str, object], mentions: Collection[str], lines: Lines) -> None:
    """Check that what is normalised is a mention or an event."""
    known = {line.text.partition("\t")[0] for line in lines["E"]} | {*mentions}
    for line in lines["N"]:
        _, target, _ = _normalisation(line)
        if target in left and target not in known:
            raise line.error(f"'{target}' is no mention or event of this document.")
