"""Lists of a split's documents: names, however they are written."""

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.lists import chosen, listed, stem
from tests.readers.helpers import file


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("11.txt", "11"),
        ("train/DrugBank/St. John's Wort.xml", "St. John's Wort"),
        ("a/b.c", "b.c"),
        ("5a01", "5a01"),
        ("St. John", "St. John"),
        ("x/1-NOTE.txt.knowtator.xml", "1-NOTE"),
        ("x/1-NOTE.pipe.txt", "1-NOTE"),
        ("PLACEBEX.1.ann", "PLACEBEX.1"),
    ],
)
def test_a_document_is_called_as_its_file_without_folder_and_ending(name: str, expected: str) -> None:
    assert stem(name) == expected


def test_names_stand_between_commas_and_line_ends() -> None:
    one, two = file("a.txt, b\n\nc,\n"), file("d")
    assert listed([one, two]) == {"a": (one, 1), "b": (one, 1), "c": (one, 3), "d": (two, 1)}


def test_without_a_list_all_files_are_chosen() -> None:
    files = [file("", "x/a.txt"), file("", "y/a.txt"), file("", "b.txt")]
    assert chosen(files) == files
    assert chosen([file("a", "l.tsv"), *files]) == files[:2]


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(UserError, match=r"^l\.tsv: a list that names no document"):
        chosen([file(" ,\n", "l.tsv"), file("", "a.txt")])
