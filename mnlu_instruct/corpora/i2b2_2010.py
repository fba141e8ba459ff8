"""i2b2/VA 2010: relations of medical problems, tests and treatments in clinical records; a test set of BLUE."""

from mnlu_instruct.corpora.n2c2 import PORTAL
from mnlu_instruct.readers.i2b2_concepts import i2b2_concepts
from mnlu_instruct.sources.declaration import Candidates, Corpus, Counts

PROBLEM, TEST, TREATMENT = "Problem", "Test", "Treatment"
TRAINING, TEXTS, GOLD = (
    "concept_assertion_relation_training_data.tar.gz/**/[!.]*.{}",
    "test_data.tar.gz/**/[!.]*.{}",
    "reference_standard_for_test_data.tar.gz/**/[!.]*.{}",
)

i2b2_2010 = Corpus(
    name="i2b2-2010",
    title="i2b2 2010 relations",
    role="eval",
    domain="clinical",
    tasks=("re",),
    source=PORTAL,
    licence="n2c2 data use agreement",
    cite="Uzuner et al. 2010 i2b2/VA challenge on concepts, assertions, and relations in clinical text. JAMIA 18(5), "
    "2011.",
    splits={
        "train": tuple(map(TRAINING.format, ("txt", "con", "rel"))),
        "test": (TEXTS.format("txt"), GOLD.format("con"), GOLD.format("rel")),
    },
    read=i2b2_concepts(links=".rel"),
    entities={"problem": PROBLEM, "test": TEST, "treatment": TREATMENT},
    relations=Candidates(
        source="BLUE (Peng et al., 2019): every two concepts of one line, of any types; two problems in text order, "
        "whichever indicates the other",
        scope="passage",
        pairs=(
            (TREATMENT, PROBLEM),
            (TEST, PROBLEM),
            (PROBLEM, PROBLEM),
            (TREATMENT, TREATMENT),
            (TREATMENT, TEST),
            (TEST, TEST),
        ),
        labels={
            "TrIP": "{1} improves {2}",
            "TrWP": "{1} worsens {2}",
            "TrCP": "{1} causes {2}",
            "TrAP": "{1} is administered for {2}",
            "TrNAP": "{1} is not administered because of {2}",
            "TeRP": "{1} reveals {2}",
            "TeCP": "{1} is conducted to investigate {2}",
            "PIP": "{1} indicates {2}, or {2} indicates {1}",
            "none": "{1} is not related to {2}",
        },
        negative="none",
    ),
    repairs=frozenset({"unannotated", "duplicate-mention", "wrong-end", "punctuation"}),
    published={"train": Counts(documents=170), "test": Counts(documents=256, relations=6_293)},
)
