"""Documents of one split, by a list of their ids."""

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.listed import listed
from mnlu_instruct.readers.pubtator import pubtator
from tests.readers.helpers import file, read

TEXTS = "1|t|One\n1|a|a\n\n2|t|Two\n2|a|b\n\n3|t|Three\n3|a|c\n"


def test_the_documents_of_a_list_are_read() -> None:
    found = read(listed(pubtator(), "_pmids_"), file(TEXTS, "all.txt"), file("3\n1\n", "x_pmids_dev.txt"))
    assert [one.id for one in found] == ["1", "3"]


def test_a_listed_document_that_is_missing_is_an_error_with_its_line() -> None:
    with pytest.raises(UserError, match=r"x_pmids_dev\.txt, line 2: document 9 is in none of the corpus' files"):
        read(listed(pubtator(), "_pmids_"), file(TEXTS, "all.txt"), file("1\n9\n", "x_pmids_dev.txt"))
