"""Reference scoring: as the script released with the paper scores, bugs included, for numbers comparable to Table 5.

Reimplemented from the behaviour of `evaluation.py` of uw-bionlp/BioMistral-NLU; none of its code is here. It sees a
model's raw output. Strict scoring differs in kind: here, predicted lines are paired with gold lines by position,
options are found by their letter anywhere in an answer (the first option if there is no letter), and an unreadable
answer costs nothing by itself.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence

import numpy as np

from mnlu_instruct.scoring.counts import PRF, Numbers, pooled, ratio
from mnlu_instruct.scoring.regression import pearson
from mnlu_instruct.scoring.said import Said, UnscorableError
from mnlu_instruct.scoring.statistics import Metric, Statistics, by_label
from mnlu_instruct.types import Instance

MARKERS = tuple(f"({letter})" for letter in "ABCDEFGHIJKLM")
"""The script knows thirteen options."""
START, END = "<|start_header_id|>", "<|end_header_id|>"
HEADERS = ("<|assistant|>\n", f"{START}assistant{END}", START, END)
NEGATIVE = (",no,", ",not mentioned,", "not related to", "cannot be", "can not be", "none,")
"""Parts of the keys of classes that aren't counted; the key is lower-cased, and a comma is appended."""
MANY = 20
"""On a line with more pieces than this, each is counted once."""
NONE = "None"

Pieces = list[str]
Matching = Callable[[Pieces, Pieces], int]
"""How many predicted pieces match gold ones."""
Triples = dict[str, tuple[int, int, int]]
"""Key → true positives, false positives, false negatives."""


def measure(
    said: Sequence[Said],
    negative: str | None = None,
    by_words: bool = False,
    relaxed: bool = False,
    several: bool = False,
) -> Statistics:
    """The script's score of a data set's answers.

    Args:
        said: the answers, all of one task.
        negative: the label of pairs without a relation, for relation extraction.
        by_words: compare spans by their words.
        relaxed: the script's relaxed comparison of spans, by their strings (the script has it, switched off).
        several: whether several classes may hold in this data set, which the script scores class by class.

    Raises:
        UnscorableError: the script can't score the data set, as it has a fourteenth option, a label with three commas,
            or letters without parentheses.
    """
    if said[0].instance.letters == "after":
        raise UnscorableError(
            f"{said[0].instance.id}: the reference script finds options by letters in parentheses; this pack has none.",
            "score by --mode strict.",
        )
    match said[0].instance.task:
        case "ner" | "ete" | "eae":
            matching = same_words if by_words else alike if relaxed else same
            return _counted([_spans(one, matching) for one in said])
        case "qa" | "nli":
            return _contained(said)
        case "sts":
            return _grades(said)
        case "ere":
            raise UnscorableError(
                f"{said[0].instance.id}: the reference script has no rule for relations of whole texts.",
                "score by --mode strict, or by one of the published protocols that 'mnlu score --help' lists.",
            )
        case "dc" if several:
            return _counted([_classes(one) for one in said])
        case _:
            return _counted([_class(one, negative) for one in said])


def cleaned(text: str) -> str:
    """A prediction without chat-template markers, and without any other "assistant"."""
    for header in HEADERS:
        text = text.replace(header, "")
    return text.replace("assistant", "").strip().replace("[SEP]", "...")


# ---------------------------------------------------------------------------------------------------------------------
# Spans


def _spans(said: Said, matching: Matching) -> Triples:
    """The counts of an answer's lines."""
    counts: Triples = {}
    alone = "\n" not in said.target
    for gold, stated in _lines(said.target, cleaned(said.prediction)):
        key = _event(gold, said.instance)
        wanted, got = _pieces(gold), _pieces(stated)
        if matching is same_words and not alone:
            wanted, got = (" ".join(pieces).split() for pieces in (wanted, got))
        # On a single line the script compares spans, whatever is asked for.
        right = (same if matching is same_words and alone else matching)(wanted, got)
        _add(counts, key, right, len(got) - right, len(wanted) - right)
    return counts


def _lines(target: str, prediction: str) -> list[tuple[str, str]]:
    """Each gold line, with the predicted line that it is compared to."""
    if "\n" not in target:
        return [(target, prediction)]
    gold, stated = ([line.strip() for line in text.split("\n") if line.strip()] for text in (target, prediction))
    if len(gold) == len(stated):
        return list(zip(gold, stated, strict=True))
    against = [NONE] * len(gold)
    for line in stated:
        label, colon, _ = line.partition(":")
        place = next((index for index, one in enumerate(gold) if one.startswith(label)), None)
        if colon and place is not None:
            against[place] = line
    return list(zip(gold, against, strict=True))


def _pieces(line: str) -> Pieces:
    """The spans that a line states."""
    _, colon, value = line.partition(":")
    if not colon or value.strip() == NONE:
        return []
    found = [piece.strip() for piece in value.strip().split("...") if piece.strip()]
    return list(dict.fromkeys(found)) if len(found) > MANY else found


def _event(line: str, instance: Instance) -> str:
    """The key of a gold line."""
    label, colon, _ = line.partition(":")
    key = label.strip().replace(" - ", ",").replace("-", ",")
    if not colon or key.count(",") > 2:
        raise UnscorableError(
            f"{instance.id}: the reference script fails at the gold line '{line}'.",
            "it handles labels of up to three parts, separated by hyphens; --skip-broken leaves this data set out.",
        )
    return key if "," in key else f"{key},trigger,span"


