"""The demo corpora: which module writes which, and all their files together."""

from collections.abc import Callable
from random import Random

from mnlu_instruct.demo import classification, events, ner, nli, qa, relations, similarity, summaries
from mnlu_instruct.demo.draws import SPLITS, Split, stream

Generate = Callable[[Split, Random, set[str]], dict[str, bytes]]

GENERATORS: dict[str, Generate] = {
    "demo-ner": ner.generate,
    "demo-re": relations.generate,
    "demo-sdoh": events.generate,
    "demo-dc": classification.generate,
    "demo-qa": qa.generate,
    "demo-nli": nli.generate,
    "demo-sts": similarity.generate,
    "demo-summ": summaries.generate,
}


def build() -> dict[str, bytes]:
    """The content of every file of every corpus, by its path under the data folder."""
    files: dict[str, bytes] = {}
    for corpus, generate in GENERATORS.items():
        taken: set[str] = set()
        for split in SPLITS:
            for file_name, content in generate(split, stream(f"{corpus}/{split}"), taken).items():
                files[f"{corpus}/{file_name}"] = content
    return files
