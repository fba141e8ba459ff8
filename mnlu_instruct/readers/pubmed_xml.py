"""The XML of PubMed, baseline and update files: citations one by one, in constant memory, and ids that a file deletes.

Only a citation's own abstract is read, never `OtherAbstract` (translations, summaries for lay people) nor
`CopyrightInformation`. The text of a part is all text inside it, markup (`<i>`, MathML) or not.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree
from msgspec import Struct

from mnlu_instruct.files import BROKEN, File
from mnlu_instruct.readers.markup import Element, not_well_formed

UNLABELLED = "UNLABELLED"
"""A label that stands for none, and isn't shown."""
CITATION, BOOK, DELETED = "PubmedArticle", "PubmedBookArticle", "DeleteCitation"
BLOCK = 2**20
"""Bytes that are read at a time."""
END = b"</PubmedArticle>"
UNREAD = (b"PubmedData", b"AuthorList", b"MeshHeadingList", b"ChemicalList")
"""Two thirds of a file: the dates and references of citations, authors with their addresses, index terms. What they are
is not parsed, which makes the reader twice as fast."""
RETRACTED, NOTICE = "RetractionIn", "RetractionOf"


class Part(Struct, frozen=True):
    """A part of an abstract: its label ("" if it has none) and its text, with the file's white space."""

    label: str
    text: str


class Citation(Struct, frozen=True):
    """A record of PubMed.

    Attributes:
        pmid: the PubMed id, which all versions share.
        version: its version, from 1.
        title: the title, brackets of translated ones included.
        parts: the parts of the abstract; none if it has no abstract.
        languages: the languages of the article, as ISO 639-2 codes ("eng").
        others: the types of its other abstracts.
        links: the kinds of its links to other citations (`RefType`: "ErratumIn"), one for each link.
        origin: file and line.
    """

    pmid: int
    version: int
    title: str
    parts: tuple[Part, ...]
    languages: tuple[str, ...]
    others: tuple[str, ...]
    links: tuple[str, ...]
    origin: str

    @property
    def retracted(self) -> bool:
        """Whether the article was retracted."""
        return RETRACTED in self.links

    @property
    def is_notice(self) -> bool:
        """Whether it is the notice of another article's retraction."""
        return NOTICE in self.links

    def abstract(self, labels: bool = False) -> str:
        """The abstract: parts joined by a blank, each run of white space of any kind one blank.

        Args:
            labels: whether to write the label of a part in front of it, as in "METHODS: ".
        """
        named = ((part.label if labels and part.label != UNLABELLED else "", part.text) for part in self.parts)
        joined = " ".join(f"{label}: {text}" if label else text for label, text in named)
        return " ".join(joined.split())


class Deletion(Struct, frozen=True):
    """A PubMed id that an update file deletes, in all versions."""

    pmid: int


class Book(Struct, frozen=True):
    """A record of a book or chapter, which is no citation; its origin."""

    origin: str


Entry = Citation | Deletion | Book


def read(file: File) -> Iterator[Entry]:
    """The entries of a PubMed file, in its order; an element is freed as soon as it is read.

    Raises:
        UserError: the file is truncated, damaged or not well-formed; a citation has no PubMed id or version; or it is
            no PubMed file.
    """
    parser = etree.XMLPullParser(
        tag=(CITATION, BOOK, DELETED), load_dtd=False, no_network=True, resolve_entities=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        with file.open() as stream:
            for block in _blocks(stream):
                parser.feed(block)
                for _, element in parser.read_events():
                    yield from _entries(element, file)
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error, file, parser.error_log) from error
    except BROKEN as error:
        raise file.broken() from error
    if root.tag != "PubmedArticleSet":
        raise file.error(1, f"a <{root.tag}>, expected a <PubmedArticleSet>.", "give files of PubMed.")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The file in blocks of whole citations, without the parts of them that nobody reads."""
    left = b""
    while read := stream.read(BLOCK):
        left += read
        end = left.rfind(END) + len(END)
        if end >= len(END):
            block, left = left[:end], left[end:]
            for name in UNREAD:
                block = _without(block, name)
            yield block
    yield left


def _without(block: bytes, name: bytes) -> bytes:
    """A block without the elements of a name, but with their line ends, as the parser counts lines.

    An empty one stays, and one that isn't closed within its citation, so that the parser says what is wrong.
    """
    parts, kept, place, close = [], 0, 0, b"</" + name + b">"
    while (start := block.find(b"<" + name, place)) >= 0:
        place = block.find(b">", start)
        end = block.find(close, place)
        if place < 0 or end < 0 or block.find(END, place, end) >= 0:
            break
        if block[place - 1 : place] != b"/":
            parts += [block[kept:start], b"\n" * block.count(b"\n", start, end)]
            kept = place = end + len(close)
    return b"".join([*parts, block[kept:]])


def _entries(element: Element, file: File) -> Iterator[Entry]:
    if element.tag == CITATION:
        yield _citation(element, file)
    elif element.tag == BOOK:
        yield Book(f"{file.name}:{element.sourceline}")
    else:
        for one in element.iterchildren("PMID"):
            yield Deletion(_number(one.text, one, file))


def _citation(element: Element, file: File) -> Citation:
    """The citation in a `PubmedArticle`; children are visited once, which is faster than looking for each."""
    pmid = version = None
    title, languages, others = "", [], []
    parts: tuple[Part, ...] = ()
    links: tuple[str, ...] = ()
    record = element.find("MedlineCitation")
    for child in () if record is None else record:
        match child.tag:
            case "PMID":
                pmid, version = _number(child.text, child, file), _number(child.get("Version", "1"), child, file)
            case "Article":
                for inner in child:
                    match inner.tag:
                        case "ArticleTitle":
                            title = " ".join(_text(inner).split())
                        case "Abstract":
                            parts = tuple(
                                Part(part.get("Label", ""), _text(part)) for part in inner.iterchildren("AbstractText")
                            )
                        case "Language":
                            languages.append(inner.text or "")
            case "OtherAbstract":
                others.append(child.get("Type", ""))
            case "CommentsCorrectionsList":
                links = tuple(link.get("RefType", "") for link in child)
    if pmid is None or version is None:
        raise file.error(element.sourceline, "a citation without a PubMed id (<PMID>).")
    return Citation(
        pmid, version, title, parts, tuple(languages), tuple(others), links, f"{file.name}:{element.sourceline}"
    )


def _text(element: Any) -> str:
    """All text inside an element."""
    return "".join(element.itertext()) if len(element) else element.text or ""


def _number(text: str | None, element: Element, file: File) -> int:
    if not (text and text.isascii() and text.isdigit()):
        raise file.error(element.sourceline, f"{text!r} as PubMed id or version, expected a number.")
    return int(text)
