"""Parallel files of texts and summaries: lines that belong together, files that don't, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.parallel import parallel
from mnlu_instruct.types import Summary
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read

SOURCE = 'A long "text".\nAnother\ttext,\u2028 longer.\n'
TARGET = "Short.\nShorter."
NAMES = "10.1/A.1\n10.1/A.2\n"


def split(source: str | bytes = SOURCE, target: str | bytes = TARGET, names: str | bytes = NAMES) -> list[File]:
    contents = {"doi": names, "target": target, "source": source}
    return [file(content, f"train.{end}") for end, content in contents.items()]


def test_every_feature_of_the_format() -> None:
    assert read(parallel(), *split()) == [
        Summary("10.1/A.1", 'A long "text".', "Short.", "10.1/A.1", "train.source:1"),
        Summary("10.1/A.2", "Another\ttext,\u2028 longer.", "Shorter.", "10.1/A.2", "train.source:2"),
    ]


def test_windows_line_ends_and_byte_order_marks_change_nothing() -> None:
    windows = split(*("\ufeff" + content.replace("\n", "\r\n") for content in (SOURCE, TARGET, NAMES)))
    assert read(parallel(), *windows) == read(parallel(), *split())


@pytest.mark.parametrize("end", [".source", ".target", ".doi"])
def test_a_missing_file_is_named(end: str) -> None:
    with pytest.raises(UserError, match=rf"No file …\{end} beside train\.\w+"):
        read(parallel(), *(one for one in split() if not one.name.endswith(end)))


def test_no_file_at_all_is_refused() -> None:
    with pytest.raises(UserError, match=r"No file …\.source beside the others"):
        read(parallel())


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (split(source="a\n\n"), "train.source, line 2"),
        (split(target="a\n \n"), "train.target, line 2"),
        (split(names="a\n"), "train.doi"),
        (split(names=NAMES + "10.1/A.3\n"), "train.source"),
        (split(target=TARGET + "\nMore.\n"), "train.source"),
    ],
)
def test_lines_that_are_missing_are_named_with_their_file(files: list[File], place: str) -> None:
    with pytest.raises(UserError, match=rf"^{place}: an empty or missing line"):
        read(parallel(), *files)


CELLS = st.text(PRINTABLE, min_size=1).filter(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS.map(str.strip)), max_size=4))
def test_any_lines_are_read_as_they_were_written(written: list[tuple[str, str, str]]) -> None:
    columns = ["".join(f"{row[column]}\n" for row in written) for column in range(3)]
    found = read(parallel(), *split(*columns))
    assert [(one.text, one.summary, one.id) for one in found if isinstance(one, Summary)] == written


@given(st.data(), st.integers(0, 2))
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, which: int) -> None:
    contents: list[str | bytes] = [SOURCE, TARGET, NAMES]
    contents[which] = data.draw(damaged((SOURCE, TARGET, NAMES)[which]))
    assert_reads_or_refuses(parallel(), *split(*contents))
