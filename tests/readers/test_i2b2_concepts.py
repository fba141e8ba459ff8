"""i2b2 2010 and 2011: one golden document of each, the round trip of any concepts and chains, damage."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.i2b2_concepts import i2b2_concepts
from mnlu_instruct.types import Document, Mention, Passage, Relation
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents

TEXT = "Mrs. Roe took Aspirin for\nher headache .\nIt went away .\n"
CONCEPTS = """\
c="mrs. roe" 1:0 1:1||t="person"
c="aspirin" 1:3 1:3||t="treatment"
c="her headache" 2:0 2:1||t="problem"
c="her" 2:0 2:0||t="person"
c="it" 3:0 3:0||t="pronoun"
c="for her" 1:4 2:0||t="test"
"""
RELATIONS = 'c="aspirin" 1:3 1:3||r="TrIP"||c="her headache" 2:0 2:1\n'
CHAINS = """\
c="mrs. roe" 1:0 1:1||c="her" 2:0 2:0||t="coref person"
c="her headache" 2:0 2:1||c="it" 3:0 3:0||c="for her" 1:4 2:0||t="coref problem"
"""
RELATED, CHAINED = i2b2_concepts(".rel"), i2b2_concepts(".chains")


def files(concepts: str = CONCEPTS, relations: str = RELATIONS, text: str = TEXT) -> list[File]:
    return [file(text, "txt/1.txt"), file(concepts, "con/1.con"), file(relations, "rel/1.rel")]


def chained(chains: str) -> list[File]:
    return [file(TEXT, "docs/1.txt"), file(CONCEPTS, "con/1.txt.con"), file(chains, "chains/1.txt.chains")]


def test_concepts_are_named_by_their_addresses() -> None:
    assert read(RELATED, *files()) == [
        Document(
            id="1",
            text=TEXT,
            group="1",
            origin="txt/1.txt:1",
            passages=(Passage("line", 0, 25), Passage("line", 26, 40), Passage("line", 41, 55)),
            mentions=(
                Mention("1:0-1:1", "person", ((0, 8),)),
                Mention("1:3-1:3", "treatment", ((14, 21),)),
                Mention("2:0-2:1", "problem", ((26, 38),)),
                Mention("2:0-2:0", "person", ((26, 29),)),
                Mention("3:0-3:0", "pronoun", ((41, 43),)),
                Mention("1:4-2:0", "test", ((22, 29),)),
            ),
            relations=(Relation("TrIP", "1:3-1:3", "2:0-2:1"),),
        )
    ]


def test_a_chain_relates_each_two_of_its_mentions() -> None:
    [document] = read_documents(CHAINED, *chained(CHAINS))
    assert document.relations == (
        Relation("coref person", "1:0-1:1", "2:0-2:0"),
        Relation("coref problem", "2:0-2:1", "3:0-3:0"),
        Relation("coref problem", "2:0-2:1", "1:4-2:0"),
        Relation("coref problem", "3:0-3:0", "1:4-2:0"),
    )


def test_windows_line_ends_and_byte_order_marks_change_no_mention() -> None:
    windows = files(*("\ufeff" + content.replace("\n", "\r\n") for content in (CONCEPTS, RELATIONS, TEXT)))
    [one], [other] = read_documents(RELATED, *windows), read_documents(RELATED, *files())
    assert one.relations == other.relations
    for mention, same in zip(one.mentions, other.mentions, strict=True):
        assert (mention.id, mention.type) == (same.id, same.type)
        assert one.text[slice(*mention.spans[0])].split() == other.text[slice(*same.spans[0])].split()


def test_one_place_may_have_two_types() -> None:
    [document] = read_documents(RELATED, *files(CONCEPTS + 'c="it" 3:0 3:0||t="problem"\n'))
    assert document.mentions[-1] == Mention("3:0-3:0:problem", "problem", ((41, 43),))


def test_what_the_rules_of_a_corpus_drop_is_counted() -> None:
    concepts = CONCEPTS + 'c="it" 3:0 3:0||t="pronoun"\nc="gone" 3:1 3:1||t="test"\nc="gone" 8:1 8:1||t="test"\n'
    chains = CHAINS + 'c="gone" 3:1 3:1||c="it" 3:0 3:0||c="her" 2:0 2:0||t="coref test"\n'
    ledger = Ledger()
    found = [file(TEXT, "1.txt"), file(concepts, "1.con"), file(chains, "1.chains")]
    [document] = read(CHAINED, *found, rules=("duplicate-mention", "unlocated", "dangling-end"), ledger=ledger)
    assert isinstance(document, Document)
    assert len(document.mentions) == 6
    assert document.relations[-1] == Relation("coref test", "3:0-3:0", "2:0-2:0")
    assert ledger.counts == {
        Entry("read", "dropped", "duplicate-mention"): 1,
        Entry("read", "dropped", "unlocated"): 2,
        Entry("read", "dropped", "dangling-end"): 1,
    }


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (files(concepts=CONCEPTS + 'c="it" 3:0 3:0||t="pronoun"'), "con/1.con, line 7", "pronoun 'it' is stated twice"),
        (files(concepts='c="it" 3:0 3:0'), "con/1.con, line 1", 'expected c="words"'),
        (files(concepts='c="it"||t="x"'), "con/1.con, line 1", 'expected c="words"'),
        (files(concepts='t="x"||c="it" 3:0 3:0'), "con/1.con, line 1", 'expected c="words"'),
        (files(concepts='c="it" 3:9 3:9||t="x"'), "con/1.con, line 1", "3:9-3:9 is not in the text"),
        (files(concepts='c="he" 3:0 3:0||t="x"'), "con/1.con, line 1", "slice to 'it', expected 'he'"),
        (files(relations='c="it" 3:0 3:0||r="x"'), "rel/1.rel, line 1", "expected two or more concepts"),
        (files(relations=RELATIONS.replace('||r="TrIP"', "")), "rel/1.rel, line 1", "expected two or more concepts"),
        (files(relations=RELATIONS.replace("||r", '||x="y"||r')), "rel/1.rel, line 1", "expected two or more concepts"),
        (files(relations=RELATIONS.replace("1:3 1:3", "1:2 1:2")), "rel/1.rel, line 1", "'aspirin' at 1:2-1:2 is no"),
        (files(relations=RELATIONS.replace(" 1:3 1:3", "")), "rel/1.rel, line 1", "'aspirin' at no address is not a"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: list[File], place: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(RELATED, *content)
    assert error.value.message.startswith(f"{place}: ")
    assert message in error.value.message


WORDS = st.text("Aa1.,'é", min_size=1, max_size=5)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=4), st.data())
def test_any_concepts_and_chains_are_read_as_they_were_written(lines: list[list[str]], data: st.DataObject) -> None:
    text = "\n".join(" ".join(line) for line in lines)
    tokens = [(number, place) for number, line in enumerate(lines, 1) for place in range(len(line))]
    ends = st.tuples(st.sampled_from(tokens), st.sampled_from(tokens)).map(sorted).map(tuple)
    places = data.draw(st.lists(ends, unique=True, max_size=4))
    quoted = []
    for (line, first), (last_line, last) in places:
        words = [lines[n - 1][t] for n, t in tokens if (line, first) <= (n, t) <= (last_line, last)]
        quoted.append(f'c="{" ".join(words).lower()}" {line}:{first} {last_line}:{last}')
    concepts = "".join(f'{one}||t="x"\n' for one in quoted)
    chains = "||".join([*quoted, 't="coref"']) if len(quoted) > 1 else ""
    content = [file(text, "1.txt"), file(concepts, "1.con"), file(chains, "1.chains")]
    [document] = read_documents(CHAINED, *content)
    names = [f"{line}:{first}-{last_line}:{last}" for (line, first), (last_line, last) in places]
    assert [mention.id for mention in document.mentions] == names
    assert document.relations == tuple(Relation("coref", head, tail) for head, tail in combinations(names, 2))
    for mention, words in zip(document.mentions, quoted, strict=True):
        assert " ".join(text[slice(*mention.spans[0])].split()).lower() in words


@given(st.data(), st.integers(0, 2))
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, which: int) -> None:
    contents, names = [TEXT, CONCEPTS, CHAINS], ["1.txt", "1.con", "1.chains"]
    found = [file(content, name) for content, name in zip(contents, names, strict=True)]
    found[which] = file(data.draw(damaged(contents[which], delimiter="||")), names[which])
    assert_reads_or_refuses(CHAINED, *found)


def test_every_truncation_is_read_or_refused() -> None:
    for length in range(len(CONCEPTS)):
        assert_reads_or_refuses(RELATED, *files(concepts=CONCEPTS[:length]))


TWO_TYPES = 'c="a" 1:0 1:0||t="treatment"\nc="a" 1:0 1:0||t="test"\nc="b" 1:1 1:1||t="problem"\n'


@pytest.mark.parametrize("label", ["TeRP", "coref problem"])
def test_a_relation_to_a_place_with_two_types_is_dropped_and_counted(label: str) -> None:
    ledger = Ledger()
    related = f'c="a" 1:0 1:0||r="{label}"||c="b" 1:1 1:1\n'
    [document] = read(RELATED, *files(TWO_TYPES, related, "a b\n"), ledger=ledger)
    assert isinstance(document, Document)
    assert document.relations == ()
    assert {entry.reason for entry in ledger.counts} == {"end of a relation that two concepts may be"}


def test_a_chain_names_the_type_of_its_mentions() -> None:
    found = [file("a b\n", "1.txt"), file(TWO_TYPES, "1.con")]
    [document] = read_documents(CHAINED, *found, file('c="a" 1:0 1:0||c="b" 1:1 1:1||t="coref test"\n', "1.chains"))
    assert document.relations == (Relation("coref test", "1:0-1:0:test", "1:1-1:1"),)


def test_names_with_dots_are_documents_of_their_own() -> None:
    many = [
        file(content, f"{kind}/rec.{number}.{kind}")
        for number in (1, 2)
        for kind, content in (("txt", TEXT), ("con", CONCEPTS), ("rel", RELATIONS))
    ]
    assert [document.id for document in read_documents(RELATED, *many)] == ["rec.1", "rec.2"]


@pytest.mark.parametrize(
    ("concepts", "relations"),
    [
        ('c="aspirin" 1:3 1:3||t="x"|t="y"\n', ""),
        ('c="aspirin"  1:3 1:3||t="treatment"\n', ""),
        (CONCEPTS, 'c="aspirin" 1:3 1:3||r="TrIP"|c="her" 2:0 2:0||c="her headache" 2:0 2:1\n'),
        (CONCEPTS, 'c="aspirin" 1:3 1:3||r="TrIP"||c="her headache"  2:0 2:1\n'),
        (CONCEPTS, 'c="aspirin 1:3 1:3||r="TrIP"||c="her headache" 2:0 2:1\n'),
    ],
)
def test_no_field_swallows_the_next(concepts: str, relations: str) -> None:
    with pytest.raises(UserError, match="line 1: expected"):
        read(RELATED, *files(concepts, relations))


def test_a_concept_that_leaves_out_words_keeps_both_parts() -> None:
    concepts = 'c="took for" 1:2 1:4||t="test"\n'
    [document] = read(RELATED, *files(concepts, ""), rules=["gap"])
    assert isinstance(document, Document)
    assert document.mentions[0].spans == ((9, 13), (22, 25))
