"""Self-contained pages: about one run or several (scores, plots, and the answers themselves), and about a data set.

`runs.py` reads run folders; `overview.py` and `plots.py` say what is shown of scores, `layout.py` and `answers.py` what
is shown of answers; `page.py` puts it all into `report.html.j2`. Nothing is scored here: scores are those of the runs.
`dataset.py` is the page about a data set (`mnlu_instruct.stats`); `frame.py` is what both are made with.
"""

from mnlu_instruct.report.page import export, render, write

__all__ = ["export", "render", "write"]
