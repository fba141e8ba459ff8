"""BoX's file of instructions: the bundled pack against it, and the pack with examples that is made from it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from mnlu_instruct import corpora, tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import box, lint, packs
from mnlu_instruct.prompting.preview import samples
from mnlu_instruct.types import normalise
from tests.support import REAL, failed, mnlu

STUDY = REAL.parent / "re-study"
FILE = STUDY / "instructions" / "BoX_instructions.json"
needs_file = pytest.mark.skipif(
    not FILE.is_file(), reason="no BoX_instructions.json in ../shared/re-study/instructions"
)

FORM = re.compile(
    r" ?(?:Generate the output in this format|In your answer, each (?:protein|entity) is followed).*?>?\.(?= |$)"
)
"""The sentences of BoX that say how an answer is written."""
ADAPTED = {"CRAFT", "Chemprot", "DDI"}
"""Tasks whose instruction had to be changed otherwise."""

MADE_UP = {
    "AnatEM": [("Both wings of a hen .", "wings <Anatomy>"), ("Hens eat .", "crop <Gland>")],
    "BC5CDR": [("Calorin caused gout, and gout went .", "Calorin <Chemical>, gout <Disease>, gout <Disease>")],
    "Chemprot": [("Context: Ozeridine binds. It slows QRX. entity_1: Ozeridine entity_2: QRX", "CPR:4")],
    "DDI": [
        ("Context: A and B were given. Drug_1: A Drug_2: B", "false"),
        ("Context: A slows B. Drug_1: A Drug_2: B", "true"),
    ],
    "HoC": [("Cells lived on.", "Resisting cell death, Cellular energetics"), ("Cells lived on.", "Luck")],
    "PubMed": [("Context1: Hens slept. \n Context2: All stood. \n Question: Do hens stand?", "All of them stand.")],
    "BioASQ-8b_yesno": [("Hens slept. \n Question: Do hens sleep?", "yes")],
    "Medical_Drugs": [("not ours", "Positive")],
}
"""Examples in the forms of BoX: input and output."""


def content(made_up: dict[str, list[tuple[str, str]]]) -> bytes:
    tasks_of_box = {
        name: {
            "Definition:": "Do it.",
            "Prompt": "Do.",
            "Examples": [{"input": asked, "output": said, "explanation": f"As in {name}."} for asked, said in examples],
        }
        for name, examples in made_up.items()
    }
    return json.dumps(tasks_of_box).encode()


def test_the_instructions_are_of_registered_corpora_and_their_only_kind_that_box_asks() -> None:
    instructions = packs.load("box").instructions
    assert instructions
    named = [corpus for several in box.CORPORA.values() for corpus in several]
    assert sorted(named) == sorted(instructions.corpora)
    for corpus, own in instructions.corpora.items():
        (kind,) = own
        assert kind in tasks.kinds(corpora.get(corpus).tasks)
    assert instructions.kinds.keys() == tasks.TASKS.keys() - {"dialogue", "el"}
    assert instructions.quoted() == {}  # nothing of a corpus is in the package


def test_examples_become_questions_and_answers_of_our_form() -> None:
    converted = box.convert(content(MADE_UP))
    by_corpus = converted.instructions.corpora
    (anatomy,) = by_corpus["anatem"]["ner"].positive
    assert (anatomy.input, anatomy.output) == ("Both wings of a hen .\nTypes: Anatomy", "Anatomy: wings")
    assert anatomy.explanation == "As in AnatEM."
    (both,) = by_corpus["bc5cdr-iob"]["ner"].positive
    assert both.output == "Chemical: Calorin\nDisease: gout ... gout"
    (pair,) = by_corpus["chemprot"]["re"].positive
    assert pair.input.startswith(
        "Ozeridine binds. It slows QRX.\nEntities: Ozeridine (Chemical), QRX (Gene or protein)\n(A) "
    )
    assert pair.output == "(B) Ozeridine inhibits or downregulates QRX"
    for corpus in ("hoc", "hoc-blurb"):
        (classes,) = by_corpus[corpus]["dc"].positive
        assert [line.partition(" ")[2] for line in classes.output.splitlines()] == [
            "resisting cell death",
            "cellular energetics",
        ]
    (long,) = by_corpus["pubmedqa-long"]["summ"].positive
    assert long.input.startswith("Hens slept.\nAll stood.\nDo hens stand?\nTo write: ")
    assert long.output == "All of them stand."
    (yes,) = by_corpus["bioasq"]["qa"].positive
    assert (yes.input, yes.output) == ("Hens slept.\nQuestion: Do hens sleep?\n(A) yes\n(B) no", "(A) yes")
    assert converted.left_out == {
        "AnatEM 2": "its type 'Gland' is none of corpus anatem",
        "DDI 2": "'true' is no relation of corpus ddi",
        "HoC 2": "'Luck' is no class of corpus hoc",
    }


def test_the_command_writes_a_pack_that_passes_lint(tmp_path: Path) -> None:
    (tmp_path / "box.json").write_bytes(content(MADE_UP))
    done = mnlu("prompts", "from-box", tmp_path / "box.json", "--out", tmp_path / "mine")
    assert done.returncode == 0, done.stderr
    assert "AnatEM 2" in done.stdout
    checked = mnlu("prompts", "lint", tmp_path / "mine")
    assert (checked.returncode, checked.stdout) == (0, "No findings.\n")
    assert (packs.load(str(tmp_path / "mine")).instructions) == box.convert(content(MADE_UP)).instructions
    failed(mnlu("prompts", "from-box", tmp_path / "box.json", "--out", tmp_path / "mine"), "exists already")
    (tmp_path / "box.json").write_bytes(b"[1]")
    failed(mnlu("prompts", "from-box", tmp_path / "box.json", "--out", tmp_path / "other"), "not BoX's file")


@pytest.mark.parametrize("wrong", [b"", b"{", b'{"AnatEM": 1}', b'{"AnatEM": {"Examples": [{"input": "a"}]}}'])
def test_another_file_is_refused(wrong: bytes) -> None:
    with pytest.raises(UserError, match="not BoX's file"):
        box.convert(wrong)


@needs_file
def test_definitions_and_prompts_are_those_of_the_file() -> None:
    said = json.loads(FILE.read_bytes())
    instructions = packs.load("box").instructions
    assert instructions
    for name, corpora_of_it in box.CORPORA.items():
        for corpus in corpora_of_it:
            (one,) = instructions.corpora[corpus].values()
            stated = normalise(FORM.sub("", said[name]["Definition:"])), normalise(said[name]["Prompt"])
            assert ((one.definition, one.prompt) == stated) == (name not in ADAPTED), name


@needs_file
def test_the_examples_of_the_file_are_right_answers_but_for_those_left_out(tmp_path: Path) -> None:
    converted = box.convert(FILE.read_bytes())
    assert len(converted.instructions.quoted()) == 30
    assert converted.left_out == {
        "CRAFT 1": "its type 'NCBITaxon' is none of corpus craft",
        "DDI 1": "'true' is no relation of corpus ddi",
    }
    box.write(converted, tmp_path / "box")
    assert list(lint.findings(packs.load(str(tmp_path / "box")), samples())) == []


@needs_file
def test_every_task_of_box_is_accounted_for() -> None:
    listed = {task["name"]: task for task in yaml.safe_load((STUDY / "box-tasks.yaml").read_text("utf-8"))["tasks"]}
    assert box.CORPORA.keys() <= listed.keys() == json.loads(FILE.read_bytes()).keys()
