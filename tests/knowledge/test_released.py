"""What the released scripts make of corpora, in small."""

from mnlu_instruct.knowledge import released
from mnlu_instruct.types import Document, Mention


def document(*concepts: tuple[str, ...]) -> Document:
    mentions = tuple(Mention(f"T{place}", "D", ((0, 1),), ids) for place, ids in enumerate(concepts))
    return Document("1", "x", "1", "f:1", mentions=mentions)


def test_composite_mentions_are_left_out_of_training_and_dev_is_in_it() -> None:
    found = released.ncbi_training([document(("A",), ("A", "B"), ("A+B",))], [document(("C",))])
    assert [mention.concepts for _, mention in found] == [("A",), ("C",)]


def test_rows_are_doubled_if_their_term_has_no_punctuation_and_terms_in_a_row_are_left_out() -> None:
    rows = [
        ("1", "Ache", "Ache"),
        ("1", "Ache", "Ache"),
        ("1", "Ache", "hurts"),
        ("2", "Non-smoker", "never"),
        ("1", "Ache", "Ache"),
    ]
    assert released.askapatient(rows) == [row for row in rows for _ in range(1 if "-" in row[1] else 2)]
    kept = [rows[0], rows[2], rows[3], rows[4]]
    assert released.askapatient(rows, training=True) == [row for row in kept for _ in range(1 if "-" in row[1] else 2)]
