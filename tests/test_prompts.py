"""The pack `mnlu`, to the letter of Table 1; marks; packs that are wrong."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import prompts
from mnlu_instruct.errors import UserError
from mnlu_instruct.preview import samples
from mnlu_instruct.types import Choice, Choices, Gold, Grade, Instance, Label, MarkedSpan, Span, Spans, TaskName, Text


def asked(
    task: TaskName, gold: Gold, labels: str = "", text: str = "", marks: tuple[Span, ...] = (), **words: str
) -> Instance:
    shown = tuple(Label(name, name) for name in labels.split("|") if name)
    return Instance(f"x#{task}", task, "x", text, words, shown, gold, marks)


def spans(**found: str) -> Spans:
    return Spans(
        {key.replace("_", " "): tuple(MarkedSpan(w, ()) for w in words.split("|") if w) for key, words in found.items()}
    )


TEXT = "Aspirin eases pain."
GOLDEN = {
    "ner": (
        asked("ner", spans(Disease="pain", Drug="Aspirin|aspirin", Gene=""), "Disease|Drug|Gene", TEXT),
        "Extract all relevant medical named entities from the medical text below. Focus on identifying following "
        "entities: Disease, Drug, Gene\nMedical text: Aspirin eases pain.",
        "Disease: pain\nDrug: Aspirin ... aspirin\nGene: None",
    ),
    "ete": (
        asked("ete", spans(Medication="Aspirin"), "Medication", TEXT),
        "Extract all relevant medical named entities from the medical text below. Focus on identifying following "
        "entities: Medication\nMedical text: Aspirin eases pain.",
        "Medication: Aspirin",
    ),
    "eae": (
        Instance(
            "x#eae",
            "eae",
            "x",
            TEXT,
            {"attribute": "Reason", "trigger": "Medication", "span": "Aspirin"},
            (Label("m/r", "Medication - Reason"),),
            Spans({"m/r": (MarkedSpan("pain", ()),)}),
            ((0, 7),),
        ),
        "What is the Reason attribute of the Medication 'Aspirin' in the medical text below?\n"
        "Medical text: [[Aspirin]] eases pain.",
        "Medication - Reason: pain",
    ),
    "eac": (
        asked(
            "eac",
            Choice("list"),
            "narrative|list",
            TEXT,
            ((0, 7),),
            attribute="List or narrative",
            trigger="Medication",
            span="Aspirin",
        ),
        "What is the List or narrative attribute of the Medication 'Aspirin' in the medical text below?\n"
        "Medical text: [[Aspirin]] eases pain.\n(A) narrative\n(B) list",
        "Medication - List or narrative: (B) list",
    ),
    "dc": (
        asked("dc", Choices(("one", "three")), "three|two|one", TEXT, what="cancer hallmark"),
        "Which options best describe cancer hallmark from the medical text below?\nMedical text: Aspirin eases pain.\n"
        "(A) three\n(B) two\n(C) one",
        "(A) three\n(C) one",
    ),
    "re": (
        asked(
            "re",
            Choices(("Aspirin treats pain",)),
            "Aspirin causes pain|Aspirin treats pain",
            TEXT,
            ((0, 7), (14, 18)),
            type_1="Drug",
            span_1="Aspirin",
            type_2="Problem",
            span_2="pain",
        ),
        "What is the relation between the Drug entity 'Aspirin' and the Problem entity 'pain' from the medical text "
        "below?\nMedical text: [[Aspirin]] eases [[pain]].\n(A) Aspirin causes pain\n(B) Aspirin treats pain",
        "(B) Aspirin treats pain",
    ),
    "qa": (
        asked("qa", Choice("no"), "yes|maybe|no", TEXT, question="Does it harm?"),
        "Does it harm?\nMedical text: Aspirin eases pain.\n(A) yes\n(B) maybe\n(C) no",
        "(C) no",
    ),
    "nli": (
        asked("nli", Choice("neutral"), "neutral|entails|contradicts", premise="It rains.", hypothesis="It is late."),
        "What is the relation between the premise and hypothesis?\nPremise: It rains.\nHypothesis: It is late.\n"
        "(A) neutral\n(B) entails\n(C) contradicts",
        "(A) neutral",
    ),
    "sts": (
        Instance(
            "x#sts",
            "sts",
            "x",
            "",
            {"sentence_1": "One.", "sentence_2": "Two."},
            (
                Label("4", "The two sentences are mostly equivalent (score 4)."),
                Label("0", "The two sentences are on different topics (score 0)."),
            ),
            Grade(0, 0.4),
        ),
        "How similar are the two sentences below?\nSentence 1: One.\nSentence 2: Two.\n"
        "(A) The two sentences are mostly equivalent (score 4).\n"
        "(B) The two sentences are on different topics (score 0).",
        "(B) The two sentences are on different topics (score 0).",
    ),
    "summ": (
        asked("summ", Text("Pain eased."), text=TEXT, summary="the clinical visit note"),
        "Write the clinical visit note that summarizes the medical text below.\nMedical text: Aspirin eases pain.",
        "Pain eased.",
    ),
}


@pytest.mark.parametrize("task", GOLDEN)
def test_mnlu_follows_table_1_to_the_letter(task: str) -> None:
    instance, prompt, completion = GOLDEN[task]
    assert prompts.load("mnlu").prompt(instance) == [{"role": "user", "content": prompt}]
    assert prompts.completion(instance) == [{"role": "assistant", "content": completion}]


@given(st.text(st.characters(exclude_characters="[]⟦⟧")), st.data())
def test_marks_add_brackets_and_nothing_else(text: str, data: st.DataObject) -> None:
    span = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda ends: ends[0] < ends[1])
    chosen = data.draw(st.sets(span, max_size=4)) if text else set()
    shown = prompts.marked(text, tuple(sorted(chosen)))
    assert re.sub(r"\[\[|\]\]", "", shown) == text
    assert shown.count("[[") == shown.count("]]") == len(chosen)
    for start, end in chosen:
        assert text[start:end] in re.sub(r"\[\[|\]\]", "", shown[shown.index("[[") :])


@pytest.mark.parametrize(
    ("text", "marks", "shown"),
    [
        ("abcdef", ((0, 3), (3, 6)), "[[abc]][[def]]"),
        ("abcdef", ((0, 6), (0, 3)), "[[[[abc]]def]]"),
        ("abcdef", ((0, 6), (3, 6)), "[[abc[[def]]]]"),
        ("a [[b]] c", ((8, 9),), "a [[b]] ⟦c⟧"),
        ("a [b] c", ((3, 4),), "a [[[b]]] c"),
    ],
)
def test_marks_nest_and_give_way_to_brackets_of_the_text(text: str, marks: tuple[Span, ...], shown: str) -> None:
    assert prompts.marked(text, marks) == shown


def test_a_pack_is_named_with_a_hash_of_its_files(tmp_path: Path) -> None:
    pack = prompts.load("mnlu")
    assert re.fullmatch(r"mnlu@[0-9a-f]{8}", pack.label)
    copy = Path(shutil.copytree(pack.folder, tmp_path / "mnlu"))
    assert prompts.load(str(copy)).label == pack.label
    (copy / "qa.j2").write_text("{{ question }}", "utf-8")
    prompts.load.cache_clear()
    assert prompts.load(str(copy)).label != pack.label


@pytest.mark.parametrize(
    ("template", "finding"),
    [
        ("{{ question }}\n{{ text }}", "doesn't show 'options'"),
        ("{{ question }}\n{{ text }}\n{{ options }}\n{{ gold }}", "uses 'gold'"),
        ("{{ question }}\n{{ text }}\n{{ options[:1] | join('\\n') }}", "changes or drops a part of 'options'"),
        ("{{ question | upper }}\n{{ text }}\n{{ options | join('\\n') }}", "changes or drops a part of 'question'"),
        ("{{ question }}\n{{ text }}\n{{ options | nothing }}", "nothing"),
        ("{{ question }}\n{{ text }}\n{{ options.first.second }}", "has no attribute"),
    ],
)
def test_lint_finds_what_is_wrong(tmp_path: Path, template: str, finding: str) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [qa]\n", "utf-8")
    (tmp_path / "qa.j2").write_text(template, "utf-8")
    prompts.load.cache_clear()
    try:
        findings = list(prompts.lint(prompts.load(str(tmp_path)), samples()))
    except UserError as error:
        findings = [error.message]
    assert any(finding in words for words in findings), findings


@pytest.mark.parametrize(
    "declaration", ["tasks: [qa]", "description: x\ntasks: [quiz]", "- x", "{", "description: x\ntasks: [qa]\nmore: 1"]
)
def test_a_wrong_pack_file_is_an_error(tmp_path: Path, declaration: str) -> None:
    (tmp_path / "pack.yaml").write_text(declaration, "utf-8")
    prompts.load.cache_clear()
    with pytest.raises(UserError, match=r"pack\.yaml"):
        prompts.load(str(tmp_path))


def test_templates_cannot_reach_python(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [qa]\n", "utf-8")
    (tmp_path / "qa.j2").write_text("{{ question.__class__.__mro__ }}", "utf-8")
    prompts.load.cache_clear()
    with pytest.raises(UserError, match="unsafe"):
        prompts.load(str(tmp_path)).prompt(GOLDEN["qa"][0])
