"""BioC XML: one golden file with every feature, the round trip of any document, damage and hostile XML."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers import Repairs
from mnlu_instruct.readers.bioc import bioc
from mnlu_instruct.types import Document, Mention, Passage, Relation, surface
from tests.readers.helpers import (
    NAMES,
    PRINTABLE,
    assert_reads_or_refuses,
    damaged,
    file,
    read,
    read_documents,
    spans_of,
)

GOLDEN = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>test</source><date/><key/>
<document>
<id>7</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Pain &amp; fever</text>
<annotation id="2"><infon key="type">Disease</infon><infon key="identifier">D1,D2,-,D1</infon>
<location offset="7" length="5"/><text>fever</text></annotation>
<annotation id="1"><infon key="type">Disease</infon><infon key="identifier">-</infon>
<location offset="0" length="4"/><text>Pain</text></annotation>
</passage>
<passage><infon key="type">abstract</infon><offset>20</offset><text>breast and ovarian cancer</text>
<annotation id="3"><infon key="type">Disease</infon>
<location offset="39" length="6"/><location offset="20" length="6"/><text>breast cancer</text></annotation>
</passage>
<passage><offset>45</offset></passage>
<relation id="R0"><infon key="type">CID</infon><infon key="entity1">C1</infon><infon key="entity2">D1</infon></relation>
</document>
<!-- between -->
<document><id>8</id></document>
</collection>
"""


SENTENCES = """<collection><document>
<id>9</id>
<passage><offset>0</offset><text>Aspirin acts. COX-1 falls by aspirin.</text>
<sentence><offset>0</offset><text>Aspirin acts.</text>
<annotation id="T2"><infon key="type">Drug</infon><location offset="0" length="7"/><text>Aspirin</text></annotation>
</sentence>
<sentence><offset>14</offset><text>COX-1 falls by aspirin.</text>
<annotation id="T1"><infon key="type">Gene</infon><location offset="14" length="5"/><text>COX-1</text></annotation>
<annotation id="T3"><infon key="type">Drug</infon><location offset="29" length="7"/><text>aspirin</text></annotation>
<relation id=""><infon key="type">ACTS</infon><node refid="T3" role="head"/><node refid="T1" role="tail"/></relation>
</sentence></passage>
</document></collection>
"""


def test_sentences_are_passages_and_nodes_name_annotations() -> None:
    assert read(bioc(), file(SENTENCES)) == [
        Document(
            id="9",
            text="Aspirin acts. COX-1 falls by aspirin.",
            group="9",
            origin="corpus.txt:1",
            passages=(Passage("sentence", 0, 13), Passage("sentence", 14, 37)),
            mentions=(
                Mention("T2", "Drug", ((0, 7),)),
                Mention("T1", "Gene", ((14, 19),)),
                Mention("T3", "Drug", ((29, 36),)),
            ),
            relations=(Relation("ACTS", "T3", "T1"),),
        )
    ]


def one(inside: str) -> File:
    return file(f"<collection>\n<document><id>1</id>\n{inside}\n</document></collection>", "bad.xml")


def passage(inside: str, text: str = "fever") -> File:
    return one(f"<passage><offset>0</offset><text>{text}</text>\n{inside}</passage>")


def annotation(location: str = '<location offset="0" length="5"/>', words: str = "fever", name: str = "1") -> str:
    return f'<annotation id="{name}"><infon key="type">D</infon>{location}<text>{words}</text></annotation>'


def test_every_feature_of_the_format() -> None:
    assert read(bioc(), file(GOLDEN)) == [
        Document(
            id="7",
            text="Pain & fever        breast and ovarian cancer",
            group="7",
            origin="corpus.txt:4",
            passages=(Passage("title", 0, 12), Passage("abstract", 20, 45), Passage("", 45, 45)),
            mentions=(
                Mention("1", "Disease", ((0, 4),)),
                Mention("2", "Disease", ((7, 12),), ("D1", "D2")),
                Mention("3", "Disease", ((20, 26), (39, 45))),
            ),
            relations=(Relation("CID", "C1", "D1"),),
        ),
        Document("8", "", "8", "corpus.txt:20"),
    ]


