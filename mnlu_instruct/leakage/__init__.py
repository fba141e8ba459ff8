"""Train–test overlap (leakage, contamination) by article id, whole text, and 13-word runs; duplicate documents."""
