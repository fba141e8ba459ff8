"""Data sets and models, sent to a model hub."""
