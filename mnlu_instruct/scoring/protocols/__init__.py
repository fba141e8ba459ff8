"""Published protocols for relations of whole texts, one paper a file: how others counted, to face their numbers.

Each is reimplemented from what the paper says and from the behaviour of the code released with it; none of that code is
here. `modes.py` registers them.
"""
