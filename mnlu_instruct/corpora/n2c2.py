"""The portal of all i2b2 and n2c2 corpora, which share one data use agreement."""

from mnlu_instruct.sources.declaration import Agreement

PORTAL = Agreement("https://portal.dbmi.hms.harvard.edu/projects/n2c2-nlp", "the n2c2 data use agreement")
