"""The pack `mnlu`, to the letter of Table 1; marks; wordings and definitions; packs that are wrong."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mnlu_instruct.dataset.build import draft
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import packs
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
    assert packs.load("mnlu").prompt(instance) == [{"role": "user", "content": prompt}]
    assert packs.load("mnlu").completion(instance) == [{"role": "assistant", "content": completion}]


@given(st.text(st.characters(exclude_characters="[]⟦⟧")), st.data())
def test_marks_add_brackets_and_nothing_else(text: str, data: st.DataObject) -> None:
    span = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda ends: ends[0] < ends[1])
    chosen = data.draw(st.sets(span, max_size=4)) if text else set()
    shown = packs.marked(text, tuple(sorted(chosen)))
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
    assert packs.marked(text, marks) == shown


def test_a_pack_is_named_with_a_hash_of_its_files(tmp_path: Path) -> None:
    pack = packs.load("mnlu")
    assert re.fullmatch(r"mnlu@[0-9a-f]{8}", pack.label)
    copy = Path(shutil.copytree(pack.folders[0], tmp_path / "mnlu"))
    assert packs.load(str(copy)).label == pack.label
    (copy / "qa.j2").write_text("{{ question }}", "utf-8")
    packs.load.cache_clear()
    assert packs.load(str(copy)).label != pack.label


def written(folder: Path, *, tasks: str = "[qa]", **files: str) -> packs.Pack:
    """A pack of its own, loaded; `files` are templates by kind of question."""
    (folder / "pack.yaml").write_text(f"description: mine\ntasks: {tasks}\n", "utf-8")
    for name, text in files.items():
        (folder / f"{name}.j2").write_text(text, "utf-8")
    packs.load.cache_clear()
    return packs.load(str(folder))


def test_a_pack_takes_what_it_lacks_from_the_one_that_it_extends(tmp_path: Path) -> None:
    (tmp_path / "nli.j2").write_text("{{ premise }} {{ hypothesis }} {{ options | join(' ') }}", "utf-8")
    (tmp_path / "pack.yaml").write_text(
        "description: mine\ntasks: [nli, eac]\nextends: mnlu\nletters: after\n", "utf-8"
    )
    packs.load.cache_clear()
    mine, bundled = packs.load(str(tmp_path)), packs.load("mnlu")
    ((own,), (included,)) = (mine.prompt(GOLDEN[kind][0]) for kind in ("nli", "eac"))
    assert own["content"].endswith("=C")
    ((theirs,),) = (bundled.prompt(bundled.worded(GOLDEN["eac"][0])),)
    assert included["content"].splitlines()[:2] == theirs["content"].splitlines()[:2]
    assert mine.completion(GOLDEN["nli"][0])[0]["content"] in "ABC"
    assert mine.label.split("@")[1] not in bundled.label


def test_only_a_bundled_pack_can_be_extended(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [qa]\nextends: mnul\n", "utf-8")
    packs.load.cache_clear()
    with pytest.raises(UserError, match="'mnul'") as raised:
        packs.load(str(tmp_path))
    assert "mnlu" in str(raised.value.hint)


THREE = "one {{ question }}\n{# or #}\ntwo\n{{ question }}\n{# or #}  \nthree {# or #} {{ question }}\n"


def test_a_template_may_hold_several_wordings(tmp_path: Path) -> None:
    pack = written(tmp_path, qa=THREE)
    shown = [content for ((_, content),) in (map(dict.values, prompt) for prompt in pack.prompts(GOLDEN["qa"][0]))]
    assert shown == ["one Does it harm?", "two\nDoes it harm?", "three  Does it harm?"]


@given(st.lists(st.text(min_size=1), min_size=2, unique=True))
def test_the_wording_hangs_on_the_id_alone(ids: list[str]) -> None:
    pack = packs.load("paraphrase")
    question = GOLDEN["dc"][0]

    def wordings(names: list[str]) -> dict[str, int]:
        asked = [replace(question, id=name) for name in names]
        return {one.id: pack.prompts(one).index(pack.prompt(one)) for one in asked}

    assert wordings(ids) == wordings(ids[::-1]) == {name: wordings([name])[name] for name in ids}
    other = replace(question, id=ids[0], text="Other text.", gold=Choices(()))
    assert pack.prompts(other).index(pack.prompt(other)) == wordings(ids)[ids[0]]


def test_wordings_are_drawn_evenly() -> None:
    pack = packs.load("paraphrase")
    asked = [replace(GOLDEN["nli"][0], id=f"snli/train/{number}#nli") for number in range(4_000)]
    every = pack.prompts(asked[0])
    counts = Counter(every.index(pack.prompt(one)) for one in asked)
    # Of 4,000 uniform draws of 8, each is 500 ± 21; six standard deviations.
    assert len(counts) == 8
    assert all(abs(count - 500) < 126 for count in counts.values())


def test_the_wording_is_the_same_everywhere() -> None:
    """One that hung on Python's own hash, the platform or a seed of the process would differ here."""
    pack = packs.load("paraphrase")
    assert [pack.prompts(one).index(pack.prompt(one)) for one, _, _ in GOLDEN.values()] == [
        3,
        3,
        0,
        4,
        7,
        2,
        1,
        2,
        7,
        3,
    ]


