"""Checks of the offsets that files state."""

MOST_DIGITS = 9
"""No text is long enough for ten digits, and Python refuses to parse numbers of thousands of digits."""


def are_offsets(*cells: str) -> bool:
    """Whether each cell is a number that can be an offset in a text."""
    return all(cell.isdecimal() and len(cell) <= MOST_DIGITS for cell in cells)