def test_the_keys_of_infons_are_the_corpus_own() -> None:
    infons = '<infon key="kind">D</infon><infon key="mesh">C1|C2|?</infon>'
    ends = '<infon key="r">X</infon><infon key="a">C1</infon><infon key="b">C2</infon>'
    reader = bioc("kind", concept_key="mesh", concepts="|", unknown="?", relation_keys=("r", "a", "b"))
    mark = f'<annotation id="1">{infons}<location offset="0" length="5"/><text>fever</text></annotation>'
    content = one(f"<passage><offset>0</offset><text>fever</text>{mark}</passage><relation>{ends}</relation>")
    [document] = read_documents(reader, content)
    assert document.mentions == (Mention("1", "D", ((0, 5),), ("C1", "C2")),)
    assert document.relations == (Relation("X", "C1", "C2"),)


@pytest.mark.parametrize(("name", "names"), [("", ["#2", "#1"]), ("1", ["1#2", "1"])])
def test_annotations_that_share_an_id_or_have_none_get_their_own(name: str, names: list[str]) -> None:
    content = passage(annotation(name=name) + annotation('<location offset="0" length="3"/>', "fev", name))
    [document] = read_documents(bioc(), content)
    assert [mention.spans for mention in document.mentions] == [((0, 3),), ((0, 5),)]
    assert [mention.id for mention in document.mentions] == names


def test_an_id_that_is_made_is_no_annotations_own() -> None:
    marks = annotation(name="#2") + annotation('<location offset="0" length="3"/>', "fev", "")
    [document] = read_documents(bioc(), passage(marks))
    assert {mention.id for mention in document.mentions} == {"#2", "#2.0"}


def counted(content: File, ignored: Sequence[str] = (), relations: bool = True) -> tuple[Document, dict[str, int]]:
    """A document, and what was counted."""
    ledger = Ledger()
    [document] = bioc()([content], Repairs(frozenset(), ledger, frozenset(ignored), relations))
    assert isinstance(document, Document)
    return document, {entry.reason: count for entry, count in ledger.counts.items()}


@pytest.mark.parametrize(
    "odd", [annotation(""), annotation("", ""), annotation('<location offset="2" length="0"/>', "")]
)
def test_annotations_without_a_place_are_counted_unless_their_type_is_ignored(odd: str) -> None:
    content = passage(annotation(name="2") + odd)
    document, left_out = counted(content)
    assert [mention.id for mention in document.mentions] == ["2"]
    assert left_out == {"annotation without a place": 1}
    assert counted(passage(annotation(name="2") + odd), ignored=["D"])[1] == {}


BOTH = annotation(name="1") + annotation('<location offset="0" length="3"/>', "fev", "2")


def link(*nodes: str, name: str = "R1") -> str:
    ends = "".join(f'<node refid="{node}"/>' for node in nodes)
    return f'<relation id="{name}"><infon key="type">causes</infon>{ends}</relation>'


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        (link("1"), "relation of other than two annotations"),
        (link("1", "2", "2"), "relation of other than two annotations"),
        (link("R2", "2"), "relation to a relation"),
        (annotation('<location offset="1" length="2"/>', "ev", "2") + link("1", "2"), "relation to an id that several"),
    ],
)
def test_relations_that_do_not_link_two_annotations_are_counted(links: str, reason: str) -> None:
    whole = BOTH + link("1", "2", name="R2") if "R2" in links else BOTH
    document, left_out = counted(passage(whole + links))
    assert document.relations == ((Relation("causes", "1", "2"),) if "R2" in links else ())
    assert [count for words, count in left_out.items() if words.startswith(reason)] == [1]


def test_relations_are_read_only_if_the_corpus_asks_about_them() -> None:
    odd = '<relation><infon key="relation type">x</infon><node refid="1"/></relation>'
    assert counted(passage(annotation() + odd), relations=False) == (
        counted(passage(annotation()), relations=False)[0],
        {},
    )
    assert counted(passage(BOTH + link("1", "2")), ignored=["causes"])[0].relations == ()


