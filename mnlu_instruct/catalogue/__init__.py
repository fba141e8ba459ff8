"""The registered corpora (listed, checked, downloaded) and the benchmark suites."""
