"""Offsets as files state them."""

MOST_DIGITS = 9
"""No text is as long as ten digits can say; Python itself refuses to read some thousands of them."""


def are_offsets(*cells: str) -> bool:
    """Whether each cell is a number that can be a place in a text."""
    return all(cell.isdecimal() and len(cell) <= MOST_DIGITS for cell in cells)
