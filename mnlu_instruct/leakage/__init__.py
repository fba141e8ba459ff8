"""Documents that training corpora share with test sets: by article, by whole text, by runs of 13 words."""
