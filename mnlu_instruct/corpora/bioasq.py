"""BioASQ 7b: yes/no questions with snippets of PubMed abstracts; a test set of BLURB."""

from mnlu_instruct.readers.bioasq import bioasq as read_bioasq
from mnlu_instruct.sources.declaration import Corpus, Counts, Download

TRAINING = "BioASQ-training7b.zip/BioASQ-training7b/trainining7b.json"

bioasq = Corpus(
    name="bioasq",
    title="BioASQ 7b, yes/no",
    role="eval",
    domain="biomedical",
    tasks=("qa",),
    source=Download("http://participants-area.bioasq.org/datasets/", access="registration"),
    licence="BioASQ registration",
    cite="Tsatsaronis et al. An overview of the BIOASQ large-scale biomedical semantic indexing and question answering "
    "competition. BMC Bioinformatics 16, 2015. Split of BLURB (Gu et al., 2021).",
    splits={
        "train": ("train_id.tsv", TRAINING),
        "dev": ("dev_id.tsv", TRAINING),
        "test": ("Task7BGoldenEnriched.zip/**/7B*_golden.json",),
    },
    read=read_bioasq(),
    options={"yes": "yes", "no": "no"},
    repairs=frozenset({"other-question"}),
    published={"train": Counts(documents=670), "dev": Counts(documents=75), "test": Counts(documents=140)},
)
