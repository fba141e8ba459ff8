"""Knowledge bases: lookups, shared names, rules of spelling, the same bytes, faults."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.knowledge import base
from mnlu_instruct.knowledge.base import Counts
from mnlu_instruct.knowledge.formats import Concept
from mnlu_instruct.knowledge.spelling import RULES
from tests.knowledge.helpers import contents, made
from tests.support import FIXTURES


def test_concepts_are_found_by_their_names_and_ids(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert contents(found)["D1"] == ["dorrel fever", "fever of dorrel"]
    assert [found.id(one) for one in found.named("DORREL  fever")] == ["D1"]
    assert [found.id(one) for one in found.named("spots")] == ["D3", "D4"]
    assert found.named("nothing") == ()
    assert [found.id(one) for one in found.with_ids(["D5", "D9", "D2", "D5"])] == ["D5", "D2"]
    assert found.manifest.counts == Counts(concepts=5, names=6, others=0, shared=1, repeats=0, nameless=0)


def test_a_shared_name_is_left_to_the_concept_with_fewest_names_by_the_released_rules(tmp_path: Path) -> None:
    found = made(tmp_path, rule="released")
    assert contents(found) == {
        "D1": ["dorrel fever", "fever of dorrel"], "D2": ["merrow palsy"], "D3": ["tallin spots"], "D4": ["spots"],
        "D5": ["vell wasting"],
    }  # fmt: skip
    assert made(tmp_path, "A\tx\nB\tX\n", rule="released").manifest.counts.nameless == 1


def test_the_rules_of_spelling() -> None:
    assert {name: rule(" Non-small  (Cell)") for name, rule in RULES.items()} == {
        "lower": "non-small (cell)", "cased": "Non-small (Cell)",
        "plain": "non small cell", "released": "non small cell",
    }  # fmt: skip
    assert (RULES["plain"]("a&b|c"), RULES["released"]("a&b|c")) == ("a b c", "a&b|c")


@given(
    st.dictionaries(st.text("ab", min_size=1, max_size=3), st.lists(st.text("xyz", min_size=1, max_size=2), min_size=1))
)
def test_every_name_leads_to_its_concepts_and_no_other(names: dict[str, list[str]]) -> None:
    concepts = [Concept(one, tuple(some)) for one, some in names.items()]
    if not concepts:
        return
    folder = Path(base.__file__).parent  # never written to
    tables = base._tables(base._gathered(concepts, "cased")[0])
    found = base.KnowledgeBase(folder, base.Manifest("", "", "cased", {}, Counts(0, 0, 0, 0, 0, 0), ""), tables)
    for name in {name for some in names.values() for name in some}:
        assert {found.id(one) for one in found.named(name)} == {one for one, some in names.items() if name in some}


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    one = made(tmp_path).folder
    kept = tmp_path / "kept"
    shutil.copytree(one, kept)
    made(tmp_path)
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in kept.iterdir()
    }


def test_a_file_inside_an_archive_is_read(tmp_path: Path) -> None:
    archive = FIXTURES / "ncbi-linking" / "ncbi-disease.tar.gz"
    base.build("biosyn", archive / "ncbi-disease" / "train_dictionary.txt", tmp_path / "kb")
    found = base.opened(tmp_path / "kb")
    assert contents(found)["D9000001"] == ["dorrel fever", "fever of dorrel"]
    assert found.with_ids(["700001"]) == found.with_ids(["D9000001"])


def test_an_earlier_knowledge_base_is_not_overwritten_unasked(tmp_path: Path) -> None:
    found = made(tmp_path)
    with pytest.raises(UserError, match="exists already"):
        base.build("tsv", tmp_path / "source.tsv", found.folder)


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("tsv", "D1\tx\nD2 y\n", r"source\.tsv, line 2: expected 'id TAB name', found a line without a tab: 'D2 y'"),
        ("tsv", "D1\t\n", r"source\.tsv, line 1: a concept without a name"),
        ("tsv", "\tx\n", r"source\.tsv, line 1: a concept without an id"),
        ("tsv", "\n \n", r"There is no concept in .*source\.tsv"),
        ("obo", "format-version: 1.2\n", "There is no concept in"),
        ("golf", "D1\tx\n", "Unknown kind of terminology 'golf'"),
        ("umls", "C1|ENG\n", "expected the 18 columns of MRCONSO.RRF, found 2"),
        ("ctd", "a\tb\n", "expected CTD's columns"),
        ("mesh", "<a>\n", "this is not XML as MeSH has it"),
    ],
)
def test_a_wrong_file_is_one_error_and_leaves_nothing(tmp_path: Path, kind: str, content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        made(tmp_path, content, kind)
    assert not (tmp_path / f"{kind}-lower").exists()


def test_names_of_which_nothing_is_left_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No concept has a name"):
        made(tmp_path, "D1\t--\n", rule="plain")


def test_a_folder_without_a_knowledge_base_or_with_a_broken_one_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no knowledge base"):
        base.opened(tmp_path)
    found = made(tmp_path)
    (found.folder / "names.arrow").write_bytes(b"x")
    with pytest.raises(UserError, match="missing or broken"):
        base.opened(found.folder)
    (found.folder / "knowledge.json").write_text("{}")
    with pytest.raises(UserError, match="is broken"):
        base.opened(found.folder)
    with pytest.raises(UserError, match="is no file"):
        base.build("tsv", tmp_path / "none.tsv", tmp_path / "x")
