"""The portal of all i2b2 and n2c2 corpora, with one agreement for them."""

from mnlu_instruct.sources.declaration import Agreement

PORTAL = Agreement("https://portal.dbmi.hms.harvard.edu/projects/n2c2-nlp", "the n2c2 data use agreement")
