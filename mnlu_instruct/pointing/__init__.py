"""Named entity recognition by pointing (BARTNER: Yan et al., 2021): mentions as sequences of pointers at words."""
