"""Baselines that need no model; a score that doesn't beat them is worth nothing. Only `copy-all` may be unreadable.

`majority` is the best constant answer, learned from training instances without a look at the question:

- one key (QA, NLI, EAC, STS): the most frequent. (A constant correlates with nothing, so STS scores 0.)
- sets of keys (DC, RE): the set whose micro F1 is highest if it is always given. The most frequent answer would be a
  weak baseline: in RE that is the negative label, which scores 0.
- spans: `None` for every type, as most strings are no mention. It scores 0; compare with `dictionary` in these tasks.
- relations of texts (ERE): none, likewise.
- concepts of mentions (EL): the mention's own words.
- summaries: the first words of the text, as many as a training summary has (median).

`dictionary` answers with known strings: a string that is a mention of a type more often than not in training texts is
one wherever it occurs, the longest first (the baseline of CoNLL-2003, Tjong Kim Sang & De Meulder). In ERE, a relation
of training texts holds wherever both its names occur. In EL, a mention has the name that it most often has in them.
Other tasks: as `majority`.

Where there are no training instances, `majority` counts the options of the test set's own gold answers. A model can't
know these, so the baseline is rather too strong than too weak. `dictionary` then knows no strings and finds no mention.

`random` draws by the instance's id: one option, a word of the text for each type, one relation between two words, or a
run of words.

`copy-all` copies everything: each word of the text as a span of each type, each option, the whole text as a summary. In
ERE, where the pairs of words are too many to write, it states nothing; in EL, the mention's own words.
Its recall is the most that is possible where overlaps, single words or several options count; its precision is low. In
strict scoring, several options are no answer where one is asked for (QA, NLI, EAC, STS): it scores 0, all unreadable.
`reference` is more lenient: it counts them as right in QA and NLI, and as the first option in EAC and STS.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import median_low

import numpy as np

from mnlu_instruct import tasks
from mnlu_instruct.scoring.counts import PRF
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import (
    FREE_TEXT,
    NO_RELATION,
    Answer,
    Instance,
    Linked,
    Relations,
    Spans,
    Stated,
    TaskName,
    Text,
    normalise,
)

WORD = re.compile(r"\w+")
WHOLE_WORD = re.compile(r"\w(?:\S*\w)?")
"""A word without the punctuation at its ends."""
TOKEN = re.compile(r"\w+|[^\w\s]")

Tokens = tuple[str, ...]
Rule = Callable[[Instance], Answer]
"""Answers an instance."""


def majority(test: Sequence[Instance], train: Sequence[Instance], negative: str | None = None) -> list[str]:
    """The best constant answer for each kind of question, as predictions of the test instances, in their order.

    Args:
        test: the instances to answer, with their labels in the order shown.
        train: training instances of the same corpus; may be empty.
        negative: the label of pairs without a relation, for relation extraction.
    """
    return _learned(test, train, lambda task, examples: _constant(task, examples, negative))


def dictionary(test: Sequence[Instance], train: Sequence[Instance], negative: str | None = None) -> list[str]:
    """Known strings of training mentions for span tasks, else as `majority`; arguments as there."""
    return _learned(test, train, lambda task, examples: _remembered(task, examples, negative))


def random(test: Sequence[Instance], train: Sequence[Instance], negative: str | None = None) -> list[str]:
    """Random answers, as predictions of the test instances, in their order; `train` says how long summaries are."""
    summaries = [instance for instance in train if instance.task in FREE_TEXT] or test
    lengths = [len(instance.gold.text.split()) for instance in summaries if isinstance(instance.gold, Text)]
    return [_written(_drawn(instance, median_low(lengths or [0])), instance) for instance in test]


def copy_all(test: Sequence[Instance], train: Sequence[Instance], negative: str | None = None) -> list[str]:
    """Every word or option as an answer, as predictions of the test instances, in their order; nothing is learned."""
    return [_copied(instance) for instance in test]


NAMES: Mapping[str, Callable[[Sequence[Instance], Sequence[Instance], str | None], list[str]]] = {
    "majority": majority,
    "random": random,
    "dictionary": dictionary,
    "copy-all": copy_all,
}
SPANS: frozenset[TaskName] = frozenset({"ner", "ete", "eae"})
STRINGS = SPANS | {"ere", "el"}
"""The kinds of questions answered with strings of the text: nothing is learned from the test set's own answers."""
LEARNING = frozenset({"majority", "dictionary"})
"""Those that learn answers from the training instances."""


