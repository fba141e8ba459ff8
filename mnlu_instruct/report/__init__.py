"""Self-contained pages: about one run or several (scores, plots, and the answers themselves), and about a data set.

`overview.py`, `groups.py`, `testset.py` and `plots.py` say what is shown of scores;
`layout.py` and `answers.py` what is shown of answers, which `chunks.py` puts where the page's script finds them.
`page.py` makes `report.html.j2` of it all. Nothing is scored here: scores are those of the runs. `dataset.py` is the
page about a built data set; `frame.py` is what all pages are made with, those of `merging/` and `ablation/` too.
"""

from mnlu_instruct.report.page import render, write

__all__ = ["render", "write"]
