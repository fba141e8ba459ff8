"""Instructions: what they say, variants, how they are shortened, and examples that lint refuses."""

from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import lint, packs
from mnlu_instruct.prompting.instructions import VARIANTS, Example, Instruction, NegativeExample
from mnlu_instruct.prompting.preview import samples
from mnlu_instruct.types import Text

WHOLE = Instruction(
    definition="Find the birds.",
    prompt="Give all birds.",
    caution="Mind plurals.",
    avoid="Don't guess.",
    positive=(
        Example(input="A hen sat.", output="Bird: hen", explanation="It is a bird."),
        Example(input="It rained.", output="Bird: None"),
    ),
    negative=(NegativeExample(input="A bat sat.", output="Bird: bat", reason="A bat is none.", suggestion="None"),),
)
QUOTED = ("A hen sat.", "It rained.", "A bat sat.")


def test_fields_stand_in_the_order_of_natural_instructions() -> None:
    assert WHOLE.words == (
        "Definition: Find the birds., Emphasis & Caution: Mind plurals., Things to Avoid: Don't guess., "
        "Positive Examples: [[input: A hen sat., output: Bird: hen, explanation: It is a bird.] "
        "[input: It rained., output: Bird: None] ], "
        "Negative Examples: [[input: A bat sat., output: Bird: bat, reason: A bat is none., suggestion: None] ], "
        "Prompt: Give all birds."
    )


def test_the_variant_with_examples_is_the_string_of_box() -> None:
    one = WHOLE.model_copy(update={"positive": WHOLE.positive[:1]})
    assert one.variant("definition+examples").words == (
        "Definition: Find the birds., "
        "Positive Examples: [[input: A hen sat., output: Bird: hen, explanation: It is a bird.] ]"
    )
    assert one.variant("definition").words == "Definition: Find the birds."
    assert one.variant("prompt").words == "Prompt: Give all birds."
    assert one.variant("all") == one


def test_explanations_go_first_then_negative_then_positive_examples_from_the_last() -> None:
    found = [WHOLE.shortened(step).words for step in range(WHOLE.steps + 1)]
    kept = [tuple(words for words in QUOTED if words in text) for text in found]
    assert kept == [QUOTED, QUOTED, QUOTED[:2], QUOTED[:1], ()]
    assert ["It is a bird." in text for text in found] == [True, False, False, False, False]
    assert ["A bat is none." in text for text in found] == [True, False, False, False, False]
    assert all("Definition: Find the birds." in text and "Prompt: Give all birds." in text for text in found)


