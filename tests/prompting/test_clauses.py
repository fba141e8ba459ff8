"""The words of relations in a pack: instead of those that the corpora declare, all types or none."""

import re
from pathlib import Path

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import lint, packs
from mnlu_instruct.prompting.preview import samples
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import Instance
from tests.support import failed, mnlu

TYPES = {"ACTIVATOR": "{1} turns {2} on", "INHIBITOR": "{1} turns {2} off", "SUBSTRATE": "{2} eats {1}"}


@pytest.fixture
def sample() -> Instance:
    return samples()["ere"]


def pack(folder: Path, clauses: str) -> packs.Pack:
    (folder / "pack.yaml").write_text("description: mine\ntasks: [ere]\nextends: verb\n", "utf-8")
    (folder / "clauses.yaml").write_text(f"corpora: {clauses}\n", "utf-8")
    packs.load.cache_clear()
    return packs.load(str(folder))


def findings(folder: Path, types: dict[str, str], corpus: str = "demo-ere") -> list[str]:
    return list(lint.findings(pack(folder, str({corpus: {"types": types}})), samples()))


def test_relations_are_stated_in_the_words_of_the_pack_and_read_from_them(tmp_path: Path, sample: Instance) -> None:
    mine = pack(tmp_path, str({"demo-ere": {"types": TYPES, "none": "nothing happens"}}))
    ((said,), worded) = (mine.completion(sample), mine.worded(sample))
    assert " turns " in said["content"]
    assert ere.read(said["content"], worded).answer == sample.gold.answer
    assert ere.write((), worded) == "nothing happens."
    assert mine.prompt(sample) == packs.load("verb").prompt(sample)


def test_words_that_a_pack_lacks_are_those_of_the_corpus(tmp_path: Path, sample: Instance) -> None:
    mine = pack(tmp_path, str({"demo-ere": {"types": TYPES}}))
    assert ere.write((), mine.worded(sample)) == ere.write((), sample)
    assert pack(tmp_path, "{bc5cdr: {types: {CID: '{1} causes {2}'}}}").worded(sample) == sample
    assert not mine.rewords("bc5cdr")


def test_a_pack_words_all_types_of_a_corpus(tmp_path: Path, sample: Instance) -> None:
    mine = pack(tmp_path, "{demo-ere: {types: {ACTIVATOR: '{1} turns {2} on'}}}")
    with pytest.raises(UserError, match=r"no clause for relations of type 'INHIBITOR' of demo-ere\.") as raised:
        mine.completion(sample)
    assert raised.value.hint == "it has: ACTIVATOR."


def test_a_pack_without_a_template_names_those_that_have_one(sample: Instance) -> None:
    with pytest.raises(UserError, match="'mnlu' has no template for ere questions") as raised:
        packs.load("mnlu").prompt(sample)
    assert raised.value.hint.startswith("these packs have one: box, quoted, study, typed, verb; or add ere.j2")


@pytest.mark.parametrize(
    ("types", "finding"),
    [
        ({**TYPES, "INHIBITOR": "{1} turns {2} on"}, "is read as "),
        ({**TYPES, "INHIBITOR": "{1}; {2}"}, "'{1}; {2}', is read as none of them"),
        ({**TYPES, "INHIBITOR": "{1} turns off"}, "'{1} turns off' needs the slots {1} and {2}"),
        ({**TYPES, "OTHER": "{1} meets {2}"}, "corpus demo-ere has a clause for the unknown type 'OTHER'"),
        ({"ACTIVATOR": "{1} turns {2} on"}, "corpus demo-ere has no clause for type 'INHIBITOR'"),
    ],
)
def test_lint_says_what_is_wrong_with_clauses(tmp_path: Path, types: dict[str, str], finding: str) -> None:
    assert any(finding in one for one in findings(tmp_path, types)), findings(tmp_path, types)


def test_lint_knows_which_corpora_are_for_relations_of_texts(tmp_path: Path) -> None:
    assert findings(tmp_path, TYPES) == []
    assert any("demo-ner isn't for end-to-end" in one for one in findings(tmp_path, TYPES, "demo-ner"))


def test_what_lint_says_has_an_order(tmp_path: Path) -> None:
    found = findings(tmp_path, {"B": "{1} b {2}", "A": "{1} a {2}"})
    named = [match[1] for one in found if (match := re.search(r"(?:for|unknown) type '(\w+)'", one))]
    assert named == ["A", "ACTIVATOR", "B", "INHIBITOR", "SUBSTRATE"]


def test_a_test_set_whose_answers_cannot_be_read_back_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    pack(tmp_path, str({"demo-ere": {"types": {**TYPES, "INHIBITOR": "{1}; {2}"}}}))
    done = mnlu("suite", "export", "demo-ere", "--pack", tmp_path, "--out", tmp_path / "out")
    failed(done, "can't be read back from the words of pack", "'mnlu prompts lint' says which clauses")
    assert not (tmp_path / "out").exists()
