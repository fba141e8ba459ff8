"""CDSR: abstracts of Cochrane's systematic reviews, and their plain-language summaries."""

from mnlu_instruct.readers.parallel import parallel
from mnlu_instruct.sources.declaration import Corpus, Counts, Download

cdsr = Corpus(
    name="cdsr",
    title="CDSR plain-language summaries",
    role="train",
    domain="biomedical",
    tasks=("summ",),
    source=Download("https://github.com/qiuweipku/Plain_language_summarization"),
    licence="Cochrane's texts: never redistribute",
    cite="Guo et al. Automated lay language summarization of biomedical scientific reviews. AAAI 2021.",
    splits={split: (f"{split}.source", f"{split}.target", f"{split}.doi") for split in ("train", "val")},
    read=parallel(),
    summary="the plain-language summary",
    published={"train": Counts(documents=5_195), "val": Counts(documents=500)},
)
