"""Scoring: from parsed answers to metrics with confidence intervals.

Each kind of answer has a module that measures it: every answer becomes a row of numbers, and each metric is a function
of the rows' sum (`statistics.py`). Scoring sees parsed answers; only `reference.py` sees a model's raw output.
"""
