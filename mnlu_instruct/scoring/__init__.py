"""Scoring: from parsed answers to metrics with confidence intervals.

Each kind of answer has a module that measures it: every answer becomes a row of numbers, and each metric is a function
of the rows' sum (`statistics.py`). Scoring sees parsed answers; only `reference.py`, `rouge_box.py` and
`protocols/study.py` see a model's raw output. `modes.py` lists the ways of counting.
"""
