"""ChemProt's three TSV files: one golden split, the round trip of any documents, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.chemprot_tsv import chemprot_tsv
from mnlu_instruct.types import Document, Mention, Passage, Relation
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

ABSTRACTS = "11\tAspirin | COX-1\tIt blocks COX-1.\n\n12\tNothing\there\n"
ENTITIES = "11\tT1\tCHEMICAL\t0\t7\tAspirin\n11\tT2\tGENE-Y\t10\t15\tCOX-1\n11\tT3\tGENE-N\t26\t31\tCOX-1\n"
RELATIONS = "11\tCPR:4\tArg1:T1\tArg2:T3\n11\tCPR:3\tArg1:T1\tArg2:T2\n"


def split(abstracts: str = ABSTRACTS, entities: str = ENTITIES, relations: str = RELATIONS) -> list[File]:
    contents = {"gold_standard": relations, "abstracts": abstracts, "entities": entities}
    return [file(content, f"dev/dev_{part}.tsv") for part, content in contents.items()]


def test_every_feature_of_the_format() -> None:
    assert read(chemprot_tsv(), *split()) == [
        Document(
            id="11",
            text="Aspirin | COX-1 It blocks COX-1.",
            group="11",
            origin="dev/dev_abstracts.tsv:1",
            passages=(Passage("title", 0, 15), Passage("abstract", 16, 32)),
            mentions=(
                Mention("T1", "CHEMICAL", ((0, 7),)),
                Mention("T2", "GENE-Y", ((10, 15),)),
                Mention("T3", "GENE-N", ((26, 31),)),
            ),
            relations=(Relation("CPR:4", "T1", "T3"), Relation("CPR:3", "T1", "T2")),
        ),
        Document(
            id="12",
            text="Nothing here",
            group="12",
            origin="dev/dev_abstracts.tsv:3",
            passages=(Passage("title", 0, 7), Passage("abstract", 8, 12)),
        ),
    ]


def test_windows_line_ends_and_byte_order_marks_change_nothing() -> None:
    windows = split(*("\ufeff" + content.replace("\n", "\r\n") for content in (ABSTRACTS, ENTITIES, RELATIONS)))
    assert read(chemprot_tsv(), *windows) == read(chemprot_tsv(), *split())


def test_the_ends_of_the_files_names_are_the_corpus_own() -> None:
    entities = split()[2]
    abstracts, relations = file(ABSTRACTS, "dev_abstracs.tsv"), file(RELATIONS, "dev_relations.tsv")
    [document, _] = read_documents(chemprot_tsv("relations.tsv", "abstracs.tsv"), abstracts, entities, relations)
    assert len(document.relations) == 2


@pytest.mark.parametrize("missing", ["abstracts.tsv", "entities.tsv", "gold_standard.tsv"])
def test_a_missing_file_is_named(missing: str) -> None:
    with pytest.raises(UserError, match=rf"No file …{missing} beside dev/dev_\w+\.tsv"):
        read(chemprot_tsv(), *(one for one in split() if not one.name.endswith(missing)))


def test_no_file_at_all_is_refused() -> None:
    with pytest.raises(UserError, match=r"No file …abstracts\.tsv"):
        read(chemprot_tsv())


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        (split(abstracts="11\ttitle\n"), "abstracts.tsv, line 1", "2 columns, expected 3"),
        (split(entities=ENTITIES + "11\tT4\tGENE\n"), "entities.tsv, line 4", "3 columns, expected 6"),
        (split(entities=ENTITIES + "11\tT4\tGENE\t²\t9\tx\n"), "entities.tsv, line 4", "not numbers"),
        (split(entities=ENTITIES + "11\tT4\tGENE\t9\t-1\tx\n"), "entities.tsv, line 4", "not numbers"),
        (split(entities=ENTITIES + "11\tT4\tGENE\t0\t8\tAspirin\n"), "entities.tsv, line 4", "slice to 'Aspirin '"),
        (split(entities=ENTITIES + "13\tT1\tGENE\t0\t1\tx\n"), "entities.tsv, line 4", "document 13 is not in"),
        (split(relations="11\tCPR:4\tArg1:T1\n"), "gold_standard.tsv, line 1", "3 columns, expected 4"),
        (split(relations="11\tCPR:4\tArg1:T1\tArg2:T9\n"), "gold_standard.tsv, line 1", "'T9' is not a mention"),
        (split(relations="11\tCPR:4\tT1\tArg2:T2\n"), "gold_standard.tsv, line 1", "'T1' is not a mention"),
        (split(relations="13\tCPR:4\tArg1:T1\tArg2:T2\n"), "gold_standard.tsv, line 1", "document 13 is not in"),
    ],
)
def test_a_fault_is_named_with_file_and_line(files: list[File], place: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(chemprot_tsv(), *files)
    assert error.value.message.startswith(f"dev/dev_{place}: ")
    assert message in error.value.message


@st.composite
def documents(draw: st.DrawFn, name: str) -> Document:
    title, abstract = draw(st.text(PRINTABLE)), draw(st.text(PRINTABLE))
    text = f"{title} {abstract}"
    spans = draw(spans_of(text))
    ids = [f"T{number}" for number in range(1, len(spans) + 1)]
    relation = st.builds(Relation, NAMES, st.sampled_from(ids or [""]), st.sampled_from(ids or [""]))
    return Document(
        id=name,
        text=text,
        group="",
        origin="",
        passages=(Passage("title", 0, len(title)), Passage("abstract", len(title) + 1, len(text))),
        mentions=tuple(Mention(mention, draw(NAMES), (span,)) for mention, span in zip(ids, spans, strict=True)),
        relations=tuple(draw(st.lists(relation, max_size=3))) if ids else (),
    )


def write(documents: list[Document]) -> list[File]:
    abstracts, entities, relations = "", "", ""
    for document in documents:
        title, abstract = (document.text[passage.start : passage.end] for passage in document.passages)
        abstracts += f"{document.id}\t{title}\t{abstract}\n"
        for mention in document.mentions:
            [(start, end)] = mention.spans
            entities += f"{document.id}\t{mention.id}\t{mention.type}\t{start}\t{end}\t{document.text[start:end]}\n"
        for found in document.relations:
            relations += f"{document.id}\t{found.type}\tArg1:{found.head}\tArg2:{found.tail}\n"
    return split(abstracts, entities, relations)


@given(st.tuples(documents("1"), documents("2")).map(list))
def test_any_documents_are_read_as_they_were_written(written: list[Document]) -> None:
    found = read_documents(chemprot_tsv(), *write(written))
    assert [(d.id, d.text, d.passages, d.mentions, d.relations) for d in found] == [
        (d.id, d.text, d.passages, d.mentions, d.relations) for d in written
    ]


@given(st.data(), st.integers(0, 2))
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, which: int) -> None:
    contents = [ABSTRACTS, ENTITIES, RELATIONS]
    parts = ["abstracts.tsv", "entities.tsv", "gold_standard.tsv"]
    files = [file(content, part) for content, part in zip(contents, parts, strict=True)]
    files[which] = file(data.draw(damaged(contents[which])), parts[which])
    assert_reads_or_refuses(chemprot_tsv(), *files)