@given(
    st.lists(
        st.builds(Example, input=st.text("ab"), output=st.text("ab"), explanation=st.none() | st.text("ab")), max_size=4
    ),
    st.lists(
        st.builds(NegativeExample, input=st.text("ab"), output=st.text("ab"), reason=st.none() | st.text("ab")),
        max_size=4,
    ),
    st.sampled_from(sorted(VARIANTS)),
)
def test_each_step_leaves_less_and_the_last_no_example(
    positive: list[Example], negative: list[NegativeExample], variant: str
) -> None:
    shown = WHOLE.model_copy(update={"positive": tuple(positive), "negative": tuple(negative)}).variant(variant)
    lengths = [len(shown.shortened(step).words) for step in range(shown.steps + 1)]
    assert all(longer > shorter for longer, shorter in pairwise(lengths))
    last = shown.shortened(shown.steps)
    assert (last.positive, last.negative) == ((), ())
    assert (last.definition, last.prompt) == (shown.definition, shown.prompt)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A pack that extends `box`, with instructions of its own."""
    (tmp_path / "pack.yaml").write_text(
        "description: ours\nextends: box\ntasks: [ner, ete, eae, re, ere, dc]\n", "utf-8"
    )
    return tmp_path


def told(folder: Path, corpora: object, kinds: object | None = None) -> packs.Pack:
    plain = {"definition": "Say what is asked for.", "prompt": "Say it."}
    every = dict.fromkeys(("ner", "ete", "eae", "re", "ere", "dc"), plain)
    content = {"credit": "ours", "kinds": kinds or every, "corpora": corpora}
    (folder / "instructions.yaml").write_text(yaml.safe_dump(content), "utf-8")
    packs.load.cache_clear()
    return packs.load(str(folder))


def with_example(kind: str, asked: str, answer: str) -> dict[str, object]:
    example = {"input": asked, "output": answer}
    return {kind: {"definition": "Say it.", "prompt": "Say.", "positive": [example]}}


RIGHT = [
    ("demo-ner", "ner", "WBX1 rose.\nTypes: Gene, Chemical, Disease", "Gene: WBX1\nChemical: None\nDisease: None"),
    ("demo-re", "re", "a b\n(A) inhibition\n(B) no link", "(A) inhibition"),
    ("demo-ere", "ere", "WBX1 fell under X.", "X inhibits WBX1."),
    ("demo-ere", "ere", "It rained.", "no relation between a chemical and a gene is stated."),
]


@pytest.mark.parametrize(("corpus", "kind", "asked", "answer"), RIGHT)
def test_right_examples_pass(ours: Path, corpus: str, kind: str, asked: str, answer: str) -> None:
    assert list(lint.findings(told(ours, {corpus: with_example(kind, asked, answer)}), samples())) == []


@pytest.mark.parametrize(
    ("corpus", "kind", "asked", "answer", "finding"),
    [
        ("demo-ner", "ner", "It rained.", RIGHT[0][3], "states 'WBX1', which isn't in its input"),
        ("demo-ner", "ner", "WBX1 rose.", "WBX1 <Gene>", "can't be read as an answer to a ner question: 'WBX1 <Gene>'"),
        ("demo-ner", "ner", "WBX1 rose.", "Gene: WBX1", "can't be read as an answer"),
        ("demo-ner", "ner", "WBX1 rose.", f"{RIGHT[0][3]}\nBird: None\nWing: WBX1", "can't be read as an answer"),
        ("demo-ner", "re", "a\n(A) inhibition", "(A) inhibition", "corpus demo-ner has no re questions"),
        ("demo-re", "re", "a b\n(A) inhibition\n(B) marriage", "(A) inhibition", "doesn't have: 'marriage'"),
        ("demo-re", "re", "a b (A) inhibition", "(A) inhibition", "has no options in its input"),
        ("demo-re", "re", "a b\n(A) inhibition\n(C) no link", "(A) inhibition", "letters aren't in order"),
        ("demo-re", "re", "a b\n(A) inhibition\n(B) no link", "(A) no link", "can't be read as an answer"),
        ("demo-ere", "ere", "It rained.", "X inhibits WBX1.", "states 'X', which isn't in its input"),
        ("demo-ere", "ere", "WBX1 and X", "X loves WBX1.", "can't be read as an answer"),
    ],
)
def test_wrong_examples_are_found(ours: Path, corpus: str, kind: str, asked: str, answer: str, finding: str) -> None:
    found = list(lint.findings(told(ours, {corpus: with_example(kind, asked, answer)}), samples()))
    assert [one for one in found if finding in one], found
    assert all(f"/instructions.yaml: corpora.{corpus}.{kind}" in one for one in found), found


def test_examples_of_a_kind_are_read_without_a_corpus(ours: Path) -> None:
    kinds = with_example("ner", "A hen sat.", "Bird: hen\nFish: None")
    assert list(lint.findings(told(ours, {}, kinds), samples())) == []
    kinds = with_example("ner", "It rained.", "Bird: hen")
    assert [one.partition(" ")[2] for one in lint.findings(told(ours, {}, kinds), samples())] == [
        "kinds.ner.positive[1] states 'hen', which isn't in its input"
    ]


def test_a_negative_example_that_is_right_is_found(ours: Path) -> None:
    own = with_example("ner", *RIGHT[0][2:])
    own["ner"]["negative"] = own["ner"]["positive"]  # type: ignore[index]
    (found,) = lint.findings(told(ours, {"demo-ner": own}), samples())
    assert found.endswith("corpora.demo-ner.ner.negative[1] is a positive example, too")


def test_a_template_must_show_the_instruction(ours: Path) -> None:
    (ours / "ner.j2").write_text("{{ text }}\n{{ types | join(', ') }}{{ hint }}", "utf-8")
    (found,) = lint.findings(told(ours, {}), samples())
    assert found == f"{ours.name}/ner.j2 doesn't show 'instruction'"


def test_a_corpus_own_instruction_comes_before_that_of_the_kind() -> None:
    asked = samples()["ner"]
    pack = packs.load("box:prompt")
    assert "Given a text, return all named entities" in pack.prompt(asked)[0]["content"]
    anatomy = replace(asked, id="anatem/test/1#ner")
    assert "return all the named entities and their corresponding type." in pack.prompt(anatomy)[0]["content"]


def test_a_question_without_instruction_is_an_error(ours: Path) -> None:
    pack = told(ours, {}, {"re": {"definition": "Say it.", "prompt": "Say."}})
    with pytest.raises(UserError, match="no instruction for ner questions of demo-ner"):
        pack.prompt(samples()["ner"])


def test_variants_are_named_after_a_colon_and_part_of_the_label(ours: Path) -> None:
    told(ours, {})
    names = ["box", "box:definition", f"{ours}:prompt"]
    loaded = [packs.load(name) for name in names]
    assert [pack.name for pack in loaded] == ["box", "box:definition", f"{ours.name}:prompt"]
    assert len({pack.label for pack in loaded}) == 3
    for name, words in {"box:x": "variant of instructions 'x'", "mnlu:all": "has no variants"}.items():
        with pytest.raises(UserError, match=words):
            packs.load(name)


def test_gold_is_not_seen_by_instructions() -> None:
    for kind in packs.load("box").wordings:
        sample = samples()[kind]
        asked = packs.load("box").prompt(sample)
        assert packs.load("box").prompt(replace(sample, gold=Text("else"))) == asked, kind
