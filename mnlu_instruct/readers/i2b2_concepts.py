"""i2b2 2010 and 2011: typed concepts, located by line and token (`.con`), and links between them.

A line of a link file names two or more concepts (`c`) and the label of every pair of them: `r` in a file of relations,
`t` in a file of coreference chains. Each line of text is a passage.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.i2b2_lines import Field, Page, documents, fields
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, Relation

At = Mapping[str, list[Mention]]
"""The concepts at each address, in file order."""


def i2b2_concepts(links: str) -> Reader:
    """A reader of texts, their `.con` files, and their link files, whose names end in `links`."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for name, source, (concepts, links_file) in documents(files, ((".con",), (links,)), repairs):
            page = Page(source.text())
            placed = list(_mentions(page, concepts, repairs))
            known: dict[str, list[Mention]] = defaultdict(list)
            for address, mention in placed:
                known[address].append(mention)
            yield Document(
                id=name,
                text=page.text,
                group=name,
                origin=f"{source.name}:1",
                passages=page.passages(),
                mentions=tuple(mention for _, mention in placed),
                relations=tuple(_relations(known, links_file, repairs)),
            )

    return read


def _mentions(page: Page, file: File, repairs: Repairs) -> Iterator[tuple[str, Mention]]:
    """Addresses and concepts in file order; the id is the address, plus the type if another concept has the same."""
    stated: dict[tuple[str, str], Field] = {}
    for line in fields(file, repairs):
        concept, kind = _two(line, file)
        if (concept.address, kind) not in stated:
            stated[concept.address, kind] = concept
        elif not repairs.drops("duplicate-mention", f"{file.name}:{concept.line}"):
            raise file.error(concept.line, f"{kind} {concept.words!r} is stated twice.", "remove one of the two.")
    places = page.places(list(stated.values()), file, repairs)
    names: set[str] = set()
    for (address, kind), concept in stated.items():
        if concept in places:
            yield address, Mention(f"{address}:{kind}" if address in names else address, kind, places[concept])
            names.add(address)


def _two(line: tuple[Field, ...], file: File) -> tuple[Field, str]:
    """A concept and its type."""
    if [field.key for field in line] != ["c", "t"] or not line[0].addresses:
        raise file.error(line[0].line, 'expected c="words" line:token line:token||t="type".')
    return line[0], line[1].words


def _relations(known: At, file: File, repairs: Repairs) -> Iterator[Relation]:
    for line in fields(file, repairs):
        ends = [field for field in line if field.key == "c"]
        labels = [field for field in line if field.key in {"r", "t"}]
        if len(ends) < 2 or len(labels) != 1 or len(ends) + 1 != len(line):
            raise file.error(line[0].line, "expected two or more concepts c=… and one label, r=… or t=….")
        (label,) = labels
        kept = [name for end in ends if (name := _end(end, label.words, known, file, repairs))]
        for head, tail in combinations(kept, 2):
            yield Relation(label.words, head, tail)


def _end(end: Field, label: str, known: At, file: File, repairs: Repairs) -> str:
    """The id of the concept that an end refers to, empty if it is dropped.

    Where two concepts have its address, it is the one whose type the label names ("coref problem").
    """
    place = f"{file.name}:{end.line}"
    there = known.get(end.address, [])
    named = [mention for mention in there if mention.type in label.split()]
    if len(there) == 1 or len(named) == 1:
        return (named or there)[0].id
    if there:
        repairs.ledger.drop("read", "end of a relation that two concepts may be", place)
        return ""
    if repairs.drops("dangling-end", place):
        return ""
    raise file.error(end.line, f"{end.words!r} at {end.address or 'no address'} is not a concept of this document.")
