"""Small synthetic corpora in the native formats of eight tasks, and the generator that wrote them.

Everything in them is invented: no patient, drug, gene or disease is real, and no text was taken from a corpus.
``python -m mnlu_instruct.demo`` writes the same bytes as the files in ``data/``.
"""
