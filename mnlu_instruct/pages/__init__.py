"""Pages of docs/ that `make docs` writes from the registered corpora and their files."""
