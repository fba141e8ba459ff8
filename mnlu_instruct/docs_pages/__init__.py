"""Generators of the pages in docs/ that `make docs` writes from the registered corpora and their files."""
