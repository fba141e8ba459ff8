"""Terminologies as they are published: files → concepts with their names. One function a format.

A concept may come in several pieces (a dictionary has a line a name); `base.build` puts them together by their ids.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from mnlu_instruct.files import BROKEN, File
from mnlu_instruct.types import normalise

Read = Callable[[File], Iterator["Concept"]]

PREFIX = re.compile(r"^(?:MESH|OMIM|UMLS):")
"""What comes before ids in some files, and not in others of the same terminology."""
CTD_COLUMNS = {"id": r"(?:Disease|Chemical)ID", "name": r"(?:Disease|Chemical)Name", "others": r"Alt\w+IDs"}
SYNONYM = re.compile(r'^synonym: "((?:[^"\\]|\\.)*)"')
RRF_COLUMNS = 18
RRF_ID, RRF_LANGUAGE, RRF_NAME, RRF_SUPPRESSED = 0, 1, 14, 16


class Concept(Struct, frozen=True):
    """A concept, or a piece of one: its id, other ids that stand for it, and names."""

    id: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()


def medic(file: File) -> Iterator[Concept]:
    """MEDIC as BioSyn has it: `id[|other id…]||name|synonym…`."""
    for number, line in _lines(file):
        ids, _, names = line.partition("||")
        yield _concept(ids.split("|"), names.split("|"), file, number, "id[|other id…]||name|synonym…")


def biosyn(file: File) -> Iterator[Concept]:
    """A dictionary of BioSyn: `id[|id…]||name`, a line a name.

    The ids after the first are other ids of its concept, or those of further concepts with that name; `+` also parts
    them. An id is another one of a concept if it comes after that one's more often than it begins a line.
    """
    lines: list[tuple[int, list[str], str]] = []
    for number, line in _lines(file):
        cell, _, name = line.partition("||")
        lines.append((number, [_bare(one) for one in cell.replace("+", "|").split("|")], name))
    begun = Counter(ids[0] for _, ids, _ in lines)
    after = Counter((one, ids[0]) for _, ids, _ in lines for one in ids[1:])
    owner: dict[str, str] = {}
    for (one, first), often in after.most_common():
        if often > begun[one]:
            owner.setdefault(one, first)
    for number, ids, name in lines:
        meant = dict.fromkeys(owner.get(one, one) for one in ids)
        for concept in meant:
            others = [one for one in ids if owner.get(one) == concept]
            yield _concept([concept, *others], [name], file, number, "id[|id…]||name")


def tsv(file: File) -> Iterator[Concept]:
    """`id TAB name [TAB name…]`."""
    for number, line in _lines(file):
        name, *names = line.split("\t")
        if not names:
            raise file.error(number, f"expected 'id TAB name', found a line without a tab: {line[:60]!r}.")
        yield _concept([name], names, file, number, "id TAB name [TAB name…]")


def ctd(file: File) -> Iterator[Concept]:
    """CTD's vocabularies of diseases and chemicals, as TSV: the columns are named in a comment."""
    places: dict[str, int] = {}
    for number, line in _lines(file):
        cells = line.lstrip("# ").split("\t")
        if line.startswith("#"):
            places = _ctd_places(cells) or places
            continue
        if not places or len(cells) <= max(places.values()):
            raise file.error(number, "expected CTD's columns, with a comment before them that names them.")
        others = cells[places["others"]].split("|") if "others" in places else []
        names = [cells[places["name"]], *cells[places["synonyms"]].split("|")]
        yield _concept([cells[places["id"]], *others], names, file, number, "CTD's columns")


def _ctd_places(cells: list[str]) -> dict[str, int]:
    """The places of the columns, if these cells name them."""
    wanted = {**CTD_COLUMNS, "synonyms": "Synonyms"}
    found = {
        key: next((at for at, cell in enumerate(cells) if re.fullmatch(one, cell)), -1) for key, one in wanted.items()
    }
    places = {key: at for key, at in found.items() if at >= 0}
    return places if {"id", "name", "synonyms"} <= places.keys() else {}


def obo(file: File) -> Iterator[Concept]:
    """OBO 1.2 and 1.4: terms that aren't obsolete, with their synonyms and alternative ids."""
    tags: list[tuple[str, str]] = []
    first = 0
    for number, line in (*file.lines(), (0, "[Typedef]")):
        if line.startswith("["):
            if tags and first and ("is_obsolete", "true") not in tags:
                yield _term(tags, file, first)
            tags, first = [], number if line.strip() == "[Term]" else 0
        elif ": " in line:
            tags.append(_tag(line))


def _tag(line: str) -> tuple[str, str]:
    """A tag and its value, without a comment at its end; of a synonym, its words."""
    if found := SYNONYM.match(line):
        return "name", re.sub(r"\\(.)", r"\1", found[1])
    tag, _, value = line.partition(": ")
    return tag, value.partition(" ! ")[0].strip()


def _term(tags: list[tuple[str, str]], file: File, number: int) -> Concept:
    ids = [value for tag, value in tags if tag == "id"] + [value for tag, value in tags if tag == "alt_id"]
    return _concept(ids, [value for tag, value in tags if tag == "name"], file, number, "a term with id and name")


def mesh(file: File) -> Iterator[Concept]:
    """MeSH's XML of descriptors or supplementary records: all terms of all concepts of a record."""
    from lxml import etree  # noqa: PLC0415 (only this format)

    records = ("DescriptorRecord", "SupplementalRecord")
    try:
        with file.open() as stream:
            for _, record in etree.iterparse(stream, tag=records, resolve_entities=False):
                name = record.findtext("DescriptorUI") or record.findtext("SupplementalRecordUI") or ""
                terms = [term.text or "" for term in record.iterfind("ConceptList/Concept/TermList/Term/String")]
                yield _concept([name], terms, file, record.sourceline, "a record with an id and terms")
                record.clear()
    except etree.XMLSyntaxError as error:
        raise file.error(error.lineno, f"this is not XML as MeSH has it ({error.msg}).") from error
    except BROKEN as error:
        raise file.broken() from error


def umls(file: File) -> Iterator[Concept]:
    """UMLS' MRCONSO.RRF: English names that aren't suppressed."""
    for number, line in _lines(file):
        cells = line.split("|")
        if len(cells) < RRF_COLUMNS:
            raise file.error(number, f"expected the {RRF_COLUMNS} columns of MRCONSO.RRF, found {len(cells)}.")
        if cells[RRF_LANGUAGE] == "ENG" and cells[RRF_SUPPRESSED] == "N":
            yield _concept([cells[RRF_ID]], [cells[RRF_NAME]], file, number, "MRCONSO.RRF")


def _lines(file: File) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in file.lines() if line.strip())


def _concept(ids: list[str], names: list[str], file: File, number: int, form: str) -> Concept:
    """A concept of cells, white space collapsed, prefixes of ids left out.

    Raises:
        UserError: there is no id, or no name.
    """
    first, *others = map(_bare, ids)
    found = tuple(dict.fromkeys(filter(None, map(normalise, names))))
    if not first or not found:
        raise file.error(number, f"a concept without {'a name' if first else 'an id'}; expected {form}.")
    return Concept(first, found, tuple(dict.fromkeys(one for one in others if one and one != first)))


def _bare(identifier: str) -> str:
    return PREFIX.sub("", normalise(identifier))


KINDS: Mapping[str, Read] = {
    "medic": medic,
    "biosyn": biosyn,
    "ctd": ctd,
    "mesh": mesh,
    "obo": obo,
    "umls": umls,
    "tsv": tsv,
}
"""The formats by name."""
