"""Studies: models × test sets × numbers of training documents × seeds, each trained and tested on one test set."""