def test_a_pack_may_define_labels(tmp_path: Path) -> None:
    meanings = "corpora:\n  x:\n    source: the guideline\n    labels: {'yes': it does, CPR:4: less of it}\n"
    (tmp_path / "definitions.yaml").write_text(meanings, "utf-8")
    template = "{% for one in options %}{{ one }} = {{ definitions[one] if one in definitions }}\n{% endfor %}"
    pack = written(tmp_path, tasks="[qa, re]", qa=template, re=template)
    (asked_qa,) = pack.prompt(replace(GOLDEN["qa"][0], id="x/1#qa"))
    assert asked_qa["content"] == "(A) yes = it does\n(B) maybe = \n(C) no = \n"
    labels = (Label("CPR:3", "a raises b"), Label("CPR:4", "a lowers b"))
    (asked_re,) = pack.prompt(replace(GOLDEN["re"][0], id="x/1#re", labels=labels))
    assert asked_re["content"] == "(A) a raises b = \n(B) a lowers b = less of it\n"


def test_definitions_of_another_corpus_are_not_shown() -> None:
    pack = packs.load("definitions")
    nli = GOLDEN["nli"][0]
    (named,), (unnamed,) = pack.prompt(replace(nli, id="snli/train/1#nli")), pack.prompt(nli)
    assert "definitely true" in named["content"]
    assert unnamed == packs.load("mnlu").prompt(nli)[0]


def test_without_definitions_the_variable_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'definitions' is undefined"):
        written(tmp_path, qa="{{ definitions }}").prompt(GOLDEN["qa"][0])


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (b"{{ question }}\n{# or #}\n{{ question", r"qa\.j2, wording 2: TemplateSyntaxError"),
        (b"{{ question | nothing }}", r"qa\.j2: TemplateAssertionError: No filter named 'nothing'"),
        (b"{{ [1, 2] | random }}", r"qa\.j2: TemplateAssertionError: No filter named 'random'\.\n"),
        (b"\xff", r"qa\.j2: UnicodeDecodeError"),
    ],
)
def test_a_template_that_cannot_be_read_is_an_error(tmp_path: Path, template: bytes, words: str) -> None:
    (tmp_path / "qa.j2").write_bytes(template)
    with pytest.raises(UserError, match=words):
        written(tmp_path)


@pytest.mark.parametrize(
    "template", ["{{ text + 1 }}", "{{ 1 // 0 }}", "{% include 'no.j2' %}", "{% include 'qa.j2' %}"]
)
def test_a_template_that_fails_is_an_error(tmp_path: Path, template: str) -> None:
    with pytest.raises(UserError, match=rf"{tmp_path.name}/qa\.j2: \w+"):
        written(tmp_path, qa=template).prompt(GOLDEN["qa"][0])


def test_a_pack_without_a_template_for_a_task_is_an_error(tmp_path: Path) -> None:
    pack = written(tmp_path, tasks="[qa, re]", qa="{{ question }}", re="{{ text }}")
    pack.check({"qa", "re"})
    with pytest.raises(UserError, match="has no template for ner questions"):
        pack.check({"qa", "sts", "ner"})
    with pytest.raises(UserError, match="has no template for nli questions"):
        pack.prompt(GOLDEN["nli"][0])
    with pytest.raises(UserError, match="has no template for dc questions"):
        draft(
            build_recipe("demo", {"pack": str(tmp_path), "tasks": ("dc",)}), tmp_path, None, lambda _stage, _share: None
        )


def test_a_folder_that_is_no_pack_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no pack\.yaml"):
        packs.load(str(tmp_path))
    with pytest.raises(UserError, match="Unknown prompt pack 'paraphrases'") as found:
        packs.load("paraphrases")
    assert "paraphrase" in found.value.hint


def test_a_pack_is_found_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine" / "parts").mkdir(parents=True)
    (tmp_path / "mine" / "parts" / "end.j2").write_text("?", "utf-8")
    label = written(tmp_path / "mine", qa="{{ question }}{% include 'parts/end.j2' %}").label
    assert label.startswith("mine@")
    monkeypatch.chdir(tmp_path / "mine")
    assert packs.load(".").label == packs.load("../mine/").label == label
    (tmp_path / "mine" / "parts" / "end.j2").write_text("!", "utf-8")
    packs.load.cache_clear()
    assert packs.load(".").label != label


@pytest.mark.parametrize(
    "declaration",
    [
        "tasks: [qa]",
        "description: x\ntasks: [quiz]",
        "- x",
        "{",
        "description: x\ntasks: [qa]\nmore: 1",
        "description: x\ntasks: []",
    ],
)
def test_a_wrong_pack_file_is_an_error(tmp_path: Path, declaration: str) -> None:
    (tmp_path / "pack.yaml").write_text(declaration, "utf-8")
    packs.load.cache_clear()
    with pytest.raises(UserError, match=r"pack\.yaml"):
        packs.load(str(tmp_path))


def test_templates_cannot_reach_python(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unsafe"):
        written(tmp_path, qa="{{ question.__class__.__mro__ }}").prompt(GOLDEN["qa"][0])
