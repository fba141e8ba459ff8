"""COMETA's posts: the first place of a term, whatever its case; before the post, if it has none."""

import pytest

from mnlu_instruct.corpora.cometa import post
from mnlu_instruct.types import Document


@pytest.mark.parametrize(
    ("example", "text", "span"),
    [
        ("My Knee Ache, a knee ache", "My Knee Ache, a knee ache", (3, 12)),
        (" none here ", "knee ache\nnone here", (0, 9)),
        ("İ knee ache", "İ knee ache", (2, 11)),
    ],
)
def test_where_a_term_is(example: str, text: str, span: tuple[int, int]) -> None:
    found = post({"ID": "7", "Term": "knee ache", "General SNOMED ID": "1", "Example": example}, "f:2")
    assert isinstance(found, Document)
    assert (found.text, found.mentions[0].spans, found.mentions[0].concepts) == (text, (span,), ("1",))
