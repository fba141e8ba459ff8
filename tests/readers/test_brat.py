"""brat standoff: one golden pair with every feature, the round trip of any mentions, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.brat import brat
from mnlu_instruct.types import Argument, Document, Event, Mention, Relation, Span, surface
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

TEXT = "Tobacco: quit 10\nyears ago, 1 ppd, 2 cigars.\nBreast and ovarian cancer.\n"
NOTES = """\
T1\tTobacco 0 7\tTobacco
T2\tStatusTime 9 13\tquit
T3\tHistory 14 16;17 26\t10 years ago
T4\tAmount 28 33\t1 ppd
T5\tAmount 35 43\t2 cigars
T6\tDisease 45 51;64 70\tBreast cancer
#1\tAnnotatorNotes T1\tsee the next line
E1\tTobacco:T1 Status:T2 History:T3 Amount:T4 Amount2:T5

A1\tStatusTimeVal T2 past
R1\tOf Arg1:T4 Arg2:T5
E2\tDisease:T6
"""


def pair(text: str, notes: str, name: str = "note") -> tuple[File, File]:
    return file(text, f"{name}.txt"), file(notes, f"{name}.ann")


def mentions(text: str, notes: str) -> tuple[Mention, ...]:
    [document] = read_documents(brat(), *pair(text, notes))
    return document.mentions


def test_every_feature_of_the_format() -> None:
    assert read(brat(), *pair(TEXT, NOTES)) == [
        Document(
            id="note",
            text=TEXT,
            group="note",
            origin="note.ann:1",
            mentions=(
                Mention("T1", "Tobacco", ((0, 7),)),
                Mention("T2", "StatusTime", ((9, 13),)),
                Mention("T3", "History", ((14, 26),)),
                Mention("T4", "Amount", ((28, 33),)),
                Mention("T5", "Amount", ((35, 43),)),
                Mention("T6", "Disease", ((45, 51), (64, 70))),
            ),
            relations=(Relation("Of", "T4", "T5"),),
            events=(
                Event(
                    id="E1",
                    type="Tobacco",
                    trigger="T1",
                    arguments=(
                        Argument("Status", "T2", "past"),
                        Argument("History", "T3"),
                        Argument("Amount", "T4"),
                        Argument("Amount", "T5"),
                    ),
                ),
                Event("E2", "Disease", "T6", ()),
            ),
        )
    ]


def test_a_text_without_annotations_is_a_document() -> None:
    assert mentions("A quiet note.", "") == ()


def test_windows_line_ends_of_the_annotations_and_byte_order_marks_change_nothing() -> None:
    windows = pair("\ufeff" + TEXT, "\ufeff" + NOTES.replace("\n", "\r\n"))
    assert read(brat(), *windows) == read(brat(), *pair(TEXT, NOTES))


def test_line_ends_of_the_text_are_counted_as_they_are() -> None:
    assert mentions("ten\r\nyears", "T1\tD 5 10\tyears\n") == (Mention("T1", "D", ((5, 10),)),)


@pytest.mark.parametrize("gap", ["", "\n", "\n\n", "\r\n", "  \n "])
def test_fragments_that_only_white_space_separates_are_one(gap: str) -> None:
    start, end = 3 + len(gap), 8 + len(gap)
    assert mentions(f"ten{gap}years", f"T1\tD 0 3;{start} {end}\tten years\n") == (Mention("T1", "D", ((0, end),)),)


@pytest.mark.parametrize("blank", ["\n", "\t", "\xa0", "\u2028", "\u3000"])
def test_white_space_of_any_kind_inside_a_mention_matches_its_words(blank: str) -> None:
    assert mentions(f"10{blank}mg", "T1\tD 0 5\t10 mg\n") == (Mention("T1", "D", ((0, 5),)),)
    if blank != "\n":
        assert mentions(f"10{blank}mg", f"T1\tD 0 5\t10{blank}mg\n") == (Mention("T1", "D", ((0, 5),)),)


def test_fragments_are_put_in_text_order() -> None:
    assert mentions("left and right arm", "T1\tD 15 18;0 4\tleft arm\n") == (Mention("T1", "D", ((0, 4), (15, 18))),)


def test_documents_come_in_the_order_of_their_names() -> None:
    files = [one for name in "dbeacf" for one in pair("x", "", name)]
    assert [document.id for document in read(brat(), *files)] == list("abcdef")


def test_the_id_is_as_many_parts_of_the_path_as_the_corpus_needs() -> None:
    files = [*pair("a", "", "train/mimic/0001"), *pair("b", "", "train/uw/0001")]
    assert [document.id for document in read(brat(id_parts=2), *files)] == ["mimic/0001", "uw/0001"]
    assert [document.id for document in read(brat(), *files)] == ["0001", "0001"]


@pytest.mark.parametrize("end", ["txt", "ann"])
def test_a_file_without_its_partner_is_refused(end: str) -> None:
    files = [one for one in pair("a", "") if not one.name.endswith(end)]
    with pytest.raises(UserError, match=rf"^note\.{end} is missing"):
        read(brat(), *files)


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ("T1\tTobacco 0 7", "2 tab-separated parts"),
        ("T1\tTobacco 0\tTobacco", "expected 'type start end'"),
        ("T1\tTobacco 0 ²\tTobacco", "expected 'type start end'"),
        ("T1\tTobacco 0 6\tTobacco", "slice to 'Tobacc'"),
        ("T1\tTobacco 0 0\t", "the mention at 0–0 has no words"),
        ("T1\tDisease 45 51;64 70\tBreast tumour", "give 'Breast cancer'"),
        ("T1\tDisease 45 51;64 99\tBreast cancer.\n", "45–51, 64–99: one is empty or outside the text's 72"),
        ("E1\tTobacco:T9", "'Tobacco:T9' refers to no mention"),
        ("E1\t ", "expected 'type:trigger role:mention"),
        ("E1", "1 tab-separated parts"),
        ("R1\tOf Arg1:T1", "expected 'type Arg1:T1 Arg2:T2'"),
        ("R1\t", "expected 'type Arg1:T1 Arg2:T2'"),
        ("R1\tOf Arg1:T8 Arg2:T9", "'Arg1:T8' refers to no mention"),
        ("A1\tNegation", "expected 'attribute mention value'"),
        ("A1\tCertainty T1 very sure", "expected 'attribute mention value'"),
        ("M1\tSpeculation E9", "'E9' is no mention or event"),
        ("N1\tReference T1", "expected 'Reference mention id'"),
        ("N1\tReference T9 Entrez:5742\tPTGS1", "'T9' is no mention or event"),
        ("Q1\tWhat T1", "expected a T, R, E, A, M, N, * or # line"),
    ],
)
def test_a_fault_is_named_with_file_and_line(notes: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^note\.ann, line 2: ") as error:
        read(brat(), *pair(TEXT, f"#1\tAnnotatorNotes T1\tnone\n{notes}\n"))
    assert message in error.value.message


SENTENCE = "Aspirin inhibits COX-1 and COX-2. It may cause bleeding."
ASPIRIN = """\
T1\tDrug 0 7\tAspirin
T2\tInhibition 8 16\tinhibits
T3\tGene 17 22\tCOX-1
T4\tGene 27 32\tCOX-2
T5\tADE 47 55\tbleeding
"""


def aspirin(more: str, reader: Reader | None = None) -> tuple[Document, Ledger]:
    """The sentence with its mentions and more lines, and what was counted."""
    ledger = Ledger()
    [document] = read(reader or brat(), *pair(SENTENCE, ASPIRIN + more), ledger=ledger)
    assert isinstance(document, Document)
    assert len(document.mentions) == 5
    return document, ledger


def dropped(ledger: Ledger) -> dict[str, int]:
    return {entry.reason: count for entry, count in ledger.counts.items()}


def test_normalisations_are_concepts() -> None:
    notes = "N1\tReference T3 Entrez:5742\tPTGS1\nN2\tReference T3 UniProt:P23219\nN3\tReference T3 Entrez:5742\tCOX1\n"
    document, ledger = aspirin(notes)
    assert {mention.id: mention.concepts for mention in document.mentions if mention.concepts} == {
        "T3": ("Entrez:5742", "UniProt:P23219")
    }
    assert not ledger.counts
    aspirin("E1\tInhibition:T2 Theme:T3\nN1\tReference E1 GO:0016310\tx\n")


def test_equivalences_are_counted() -> None:
    assert dropped(aspirin("*\tEquiv T3 T4\n")[1]) == {"equivalence of mentions": 1}


@pytest.mark.parametrize(
    "line", ["M1\tSpeculation E1", "A1\tNegation E1", "A1\tConfidence E1 L2", "A1\tHistoric T1", "A1\tRoute T1 oral"]
)
def test_attributes_that_are_no_arguments_value_are_counted(line: str) -> None:
    document, ledger = aspirin(f"E1\tInhibition:T2 Theme:T3\n{line}\n")
    assert document.events == (Event("E1", "Inhibition", "T2", (Argument("Theme", "T3"),)),)
    assert dropped(ledger) == {"attribute that no question asks for": 1}


def test_a_binary_attributes_value_is_its_name() -> None:
    document, ledger = aspirin("E1\tInhibition:T2 Theme:T3\nA1\tMutated T3\n")
    assert document.events[0].arguments == (Argument("Theme", "T3", "Mutated"),)
    assert not ledger.counts


@pytest.mark.parametrize("certainty", ["current", "sure"])
def test_of_several_attributes_the_one_by_name_is_the_value(certainty: str) -> None:
    lines = "E1\tTobacco:T1 Status:T2\nA1\tStatusTimeVal T2 past\n"
    for more in (f"A2\tCertainty T2 {certainty}\n", ""):
        ledger = Ledger()
        named = read(brat(value="{type}Val"), *pair(TEXT, NOTES.partition("#1")[0] + lines + more), ledger=ledger)
        assert isinstance(named[0], Document)
        assert named[0].events[0].arguments == (Argument("Status", "T2", "past"),)
        assert dropped(ledger) == ({"attribute that no question asks for": 1} if more else {})
    [unnamed] = read_documents(brat(), *pair(TEXT, f"{NOTES.partition('#1')[0]}{lines}A2\tCertainty T2 {certainty}\n"))
    assert unnamed.events[0].arguments == (Argument("Status", "T2", None),)


def test_an_attribute_that_is_stated_again_replaces_the_first_and_is_counted() -> None:
    document, ledger = aspirin("E1\tInhibition:T2 Theme:T3\nA1\tKind T3 a\nA2\tKind T3 b\n")
    assert document.events[0].arguments == (Argument("Theme", "T3", "b"),)
    assert dropped(ledger) == {"attribute stated again": 1}


def test_an_event_that_is_an_argument_stands_for_its_trigger() -> None:
    document, _ = aspirin(
        "E2\tRegulation:T2 Cause:E1 Theme:T4\nE1\tInhibition:T2 Theme:T3\nR1\tCause Arg1:E1 Arg2:T5\n"
    )
    assert document.events[0] == Event("E2", "Regulation", "T2", (Argument("Cause", "T2"), Argument("Theme", "T4")))
    assert document.relations == (Relation("Cause", "T2", "T5"),)


def test_a_mention_that_is_stated_twice_is_refused_at_its_second_line() -> None:
    with pytest.raises(UserError, match=r"^note\.ann, line 6: there are two mentions 'T1'"):
        aspirin("T1\tGene 27 32\tCOX-2\n")


def test_fragments_in_the_order_of_their_words_keep_it() -> None:
    text = "glucose was 7.9 or 8.0 mmol/l"
    assert mentions(text, "T1\tDose 23 29;12 15\tmmol/l 7.9\n") == (Mention("T1", "Dose", ((23, 29), (12, 15))),)
    assert surface(text, ((23, 29), (12, 15))) == "mmol/l 7.9"
    assert mentions(text, "T1\tDose 23 29;12 15\t7.9 mmol/l\n") == (Mention("T1", "Dose", ((12, 15), (23, 29))),)


GIVEN, FOUND = (
    "T1\tProtein 17 22\tCOX-1\nT2\tProtein 27 32\tCOX-2\n",
    "T3\tNegative_regulation 8 16\tinhibits\n*\tEquiv T1 T2\nE1\tNegative_regulation:T3 Theme:T1\nM1\tSpeculation E1\n",
)


def test_bionlp_shared_tasks_state_given_and_found_in_two_files() -> None:
    reader = brat(annotations=(".a1", ".a2"))
    files = [file(SENTENCE, "PMID-1.txt"), file(GIVEN, "PMID-1.a1"), file(FOUND, "PMID-1.a2")]
    [document] = read_documents(reader, *files)
    assert [mention.id for mention in document.mentions] == ["T3", "T1", "T2"]
    assert document.events == (Event("E1", "Negative_regulation", "T3", (Argument("Theme", "T1"),)),)
    with pytest.raises(UserError, match=r"^PMID-1\.a2 is missing: a document needs a \.txt file and a \.a1 file and a"):
        read(reader, *files[:2])
    with pytest.raises(UserError, match=r"^PMID-1\.a2, line 1: 'Theme:T9' refers to no mention"):
        read(reader, *files[:2], file("E1\tNegative_regulation:T1 Theme:T9\n", "PMID-1.a2"))
    with pytest.raises(UserError, match=r"^PMID-1\.a2, line 1: offsets 0–3 slice to 'Asp'"):
        read(reader, *files[:2], file("T3\tX 0 3\tinh\n", "PMID-1.a2"))


DRUGS = "T1\tDrug 0 7\tTobacco\nT2\tAmount 28 33\t1 ppd\nT3\tDrug 35 43\t2 cigars\nR1\tAmount-Drug Arg1:T2 Arg2:T1\n"


def test_relations_to_a_trigger_are_the_arguments_of_an_event() -> None:
    [document] = read_documents(brat(trigger="Drug"), *pair(TEXT, DRUGS))
    assert document.events == (
        Event("T1", "Drug", "T1", (Argument("Amount", "T2"),)),
        Event("T3", "Drug", "T3", ()),
    )
    assert document.relations == (Relation("Amount-Drug", "T2", "T1"),)


def test_a_relation_to_no_trigger_is_refused() -> None:
    turned = DRUGS.replace("Arg1:T2 Arg2:T1", "Arg1:T1 Arg2:T2")
    with pytest.raises(UserError, match=r"^note\.ann, line 4: Arg2 of Amount-Drug is 'T2', which is not a Drug"):
        read(brat(trigger="Drug"), *pair(TEXT, turned))


@pytest.mark.parametrize("odd", ["T1\tTobacco 0 7\tTobacco\t", "T1 Tobacco 0 7 Tobacco", "T1\tTobacco\t0 7\tTobacco"])
def test_odd_tabs_may_be_mended(odd: str) -> None:
    ledger = Ledger()
    [document] = read(brat(), *pair(TEXT, odd), rules=["odd-tabs"], ledger=ledger)
    assert isinstance(document, Document)
    assert document.mentions == (Mention("T1", "Tobacco", ((0, 7),)),)
    assert ledger.counts == {Entry("read", "mended", "odd-tabs"): 1}
    with pytest.raises(UserError, match=r"^note\.ann, line 1: "):
        read(brat(), *pair(TEXT, odd))


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, list[tuple[Span, ...]]]:
    """A text with line ends, and the fragments of its mentions; white space alone is no mention."""
    text = draw(st.text(PRINTABLE | st.sampled_from("\n \xa0"), max_size=30))
    places = spans_of(text).map(tuple).filter(lambda spans: surface(text, spans))
    return text, draw(st.lists(places, max_size=4)) if text.strip() else []


def as_brat_writes(text: str, spans: tuple[Span, ...]) -> str:
    """The fragments with one blank between them, line ends as blanks."""
    offsets = ";".join(f"{start} {end}" for start, end in spans)
    words = " ".join(text[start:end] for start, end in spans).replace("\n", " ")
    return f"{offsets}\t{words}"


@given(annotated())
def test_any_mentions_are_read_as_they_were_written(written: tuple[str, list[tuple[Span, ...]]]) -> None:
    text, places = written
    lines = [f"T{number}\tD {as_brat_writes(text, spans)}\n" for number, spans in enumerate(places, 1)]
    [document] = read_documents(brat(), *pair(text, "".join(lines)))
    assert document.text == text
    found = {mention.id: mention.spans for mention in document.mentions}
    assert found.keys() == {f"T{number}" for number in range(1, len(places) + 1)}
    for number, spans in enumerate(places, 1):
        assert letters(text, found[f"T{number}"]) == letters(text, spans)
        assert len(spans) > 1 or found[f"T{number}"] == spans


def letters(text: str, spans: tuple[Span, ...]) -> set[int]:
    """The places of the characters that spans mark, but white space: what merging fragments must not change."""
    return {place for start, end in spans for place in range(start, end) if not text[place].isspace()}


@given(damaged(NOTES).map(lambda content: file(content, "note.ann")))
def test_damaged_annotations_are_read_or_refused(notes: File) -> None:
    assert_reads_or_refuses(brat(), file(TEXT, "note.txt"), notes)


@given(damaged(DRUGS).map(lambda content: file(content, "note.ann")))
def test_damaged_relations_to_triggers_are_read_or_refused(notes: File) -> None:
    assert_reads_or_refuses(brat(trigger="Drug"), file(TEXT, "note.txt"), notes)


@given(damaged(TEXT).map(lambda content: file(content, "note.txt")))
def test_a_damaged_text_is_read_or_refused(text: File) -> None:
    assert_reads_or_refuses(brat(), text, file(NOTES, "note.ann"))


def test_every_truncation_is_read_or_refused() -> None:
    content = NOTES.encode()
    for length in range(len(content)):
        assert_reads_or_refuses(brat(), file(TEXT, "note.txt"), file(content[:length], "note.ann"))


def test_the_ends_of_a_relation_are_named_not_ordered() -> None:
    document, _ = aspirin("R1\tBlocks Arg2:T3 Arg1:T1\nR2\tBlocks Drug:T1 Gene:T4\n")
    assert document.relations == (Relation("Blocks", "T1", "T3"), Relation("Blocks", "T1", "T4"))
    with pytest.raises(UserError, match="both ends of Blocks are 'Arg1'"):
        aspirin("R1\tBlocks Arg1:T1 Arg1:T3\n")


def test_an_attribute_is_the_value_where_relations_state_arguments_too() -> None:
    document, ledger = aspirin("R1\tGene-Drug Arg2:T1 Arg1:T3\nA1\tMutated T3\n", brat(trigger="Drug"))
    assert document.events == (Event("T1", "Drug", "T1", (Argument("Gene", "T3", "Mutated"),)),)
    assert not ledger.counts


LOST = """\
T6\tDrug 0 7\tnowhere
R1\tBlocks Arg1:T6 Arg2:T3
R2\tBlocks Arg1:T1 Arg2:T3
E1\tDrug:T6 Theme:T3
E2\tInhibition:T2 Theme:T6 Cause:T1
A1\tNegation T6
N1\tReference T6 X:1\tx
"""


def test_what_refers_to_a_dropped_mention_is_counted_and_dropped() -> None:
    ledger = Ledger()
    files = pair(SENTENCE, ASPIRIN + LOST)
    [document] = read(brat(), *files, rules=["unlocated"], ledger=ledger)
    assert isinstance(document, Document)
    assert document.relations == (Relation("Blocks", "T1", "T3"),)
    assert document.events == (Event("E2", "Inhibition", "T2", (Argument("Cause", "T1"),)),)
    assert dropped(ledger) == {"unlocated": 1, "annotation of a mention that was dropped": 5}


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ("E1\tInhibition:T2\nE1\tInhibition:T2 Theme:T3\n", "there are two events 'E1'"),
        ("*garbage\n", "1 tab-separated parts"),
        ("*\tEquiv T1\n", "expected 'Equiv mention mention …'"),
        ("*\tEquiv T1 T99\n", "'T99' is no mention or event"),
        ("N1\tReference T1 X:1\taspirinN2\tReference T2 X:2\tfever\n", "expected 'Reference mention id' and perhaps"),
        ("N 1\tReference T9 X:1\tx\n", "'T9' is no mention or event"),
    ],
)
def test_lines_about_mentions_that_are_not_of_their_form(notes: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        aspirin(notes)


def test_normalisations_with_the_names_of_their_roles() -> None:
    document, _ = aspirin("N1\tOntoBiotope Annotation:T3 Referent:OBT:000061\n")
    assert {mention.id: mention.concepts for mention in document.mentions if mention.concepts} == {
        "T3": ("OBT:000061",)
    }


def test_texts_and_annotations_in_folders_of_their_own() -> None:
    files = file("fever\n", "text/A.1.txt"), file("T1\tX 0 5\tfever\n", "original/A.1.ann")
    [document] = read_documents(brat(apart=True), *files)
    assert (document.id, document.mentions) == ("A.1", (Mention("T1", "X", ((0, 5),)),))
    with pytest.raises(UserError, match=r"original/A\.1\.txt is missing"):
        read_documents(brat(), *files)
