"""Self-contained HTML pages: the evaluation report of one run or several (scores, plots, answers), and data set pages.

`overview.py`, `groups.py`, `testset.py` and `plots.py` prepare the scores; `layout.py` and `answers.py` prepare the
answers, which `chunks.py` writes where the page's script finds them. `page.py` renders `report.html.j2` with all this.
Nothing is scored here: scores are those of the runs. `dataset.py` renders the page of a built data set; `frame.py` is
what all pages use, those of `merging/` and `ablation/` too.
"""

from mnlu_instruct.report.page import render, write

__all__ = ["render", "write"]