def test_fragments_in_the_order_of_their_words_keep_it() -> None:
    places = '<location offset="16" length="6"/><location offset="0" length="6"/>'
    content = passage(annotation(places, "cancer Breast"), "Breast and lung cancer by Aspirin")
    [document] = read_documents(bioc(), content)
    assert document.mentions == (Mention("1", "D", ((16, 22), (0, 6))),)


def test_fragments_at_a_wrong_place_may_be_mended_or_left_out() -> None:
    places = '<location offset="1" length="6"/><location offset="17" length="6"/>'
    content = passage(annotation(places, "Breast cancer"), "Breast and lung cancer by Aspirin")
    [mended] = read_documents(bioc(), content, rules=["shift≤3"])
    assert mended.mentions == (Mention("1", "D", ((0, 6), (16, 22))),)
    lost = passage(annotation(places, "Breast tumour"), "Breast and lung cancer by Aspirin")
    [document] = read_documents(bioc(), lost, rules=["shift≤3", "unlocated"])
    assert document.mentions == ()


def test_a_passage_without_text_has_that_of_its_sentences() -> None:
    inside = (
        '<infon key="type">abstract</infon><offset>5</offset>'
        "<sentence><offset>5</offset><text>Aspirin may induce bleeding.</text>"
        '<annotation id="T2"><infon key="type">ADE</infon><location offset="24" length="8"/><text>bleeding</text>'
        "</annotation></sentence><sentence><offset>34</offset><text>Stop it.</text></sentence>"
    )
    [document] = read_documents(bioc(), one(f"<passage>{inside}</passage>"))
    assert document.text == "     Aspirin may induce bleeding. Stop it."
    assert document.passages == (Passage("sentence", 5, 33), Passage("sentence", 34, 42))
    assert document.mentions == (Mention("T2", "ADE", ((24, 32),)),)
    with pytest.raises(UserError, match=r"^bad\.xml, line 3: a sentence at 30 begins before"):
        read(bioc(), one(f"<passage>{inside.replace('>34<', '>30<')}</passage>"))


