"""The released script's scoring: its rules one by one, and against a second writing of them on adversarial answers.

The second writing follows the rules in the order of their statement, with dictionaries and loops, and shares no code
with the first.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.scoring import reference
from mnlu_instruct.scoring.counts import f1
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.types import Choice, Choices, Grade, Instance, Label, Spans, TaskName

ANSWERS = 2_500
LETTERS = "ABCDEFGHIJKLMNOP"


def said(
    target: str,
    prediction: str,
    task: TaskName = "ner",
    labels: Sequence[str] = (),
    gold: object = None,
    asked: dict[str, str] | None = None,
) -> Said:
    shown = tuple(Label(key, key) for key in labels)
    return Said(Instance("1", task, "1", "", asked or {}, shown, gold or Spans({})), target, prediction)  # type: ignore[arg-type]


def value(answers: Sequence[Said], metric: str = "f1", **options: object) -> float:
    measured = reference.measure(answers, **options)  # type: ignore[arg-type]
    return 100 * float(measured.metrics[metric](measured.rows.sum(0)))


def counts(one: Said, **options: object) -> dict[str, tuple[int, int, int]]:
    """NT, NP, TP by key."""
    measured = reference.measure([one], **options)  # type: ignore[arg-type]
    table = measured.rows.sum(0).reshape(-1, 3)
    return {
        key: (int(tp + fn), int(tp + fp), int(tp)) for key, (tp, fp, fn) in zip(measured.labels, table, strict=True)
    }


# ---------------------------------------------------------------------------------------------------------------------
# Rules, by hand


@pytest.mark.parametrize(
    ("target", "prediction", "expected"),
    [
        # 1: words of templates vanish, "assistant" even within words; [SEP] parts spans.
        ("A: x", "<|assistant|>\nA: x", {"A,trigger,span": (1, 1, 1)}),
        ("A: x ... y", "A: x[SEP]y", {"A,trigger,span": (2, 2, 2)}),
        ("A: physician s", "A: physician assistants", {"A,trigger,span": (1, 1, 1)}),
        # 2: a single gold line takes the whole prediction; as many lines pair by position, whatever their label.
        ("A: x", "B: x", {"A,trigger,span": (1, 1, 1)}),
        ("A: x ... y", "A: x\nB: ... y", {"A,trigger,span": (2, 2, 1)}),
        ("A: x\nB: y", "B: x\nA: y", {"A,trigger,span": (1, 1, 1), "B,trigger,span": (1, 1, 1)}),
        # … else by the first gold line that begins with the label; the later line wins; others cost nothing.
        ("Cell type: x\nDNA: y", "Cell: x", {"Cell type,trigger,span": (1, 1, 1), "DNA,trigger,span": (1, 0, 0)}),
        ("A: x\nB: y", "A: z\nA: x\nC: q", {"A,trigger,span": (1, 1, 1), "B,trigger,span": (1, 0, 0)}),
        ("A: x\nB: y", ": x", {"A,trigger,span": (1, 1, 1), "B,trigger,span": (1, 0, 0)}),
        # 3: exactly None states nothing; braces and case are ignored, closing braces aren't.
        ("A: None", "A: none", {"A,trigger,span": (0, 1, 0)}),
        ("A: x", "A: None ... X", {"A,trigger,span": (1, 2, 1)}),
        ("A: x{y", "A: XY", {"A,trigger,span": (1, 1, 1)}),
        ("A: x}y", "A: XY", {"A,trigger,span": (1, 1, 0)}),
        ("A: x", "no colon", {"A,trigger,span": (1, 0, 0)}),
        ("Use - Amount: x", "Use - Amount: x", {"Use,Amount": (1, 1, 1)}),
        ("A: " + " ... ".join("x" * 21), "A: x", {"A,trigger,span": (1, 1, 1)}),
        ("A: " + " ... ".join("x" * 20), "A: x", {"A,trigger,span": (20, 1, 1)}),
    ],
)
def test_spans(target: str, prediction: str, expected: dict[str, tuple[int, int, int]]) -> None:
    assert counts(said(target, prediction)) == expected


def test_words_of_pico() -> None:
    both = "P: old men ... men\nI: tea"
    assert counts(said(both, "P: men old\nI: Tea"), by_words=True)["P,trigger,span"] == (3, 2, 2)
    assert counts(said(both, "P: men old\nI: Tea"), by_words=True)["I,trigger,span"] == (1, 1, 0)
    assert counts(said("P: old men", "P: Old Men"), by_words=True) == {"P,trigger,span": (1, 1, 1)}


def test_negative_classes_and_classes_without_gold_are_left_out() -> None:
    options = ("effect", "false", "advise")
    answers = [
        said("(A) effect", "(A) effect", "re", options, Choices(("effect",))),
        said("(B) false", "(A) effect", "re", options, Choices(("false",))),
        said("(A) effect", "(C) advise", "re", options, Choices(("effect",))),
    ]
    # Gold "effect" twice, stated twice, right once; "advise" has no gold, "false" is negative.
    assert value(answers, negative="false") == 50
    assert value(answers[1:2], negative="false") == 0


def test_the_first_letter_in_list_order_and_the_first_option_where_there_is_none() -> None:
    options = ("a", "b", "c")
    for text, right in (("(C) or (A)", True), ("nothing at all", True), ("b", True), ("(B)", False)):
        assert value([said("(A) a", text, "eac", options, Choice("a"), ASKED)]) == 100 * right


ASKED = {"trigger": "Tobacco use", "attribute": "Status"}


def test_keys_of_classes() -> None:
    assert list(counts(said("(A) x,y", "", "eac", ["x,y"], Choice("x,y"), ASKED))) == ["Tobacco use,Status,x-y"]
    (key,) = counts(
        said("(A) associated_with_someone_else", "", "re", ["associated_with_someone_else"], Choices(("a",)))
    )
    assert key == "re,not_patient,-"


def test_options_beyond_the_thirteenth_break_off() -> None:
    labels = list(LETTERS[:14])
    assert value([said("(A) A", "(M) M", "re", labels, Choices(("A",)))]) == 0
    with pytest.raises(UserError, match="the reference script fails at the fourteenth of 14 options"):
        value([said("(A) A", "nothing", "re", labels, Choices(("A",)))])
    with pytest.raises(UserError, match="the reference script fails"):
        value([said("(A) A\n(B) B", "(A)", "dc", labels, Choices(("A", "B")))], several=True)


def test_labels_of_four_parts_break_off() -> None:
    with pytest.raises(UserError, match="the reference script fails at the gold line"):
        value([said("a - b-c-d: x", "")])


def test_questions_are_right_where_the_gold_line_is_in_the_answer() -> None:
    options = ("yes", "no")
    for text, right in (("(A) YES, surely", 1), ("(A)", 0), ("yes", 0), ("(A) yes (B) no", 1)):
        assert value([said("(A) yes", text, "qa", options, Choice("yes"))], "accuracy") == 100 * right


def test_similarity_reads_the_first_option_where_nothing_is_stated() -> None:
    answers = [
        said(f"({LETTERS[gold]}) {gold}", text, "sts", ["0", "1", "2"], Grade(gold, gold + 0.4))
        for gold, text in ((0, "?"), (1, "(B)"), (2, "(C)"), (2, "(B)"))
    ]
    expected = np.corrcoef([0, 1, 2, 2], [0, 1, 2, 1])[0, 1]
    assert value(answers, "pearson") == pytest.approx(100 * expected)
    assert value(answers[:1], "pearson") == 0


def test_the_scripts_relaxed_spans_need_one_letter() -> None:
    assert counts(said("A: cat", "A: tar"), relaxed=True)["A,trigger,span"] == (1, 1, 1)
    assert counts(said("A: cat", "A: dog"), relaxed=True)["A,trigger,span"] == (1, 1, 0)
    assert counts(said("A: cat ... at", "A: at ... at"), relaxed=True)["A,trigger,span"] == (2, 2, 2)


# ---------------------------------------------------------------------------------------------------------------------
# A second writing


def clean(text: str) -> str:
    for words in ("<|assistant|>\n", "<|start_header_id|>assistant<|end_header_id|>", "<|start_header_id|>"):
        text = "".join(text.split(words))
    return "...".join("".join("".join(text.split("<|end_header_id|>")).split("assistant")).strip().split("[SEP]"))


def read_line(line: str) -> list[str]:
    if ":" not in line:
        return []
    value = line[line.index(":") + 1 :].strip()
    if value == "None":
        return []
    pieces = []
    while "..." in value:
        at = value.index("...")
        pieces.append(value[:at].strip())
        value = value[at + 3 :]
    pieces = [piece for piece in [*pieces, value.strip()] if piece]
    if len(pieces) > 20:
        pieces = [piece for at, piece in enumerate(pieces) if piece not in pieces[:at]]
    return pieces


def common(first: list[str], second: list[str]) -> int:
    left, shared = list(second), 0
    for one in first:
        if one in left:
            left.remove(one)
            shared += 1
    return shared


def second_spans(answers: Sequence[Said], words: bool) -> float:
    table: dict[str, list[int]] = {}
    for one in answers:
        gold_text, stated_text = one.target, clean(one.prediction)
        if "\n" not in gold_text:
            pairs = [(gold_text, stated_text)]
        else:
            gold_lines = [line.strip() for line in gold_text.split("\n") if line.strip() != ""]
            stated_lines = [line.strip() for line in stated_text.split("\n") if line.strip() != ""]
            if len(gold_lines) != len(stated_lines):
                kept = dict.fromkeys(range(len(gold_lines)), "None")
                for line in stated_lines:
                    if ":" in line:
                        head = line[: line.index(":")]
                        for index, gold_line in enumerate(gold_lines):
                            if gold_line[: len(head)] == head:
                                kept[index] = line
                                break
                stated_lines = [kept[index] for index in range(len(gold_lines))]
            pairs = list(zip(gold_lines, stated_lines, strict=True))
        for gold_line, stated_line in pairs:
            key = gold_line[: gold_line.index(":")].strip()
            key = ",".join(",".join(key.split(" - ")).split("-"))
            if "," not in key:
                key += ",trigger,span"
            gold, stated = read_line(gold_line), read_line(stated_line)
            if words and "\n" in gold_text:
                gold = [word for piece in gold for word in piece.split()]
                stated = [word for piece in stated for word in piece.split()]
            else:
                gold, stated = ([piece.lower().replace("{", "") for piece in side] for side in (gold, stated))
            row = table.setdefault(key, [0, 0, 0])
            row[0] += len(gold)
            row[1] += len(stated)
            row[2] += common(gold, stated)
    return overall(table)


def overall(table: dict[str, list[int]]) -> float:
    nt = np_ = tp = 0
    for key, row in table.items():
        low = key.lower() + ","
        bad = [",no,", ",not mentioned,", "not related to", "cannot be", "can not be", "none,"]
        if row[0] > 0 and all(part not in low for part in bad):
            nt, np_, tp = nt + row[0], np_ + row[1], tp + row[2]
    precision = 100 * tp / np_ if np_ else 0
    recall = 100 * tp / nt if nt else 0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0


def walk(text: str, count: int) -> int:
    for index in range(count):
        if "(" + LETTERS[index] + ")" in text:
            return index
    return 0


def second_classes(answers: Sequence[Said], negative: str | None) -> float:
    table: dict[str, list[int]] = {}
    for one in answers:
        names = [label.key for label in one.instance.labels]
        keys = []
        for text in (one.target, clean(one.prediction)):
            name = names[walk(text, len(names))]
            name = "none" if name == negative else name.replace(",", "-")
            keys.append("re," + name + ",-")
        table.setdefault(keys[0], [0, 0, 0])[0] += 1
        table.setdefault(keys[1], [0, 0, 0])[1] += 1
        table[keys[0]][2] += keys[0] == keys[1]
    return overall(table)


def second_several(answers: Sequence[Said]) -> float:
    table: dict[str, list[int]] = {}
    for one in answers:
        for index, label in enumerate(one.instance.labels):
            row = table.setdefault(label.key, [0, 0, 0])
            in_gold = f"({LETTERS[index]})" in one.target
            in_stated = f"({LETTERS[index]})" in clean(one.prediction)
            row[0] += in_gold
            row[1] += in_stated
            row[2] += in_gold and in_stated
    return overall(table)


def second_contained(answers: Sequence[Said]) -> float:
    right = [clean(one.prediction).strip().lower().find(one.target.strip().lower()) >= 0 for one in answers]
    return 100 * sum(right) / len(right)


def second_grades(answers: Sequence[Said]) -> float:
    sides: tuple[list[int], list[int]] = ([], [])
    for one in answers:
        keys = [int(label.key) for label in one.instance.labels]
        sides[0].append(keys[walk(one.target, len(keys))])
        sides[1].append(keys[walk(clean(one.prediction), len(keys))])
    return float(100 * np.corrcoef(*sides)[0, 1])


# ---------------------------------------------------------------------------------------------------------------------
# Adversarial answers

STRAY = [
    "<|assistant|>\n", "<|start_header_id|>assistant<|end_header_id|>", "<|end_header_id|>", "assistant", "[SEP]",
    "...", "....", "\n", "\n\n", ":", " : ", " ", "{", "}", "None", "none", "(A)", "(b)", "(C", "no", "not related to",
]  # fmt: skip
WORDS = ["fever", "Fever", "IL-2", "x", "old men", "tea", "no {way", "a}b", "the assistant"]
TYPES = ["A", "Cell", "Cell type", "Tobacco use - Status", "Type-B"]


def broken(draw: random.Random, text: str) -> str:
    """A text with stray words put in, and parts taken out or twice."""
    for _ in range(draw.randrange(4)):
        at = draw.randrange(len(text) + 1)
        match draw.randrange(3):
            case 0:
                text = text[:at] + draw.choice(STRAY) + text[at:]
            case 1:
                text = text[:at] + text[at + draw.randrange(6) :]
            case _:
                text = text + draw.choice(["\n", " "]) + text[at:]
    return text


def line(draw: random.Random, label: str) -> str:
    many = draw.choice([0, 1, 2, 3, 25])
    found = draw.choices(WORDS, k=many) if many else ["None"]
    return f"{label}: {draw.choice([' ... ', '...']).join(found)}"


def span_answers(draw: random.Random) -> Said:
    types = draw.sample(TYPES, draw.choice([1, 2, 3]))
    target = "\n".join(line(draw, label) for label in types)
    shown = draw.sample(types, draw.randrange(1, len(types) + 1)) if draw.random() < 0.5 else types
    stated = "\n".join(
        line(draw, label) if draw.random() < 0.5 else target.split("\n")[types.index(label)] for label in shown
    )
    return said(target, broken(draw, stated))


def option_answers(task: TaskName, labels: list[str], several: bool = False) -> Callable[[random.Random], Said]:
    def answer(draw: random.Random) -> Said:
        shown = draw.sample(labels, len(labels))
        options = [f"({LETTERS[index]}) {name}" for index, name in enumerate(shown)]
        chosen = sorted(draw.sample(range(len(shown)), draw.randrange(3) if several else 1))
        stated = draw.choices(options, k=draw.choice([0, 1, 1, 1, 2]))
        keys = tuple(shown[index] for index in chosen)
        gold = Choice(keys[0]) if task == "qa" else Grade(int(keys[0]), 0.0) if task == "sts" else Choices(keys)
        target = "\n".join(options[index] for index in chosen) or "None"
        if draw.random() < 0.4:
            stated = [target]
        return said(target, broken(draw, draw.choice([" ", "\n"]).join(stated)), task, shown, gold)

    return answer


RELATIONS = ["effect", "false", "no", "CPR:3", "is none", "a,b"]
KINDS: dict[str, tuple[Callable[[random.Random], Said], Callable[[Sequence[Said]], float], str, dict[str, object]]] = {
    "spans": (span_answers, lambda answers: second_spans(answers, words=False), "f1", {}),
    "words": (span_answers, lambda answers: second_spans(answers, words=True), "f1", {"by_words": True}),
    "classes": (
        option_answers("re", RELATIONS), lambda answers: second_classes(answers, "false"), "f1", {"negative": "false"}
    ),
    "several": (option_answers("dc", RELATIONS, several=True), second_several, "f1", {"several": True}),
    "questions": (option_answers("qa", ["yes", "no", "maybe"]), second_contained, "accuracy", {}),
    "similarity": (option_answers("sts", list("012345")), second_grades, "pearson", {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_writing_agrees_on_adversarial_answers(kind: str) -> None:
    make, second, metric, options = KINDS[kind]
    draw = random.Random(kind)
    answers = [make(draw) for _ in range(ANSWERS)]
    found = value(answers, metric, **options)
    assert 5 < found < 95
    assert found == pytest.approx(second(answers), abs=1e-9)
    for start in range(0, ANSWERS, 5):
        few = answers[start : start + 5]
        expected = second(few)
        assert value(few, metric, **options) == pytest.approx(0 if np.isnan(expected) else expected, abs=1e-9)


def test_f1_is_that_of_the_house() -> None:
    one = said("A: x ... y", "A: x ... z ... q")
    assert value([one]) == pytest.approx(100 * float(f1(np.array(1 / 3), np.array(1 / 2))))