def _learned(
    test: Sequence[Instance], train: Sequence[Instance], learn: Callable[[TaskName, Sequence[Instance]], Rule]
) -> list[str]:
    """Learn a rule for each kind of test instance, from instances with the same labels, and answer with it."""
    learned: dict[object, Rule] = {}
    answers = []
    for instance in test:
        if _kind(instance) not in learned:
            known = _like(instance, train) or ([] if instance.task in STRINGS else _like(instance, test))
            learned[_kind(instance)] = learn(instance.task, known)
        answers.append(_written(learned[_kind(instance)](instance), instance))
    return answers


def _remembered(task: TaskName, examples: Sequence[Instance], negative: str | None) -> Rule:
    """The strings or relations of the examples; for other tasks the best constant answer."""
    if task in SPANS:
        return _dictionary(examples)
    if task == "el":
        return _known_names(examples)
    return _known_relations(examples) if task == "ere" else _constant(task, examples, negative)


def _kind(instance: Instance) -> tuple[str, frozenset[str]]:
    """The task and the keys of the labels: an instance is learned from only if both are equal."""
    return instance.task, frozenset(label.key for label in instance.labels)


def _like(instance: Instance, others: Sequence[Instance]) -> list[Instance]:
    return [other for other in others if _kind(other) == _kind(instance)]


def _written(answer: Answer, instance: Instance) -> str:
    return tasks.TASKS[instance.task].write(answer, instance)


def _constant(task: TaskName, examples: Sequence[Instance], negative: str | None) -> Rule:
    """The best constant answer; for summaries, the first words, as many as the median summary has."""
    match task:
        case "ner" | "ete" | "eae":
            return lambda instance: {label.key: () for label in instance.labels}
        case "ere":
            return lambda _: ()
        case "eac" | "qa" | "nli" | "sts":
            frequent = Counter(str(example.gold.answer) for example in examples)
            key = min(frequent, key=lambda key: (-frequent[key], key))
            return lambda _: int(key) if task == "sts" else key
        case "dc" | "re":
            keys = _best_set(examples, negative)
            return lambda _: keys
        case "summ" | "dialogue":
            length = median_low(
                [len(example.gold.text.split()) for example in examples if isinstance(example.gold, Text)]
            )
            return lambda instance: " ".join(instance.text.split()[:length])
        case "el":
            return _named_as_itself


def _named_as_itself(instance: Instance) -> Answer:
    return instance.asked["mention"]


def _known_names(examples: Sequence[Instance]) -> Rule:
    """Answer with the name that a mention most often has in the examples; with its own words, if it is in none."""
    names: dict[str, Counter[Answer]] = defaultdict(Counter)
    for example in examples:
        names[example.asked["mention"].lower()][example.gold.answer] += 1
    known = {mention: max(found, key=found.__getitem__) for mention, found in names.items()}
    return lambda instance: known.get(instance.asked["mention"].lower(), instance.asked["mention"])


def _best_set(examples: Sequence[Instance], negative: str | None) -> frozenset[str]:
    """The keys that, given as every answer, have the highest micro F1 without the negative label.

    For each number of keys the most frequent are best, so one walk down the frequencies finds it.
    """
    gold = Counter(key for example in examples for key in _keys(example) if key != negative)
    ranked = sorted(gold, key=lambda key: (-gold[key], key))
    if not ranked:
        return frozenset() if negative is None else frozenset({negative})
    right = np.cumsum([gold[key] for key in ranked])
    stated = len(examples) * np.arange(1, len(ranked) + 1)
    best = int(np.argmax(PRF(right, stated - right, gold.total() - right).f1))
    return frozenset(ranked[: best + 1])


