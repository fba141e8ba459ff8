"""Preflight: checks of all rows that the trainer prepared, before the first step."""
