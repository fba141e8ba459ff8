"""Continued pretraining of BART by text infilling: a corpus of PubMed abstracts as token ids, noise, the training."""
