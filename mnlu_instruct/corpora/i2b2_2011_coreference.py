"""i2b2/VA 2011: which mentions of persons, problems, treatments and tests corefer, in clinical records."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_concepts import i2b2_concepts
from mnlu_instruct.sources.declaration import Candidates, Corpus

TYPES = {"person": "Person", "problem": "Problem", "treatment": "Treatment", "test": "Test"}
PRONOUN = "Pronoun"
PAIRS = {key: ((name, name), (name, PRONOUN), (PRONOUN, PRONOUN)) for key, name in TYPES.items()}
TRAINING = ("i2b2_Beth_Train_Release.tar.gz", "i2b2_Partners_Train_Release.tar.gz")
ENDS = ("txt", "con", "chains")

i2b2_2011_coreference = Corpus(
    name="i2b2-2011-coreference",
    title="i2b2 2011 coreference",
    role="train",
    domain="clinical",
    tasks=("ner", "re"),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Uzuner et al. Evaluating the state of the art in coreference resolution for electronic medical records. "
    "JAMIA 19(5), 2012.",
    splits={
        "train": tuple(f"{archive}/**/[!.]*.{end}" for archive in TRAINING for end in ENDS),
        "test": (
            "Task_1C.zip/**/[!.]*.txt",
            "Task_1C.zip/**/[!.]*.con",
            "Task_1C_Test_groundtruth.zip/**/[!.]*.chains",
        ),
    },
    read=i2b2_concepts(links=".chains"),
    entities={**TYPES, "pronoun": PRONOUN},
    relations=Candidates(
        source="ours: two mentions of one type, or one of them a pronoun, in three lines in a row; a chain relates "
        "each two of its mentions",
        scope="passage",
        reach=3,
        pairs=tuple(dict.fromkeys(pair for pairs in PAIRS.values() for pair in pairs)),
        labels={
            **{
                f"coref {key}": dict.fromkeys(pairs, f"{{1}} and {{2}} refer to the same {key}")
                for key, pairs in PAIRS.items()
            },
            "none": "{1} is not related to {2} (they do not refer to the same thing)",
        },
        negative="none",
    ),
    repairs=frozenset({"unlocated", "dangling-end", "duplicate-mention", "wrong-end", "punctuation"}),
)