def same(gold: Pieces, stated: Pieces) -> int:
    """How many pieces are equal, ignoring case and opening braces."""
    return (Counter(map(_bare, gold)) & Counter(map(_bare, stated))).total()


def same_words(gold: Pieces, stated: Pieces) -> int:
    """How many words are equal."""
    return (Counter(gold) & Counter(stated)).total()


def alike(gold: Pieces, stated: Pieces) -> int:
    """How many pieces match loosely, each with the first gold piece left: one contains the other, or begins as it ends.

    The script means to require two letters in common; a bug makes one enough.
    """
    free = [_bare(piece) for piece in gold]
    for piece in map(_bare, stated):
        met = next((index for index, one in enumerate(free) if _alike(one, piece)), None)
        if met is not None:
            del free[met]
    return len(gold) - len(free)


def _alike(one: str, other: str) -> bool:
    return one in other or other in one or _chained(one, other) or _chained(other, one)


def _chained(first: str, second: str) -> bool:
    """Whether one begins as the other ends."""
    return any(first.endswith(second[:length]) for length in range(1, len(second)))


def _bare(piece: str) -> str:
    return piece.lower().replace("{", "")


# ---------------------------------------------------------------------------------------------------------------------
# Options


def _class(said: Said, negative: str | None) -> Triples:
    """The counts of an answer that states one class."""
    counts: Triples = {}
    gold, stated = (
        _named(said.instance, said.instance.labels[_first(text, said.instance)].key, negative)
        for text in (said.target, cleaned(said.prediction))
    )
    _add(counts, gold, gold == stated, 0, gold != stated)
    _add(counts, stated, 0, gold != stated, 0)
    return counts


def _first(text: str, instance: Instance) -> int:
    """The first option, in the order shown, whose letter occurs anywhere in a text; the very first if none does."""
    for index in range(len(instance.labels)):
        if index == len(MARKERS):
            raise _too_many(instance)
        if MARKERS[index] in text:
            return index
    return 0


def _named(instance: Instance, key: str, negative: str | None) -> str:
    """The key of a class: the kind of question, and the class."""
    asked = instance.asked
    kind = f"{asked['trigger']} - {asked['attribute']}" if instance.task == "eac" else instance.task
    *parts, last = kind.replace(" - ", ",").replace("-", ",").split(",")
    name = "none" if key == negative else key.replace(",", "-").replace("associated_with_someone_else", "not_patient")
    whole = ",".join([*(["_".join(parts)] if parts else []), last, name])
    return f"{whole},-" if whole.count(",") == 1 else whole


def _classes(said: Said) -> Triples:
    """The counts of an answer that states several classes."""
    counts: Triples = {}
    if len(said.instance.labels) > len(MARKERS):
        raise _too_many(said.instance)
    gold, stated = (
        {label.key for label, marker in zip(said.instance.labels, MARKERS, strict=False) if marker in text}
        for text in (said.target, cleaned(said.prediction))
    )
    for key in gold | stated:
        _add(counts, key, key in gold and key in stated, key not in gold, key not in stated)
    return counts


def _contained(said: Sequence[Said]) -> Statistics:
    """Accuracy: an answer is right if it contains the gold line."""
    right = np.array([[one.target.strip().lower() in cleaned(one.prediction).lower(), 1] for one in said], float)
    return Statistics(right, {"accuracy": lambda sums: ratio(sums[..., 0], sums[..., 1])})


def _grades(said: Sequence[Said]) -> Statistics:
    """Pearson's correlation of the options; 0 where one side doesn't vary, for which the script has no number."""
    pairs = []
    for one in said:
        options = one.instance.labels
        pairs.append([int(options[_first(text, one.instance)].key) for text in (one.target, cleaned(one.prediction))])
    cells, place = np.unique(np.array(pairs), axis=0, return_inverse=True)
    rows = np.eye(len(cells))[place]
    gold, stated = cells.T.astype(float)
    return Statistics(rows, {"pearson": lambda sums: pearson(sums, gold, stated)})


def _too_many(instance: Instance) -> UnscorableError:
    return UnscorableError(
        f"{instance.id}: the reference script fails at the fourteenth of {len(instance.labels)} options.",
        "--skip-broken leaves this data set out.",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Counts


def _add(counts: Triples, key: str, right: int, wrong: int, missed: int) -> None:
    before = counts.get(key, (0, 0, 0))
    counts[key] = (before[0] + right, before[1] + wrong, before[2] + missed)


def _counted(answers: Sequence[Triples]) -> Statistics:
    """Micro F1 over the keys that occur in the gold and name no negative class."""
    keys = sorted({key for counts in answers for key in counts})
    place = {key: index for index, key in enumerate(keys)}
    rows = np.zeros((len(answers), len(keys), 3))
    for row, counts in zip(rows, answers, strict=True):
        for key, triple in counts.items():
            row[place[key]] = triple
    return Statistics(rows.reshape(len(answers), -1), _micro(keys), tuple(keys))


def _micro(keys: Collection[str]) -> dict[str, Metric]:
    counted = np.array([not any(words in f"{key.lower()}," for words in NEGATIVE) for key in keys])

    def of_counted(sums: Numbers) -> PRF:
        counts = by_label(sums, len(keys))
        kept = counted & (counts.tp + counts.fn > 0)
        return pooled(PRF(counts.tp * kept, counts.fp * kept, counts.fn * kept))

    return {
        "f1": lambda sums: of_counted(sums).f1,
        "precision": lambda sums: of_counted(sums).precision,
        "recall": lambda sums: of_counted(sums).recall,
    }