def test_utf_16_is_read_as_the_file_declares_it() -> None:
    utf16 = GOLDEN.replace("UTF-8", "UTF-16").encode("utf-16")
    assert read(bioc(), file(utf16)) == read(bioc(), file(GOLDEN))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (one("<passage><text>x</text></passage>"), 3, "without <offset>"),
        (one("<passage><offset>-1</offset></passage>"), 3, "'-1', expected a number"),
        (one("<passage><offset>²</offset></passage>"), 3, "'²', expected a number"),
        (
            one("<passage><offset>0</offset><text>ab</text></passage>\n<passage><offset>1</offset></passage>"),
            4,
            "begins before the one before it ends, at 2",
        ),
        (passage('<annotation id="1"><text>fever</text></annotation>'), 4, "without the infon 'type'"),
        (passage(annotation('<location offset="0"/>')), 4, "of length '', expected numbers"),
        (passage(annotation('<location offset="x" length="5"/>')), 4, "a location at 'x'"),
        (passage(annotation('<location offset="-5" length="5"/>')), 4, "a location at '-5'"),
        (passage(annotation(words="")), 4, "an annotation without text"),
        (passage(annotation(words="cough")), 4, "slice to 'fever', expected 'cough'"),
        (passage(annotation('<location offset="0" length="9"/>')), 4, "offsets 0–9"),
        (
            passage(annotation('<location offset="0" length="1"/><location offset="2" length="1"/>', "f x")),
            4,
            "give 'f v', expected 'f x'",
        ),
        (
            passage(annotation('<location offset="0" length="1"/><location offset="4" length="9"/>', "f r")),
            4,
            "fragments",
        ),
        (one('<relation><infon key="type">CID</infon></relation>'), 3, "without the infon 'entity1'"),
        (
            passage(
                annotation() + '\n<relation><infon key="type">R</infon><node refid="1"/><node refid="2"/></relation>'
            ),
            5,
            "node '2' refers to no annotation",
        ),
        (passage('<relation><node refid="1"/><node refid="2"/></relation>'), 4, "without the infon 'type'"),
        (passage("<sentence><offset>3</offset><text>vers</text></sentence>"), 4, "a sentence at 3–7"),
        (passage("<sentence><offset>3</offset></sentence>"), 4, "a <sentence> without <text>"),
        (passage("<sentence><offset>0</offset><text>nausea</text></sentence>"), 4, "a sentence at 0–6"),
        (passage("<text>more</text>"), 4, "a second <text>"),
        (
            passage('<annotation><infon key="type">A<b>c</b></infon></annotation>'),
            4,
            "markup or an entity inside <infon>",
        ),
        (passage('<annotation><infon key="type"></infon></annotation>'), 4, "without the infon 'type'"),
        (
            file(
                "<collection><document><id>1</id>\n<passage><offset>999999999</offset></passage></document></collection>",
                "bad.xml",
            ),
            2,
            "no document is that long",
        ),
        (file("<collection><document>\n</document></collection>", "bad.xml"), 1, "without <id>"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: File, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^bad\.xml, line {line}: ") as error:
        read(bioc(), content)
    assert message in error.value.message


def hostile(declaration: str, use: str) -> File:
    return file(f"<!DOCTYPE collection [{declaration}]><collection><document><id>1</id>{use}</document></collection>")


def test_entities_that_multiply_are_refused_or_left_alone() -> None:
    levels = pairwise("abcdefghij")
    bomb = '<!ENTITY a "laughs">' + "".join(f'<!ENTITY {high} "{f"&{low};" * 10}">' for low, high in levels)
    try:
        [document] = read_documents(
            bioc(), hostile(bomb, '<passage><infon key="type">&j;</infon><offset>0</offset><text>&j;</text></passage>')
        )
    except UserError:
        return
    assert len(document.text) < 100


def test_external_entities_never_reach_a_text(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a private key")
    declaration = f'<!ENTITY secret SYSTEM "{(tmp_path / "secret").as_uri()}">'
    try:
        records = read(bioc(), hostile(declaration, "<passage><offset>0</offset><text>&secret;</text></passage>"))
    except UserError:
        return
    assert "private" not in repr(records)


LOST = '<annotation id="2"><infon key="type">Disease</infon><text>x</text></annotation>'
TWO = '<relation><infon key="type">R</infon><node refid="{}" role="{}"/><node refid="{}" role="{}"/></relation>'


def test_a_relation_of_a_dropped_annotation_is_counted() -> None:
    ledger = Ledger()
    [document] = read(bioc(), passage(annotation() + LOST + TWO.format(1, "", 2, "")), ledger=ledger)
    assert isinstance(document, Document)
    assert document.relations == ()
    assert {entry.reason for entry in ledger.counts} == {
        "annotation without a place",
        "relation of an annotation that was dropped",
    }


def test_nodes_are_head_and_tail_by_their_roles() -> None:
    two = annotation() + annotation().replace('id="1"', 'id="2"')
    turned = TWO.format(2, "Arg2", 1, "Arg1") + TWO.format(2, "Chemical", 1, "Gene")
    [document] = read_documents(bioc(), passage(two + turned))
    assert document.relations == (Relation("R", "1", "2"), Relation("R", "2", "1"))


def test_annotations_of_the_document_itself_are_read() -> None:
    content = f"<collection><document><id>1</id><passage><offset>0</offset><text>fever</text></passage>{annotation()}"
    [document] = read_documents(bioc(), file(f"{content}</document></collection>"))
    assert [mention.spans for mention in document.mentions] == [((0, 5),)]


@pytest.mark.parametrize("root", ["<html><body/></html>", '<collection xmlns="http://x"><document/></collection>'])
def test_another_kind_of_xml_is_no_empty_corpus(root: str) -> None:
    with pytest.raises(UserError, match="expected BioC's <collection>"):
        read(bioc(), file(root))


@pytest.mark.parametrize(
    ("content", "line", "message", "hint"),
    [
        ("<collection>\n<a>x&nbsp;y</a></collection>", 2, "Entity 'nbsp' not defined", "correct the markup there."),
        ("<collection>\n<a>x & y</a></collection>", 2, "xmlParseEntityRef", "correct the markup there."),
        ("<collection>\n<document>", 2, "Premature end", "the file ends too early: is it whole?"),
    ],
)
def test_what_is_not_well_formed_and_where(content: str, line: int, message: str, hint: str) -> None:
    for _ in range(2):  # the parser's log remembers the faults of other files
        with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: not well-formed XML .*{message}") as caught:
            read(bioc(), file(content))
        assert caught.value.hint == hint


def test_many_passages_are_put_together_in_linear_time() -> None:
    many = "".join(f"<passage><offset>{6 * n}</offset><text>fever</text></passage>" for n in range(20_000))
    [document] = read_documents(bioc(), file(f"<collection><document><id>1</id>{many}</document></collection>"))
    assert len(document.text) == 6 * 20_000 - 1


@pytest.mark.parametrize("markup", ["fe<!-- cut -->ver", "fe<?cut?>ver"])
def test_comments_do_not_cut_a_text(markup: str) -> None:
    [document] = read_documents(bioc(), passage(annotation(), text=markup))
    assert document.text == "fever"


@pytest.mark.parametrize("markup", ["fe<b>v</b>er", "fe&unknown;ver"])
def test_markup_inside_a_text_is_refused(markup: str) -> None:
    with pytest.raises(UserError):
        read(bioc(), passage("", text=markup))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text, passages = "", []
    for kind in draw(st.lists(NAMES, max_size=3)):
        text += " " * draw(st.integers(0, 5))
        start = len(text)
        text += draw(st.text(PRINTABLE))
        passages.append(Passage(kind, start, len(text)))
    places = draw(st.lists(spans_of(text).filter(bool), max_size=4)) if text and passages else []
    return Document(
        id=draw(NAMES),
        text=text,
        group="",
        origin="",
        passages=tuple(passages),
        mentions=tuple(
            Mention(f"T{number}", draw(NAMES), tuple(spans), tuple(draw(st.lists(NAMES, unique=True, max_size=2))))
            for number, spans in enumerate(sorted(places), 1)
        ),
        relations=tuple(draw(st.lists(st.builds(Relation, NAMES, NAMES, NAMES), max_size=3))),
    )


def write(document: Document) -> str:
    marks, relations = "", ""
    for mention in document.mentions:
        words = surface(document.text, mention.spans)
        if len(mention.spans) == 1:
            words = document.text[slice(*mention.spans[0])]
        places = "".join(f'<location offset="{start}" length="{end - start}"/>' for start, end in mention.spans)
        infons = {"type": mention.type, "identifier": ",".join(mention.concepts)}
        marks += f'<annotation id="{mention.id}">{_infons(infons)}{places}<text>{escape(words)}</text></annotation>'
    for found in document.relations:
        relations += (
            f"<relation>{_infons({'type': found.type, 'entity1': found.head, 'entity2': found.tail})}</relation>"
        )
    passages = [
        f"{_infons({'type': passage.kind})}<offset>{passage.start}</offset>"
        f"<text>{escape(document.text[passage.start : passage.end])}</text>"
        for passage in document.passages
    ]
    if passages:
        passages[-1] += marks
    return (
        f"<document><id>{document.id}</id>"
        + "".join(f"<passage>{inside}</passage>" for inside in passages)
        + f"{relations}</document>\n"
    )


def _infons(infons: dict[str, str]) -> str:
    return "".join(f'<infon key="{key}">{value}</infon>' for key, value in infons.items())


def sensible(document: Document) -> bool:
    """White space alone is no discontinuous mention: its words would be an empty element."""
    return all(surface(document.text, mention.spans) for mention in document.mentions if len(mention.spans) > 1)


@given(st.lists(documents().filter(sensible), max_size=3))
def test_any_document_is_read_as_it_was_written(written: list[Document]) -> None:
    found = read_documents(bioc(), file(f"<collection>{''.join(map(write, written))}</collection>"))
    assert [(d.id, d.text, d.passages, d.mentions, d.relations) for d in found] == [
        (d.id, d.text, d.passages, d.mentions, d.relations) for d in written
    ]


@given((damaged(GOLDEN, delimiter=">") | damaged(SENTENCES, delimiter=">")).map(file))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(bioc(), content)


def test_every_truncation_is_refused() -> None:
    content = GOLDEN.rstrip().encode()
    for length in range(len(content)):
        with pytest.raises(UserError):
            read(bioc(), file(content[:length]))
