"""How right answers are: from answers as read to scores with intervals.

Each kind of answer has a file that measures it: what every answer contributes becomes one row of numbers, and each
metric is a function of the rows' sum (`statistics.py`). Scoring sees answers as read, never a model's words.
"""