def _keys(instance: Instance) -> frozenset[str]:
    answer = instance.gold.answer
    assert isinstance(answer, frozenset)
    return answer


def _dictionary(examples: Sequence[Instance]) -> Rule:
    """Answer with each string that is a mention of a type in more than half of its occurrences."""
    mentions: dict[Tokens, Counter[str]] = defaultdict(Counter)
    for example in examples:
        assert isinstance(example.gold, Spans)
        for key, spans in example.gold.spans.items():
            for span in spans:
                mentions[tuple(TOKEN.findall(span.text))][key] += 1
    longest = max(map(len, mentions), default=0)
    places: Counter[Tokens] = Counter()
    for example in examples:
        tokens = TOKEN.findall(example.text)
        runs = (tuple(tokens[i : i + size]) for i in range(len(tokens)) for size in range(1, longest + 1))
        places.update(run for run in runs if run in mentions)
    known = {
        run: [key for key, often in keys.items() if often > places[run] / 2]
        for run, keys in mentions.items()
        if places[run]
    }
    return lambda instance: _found(instance, known, longest)


def _found(instance: Instance, known: dict[Tokens, list[str]], longest: int) -> Answer:
    """The known strings of a text by type, from left to right, preferring the longest."""
    found: dict[str, list[str]] = {label.key: [] for label in instance.labels}
    tokens = list(TOKEN.finditer(instance.text))
    words = [token.group() for token in tokens]
    first = 0
    while first < len(words):
        sizes = range(min(longest, len(words) - first), 0, -1)
        size = next((size for size in sizes if known.get(tuple(words[first : first + size]))), 0)
        if size:
            stated = normalise(instance.text[tokens[first].start() : tokens[first + size - 1].end()])
            for key in known[tuple(words[first : first + size])]:
                found[key].append(stated)
        first += max(size, 1)
    return {key: tuple(strings) for key, strings in found.items()}


def _known_relations(examples: Sequence[Instance]) -> Rule:
    """Answer with each relation of the examples whose names all occur in the text, as whole words."""
    known: dict[Stated, list[str]] = {}
    for example in examples:
        assert isinstance(example.gold, Relations)
        for related in example.gold.relations:
            known.setdefault(related.stated, [_words(name) for name in related.stated[1:]])

    def found(instance: Instance) -> Answer:
        text = _words(instance.text)
        return tuple(stated for stated, names in known.items() if all(name in text for name in names))

    return found


def _words(text: str) -> str:
    """The words and signs of a text, each between blanks, so that only whole ones are found in it."""
    return f" {' '.join(TOKEN.findall(text))} "


def _copied(instance: Instance) -> str:
    if instance.task in FREE_TEXT:
        return instance.text
    if instance.task == "ere":
        return _written((), instance)
    if instance.task == "el":
        return _written(_named_as_itself(instance), instance)
    if not isinstance(instance.gold, Spans):
        return options.write([label.key for label in instance.labels], instance)
    words = tuple(WHOLE_WORD.findall(instance.text))
    return _written({label.key: words for label in instance.labels}, instance)


def _drawn(instance: Instance, length: int) -> Answer:
    draw = Random(instance.id)
    if instance.task in FREE_TEXT:
        words = instance.text.split()
        start = draw.randrange(max(len(words) - length, 0) + 1)
        return " ".join(words[start : start + length])
    if instance.task in STRINGS:
        return _drawn_words(instance, WORD.findall(instance.text), draw)
    key = draw.choice(sorted(label.key for label in instance.labels))
    match instance.task:
        case "sts":
            return int(key)
        case "dc" | "re":
            return frozenset({key})
    return key


def _drawn_words(instance: Instance, words: Sequence[str], draw: Random) -> Answer:
    """An answer in words of the text."""
    if isinstance(instance.gold, Relations):
        kind = draw.choice(sorted(label.key for label in instance.labels if label.key != NO_RELATION))
        return ((kind, *draw.sample(words, 2)),) if len(words) > 1 else ()
    if isinstance(instance.gold, Linked):
        return draw.choice(words) if words else instance.asked["mention"]
    return {label.key: (draw.choice(words),) if words else () for label in instance.labels}
