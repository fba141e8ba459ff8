"""What is registered: corpora listed, checked and fetched; suites of test sets."""
