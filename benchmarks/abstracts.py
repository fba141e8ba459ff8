"""Synthetic abstracts in BioRED's native format, with as many words, mentions and concepts as the real ones.

Words are drawn from 30,000 made-up ones; an abstract gives one NER question and about 58 RE questions (BioRED: 57).
"""

import random
from itertools import combinations
from pathlib import Path

LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
TITLE, SENTENCE, SENTENCES = 12, 20, 12
MENTIONS, CONCEPTS, RELATIONS = 34, 13, 10
TYPES = ("GeneOrGeneProduct",) * 5 + ("DiseaseOrPhenotypicFeature",) * 4 + ("ChemicalEntity",) * 3 + ("OrganismTaxon",)
SPLITS = {"train": "Train.PubTator", "dev": "Dev.PubTator"}

_draw = random.Random(13)
WORDS = ["".join(_draw.choices(LETTERS, k=_draw.randint(2, 11))) for _ in range(30_000)]


def write(data: Path, documents: int) -> Path:
    """Write a data directory with that many abstracts, half in each split of BioRED; returns it."""
    folder = data / "biored"
    folder.mkdir(parents=True)
    for place, name in enumerate(SPLITS.values()):
        with (folder / name).open("w", encoding="utf-8") as file:
            for number in range(place, documents, len(SPLITS)):
                file.write(abstract(number))
    return data


def abstract(number: int) -> str:
    """One abstract with its mentions and relations."""
    draw = random.Random(number)
    words = draw.choices(WORDS, k=TITLE + SENTENCE * SENTENCES)
    ends = [TITLE, *range(TITLE + SENTENCE, len(words) + 1, SENTENCE)]
    for end in ends:
        words[end - 1] += "."
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    kinds = {f"C{draw.randrange(100_000)}": kind for kind in TYPES[:CONCEPTS]}
    lines = [f"{number}|t|{' '.join(words[:TITLE])}", f"{number}|a|{' '.join(words[TITLE:])}"]
    for place in sorted(draw.sample(range(len(words)), MENTIONS)):
        concept = draw.choice(list(kinds))
        mention = words[place].rstrip(".")
        row = (number, starts[place], starts[place] + len(mention), mention, kinds[concept], concept)
        lines.append("\t".join(map(str, row)))
    lines += [
        f"{number}\tAssociation\t{one}\t{other}\tNo"
        for one, other in draw.sample(list(combinations(list(kinds)[:-1], 2)), RELATIONS)
    ]
    return "\n".join(lines) + "\n\n"
