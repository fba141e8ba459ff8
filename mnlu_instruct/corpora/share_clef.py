"""ShARe/CLEF eHealth 2013, task 1: disorders in clinical reports; a test set of BLUE."""

from mnlu_instruct.readers.share_pipe import share_pipe
from mnlu_instruct.sources.declaration import Agreement, Corpus, Counts

share_clef = Corpus(
    name="share-clef",
    title="ShARe/CLEF eHealth 2013",
    role="eval",
    domain="clinical",
    tasks=("ner",),
    source=Agreement(
        "https://physionet.org/content/shareclefehealth2013/", "the data use agreement for credentialed users"
    ),
    licence="PhysioNet Credentialed Health Data License",
    cite="Suominen et al. Overview of the ShARe/CLEF eHealth evaluation lab 2013. CLEF 2013.",
    splits={"test": ("Task1TestSetCorpus100.zip/ALLREPORTS/*.txt", "Task1Gold_SN2012.tar.bz2/Gold_SN2012/*.txt")},
    read=share_pipe(reports="ALLREPORTS"),
    entities={"Disease_Disorder": "Disease or disorder"},
    repairs=frozenset({"unannotated"}),
    published={"test": Counts(mentions=5_195)},
    differs="BLUE counts 5,195 mentions after tokenising, which joins some of those that overlap or are discontinuous.",
)
