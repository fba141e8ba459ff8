"""References to corpora: names, paths, and corpora of a file with several; which of them a file declares itself."""

from pathlib import Path

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.sources.declaration import NAME
from tests.support import FIXTURES, failed, mnlu

MINE = """
from dataclasses import replace

from mnlu_instruct.corpora.linnaeus import linnaeus
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources.declaration import Agreement, Corpus


def mine(name, **more):
    return Corpus(name=name, title="t", role="train", domain="clinical", tasks=("ner",), licence="c", cite="d",
        source=Agreement("a", "b"), splits={"devel": ("notes.PubTator",)}, read=pubtator(), entities={"Drug": "Drug"},
        **more)


"""
ONE = MINE + 'held = replace(linnaeus, name="linnaeus-held", folder="linnaeus", published={})\n'
TWO = MINE + 'first, second = mine("first-notes"), mine("second-notes", language="de")\n'
NOTES = "1|t|Aspirin 100 mg daily.\n1|a|No fever.\n1\t0\t7\tAspirin\tDrug\t-\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "one.py").write_text(ONE, "utf-8")
    (tmp_path / "two.py").write_text(TWO, "utf-8")
    for name in ("first-notes", "second-notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.PubTator").write_text(NOTES, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_registered_corpus_that_a_file_imports_is_not_its_own(desk: Path) -> None:
    assert {reference: corpus.name for reference, corpus in corpora.named("one.py").items()} == {
        "one.py": "linnaeus-held"
    }
    assert corpora.get("one.py").name == "linnaeus-held"
    (desk / "none.py").write_text("from mnlu_instruct.corpora.linnaeus import linnaeus\n", "utf-8")
    with pytest.raises(UserError, match=r"none\.py declares no Corpus"):
        corpora.get("none.py")


def test_all_corpora_of_a_file_or_one_of_them(desk: Path) -> None:
    assert list(corpora.named("two.py")) == ["two.py::first-notes", "two.py::second-notes"]
    assert list(corpora.named("two.py::second-notes")) == ["two.py::second-notes"]
    assert corpora.get("two.py::second-notes").name == "second-notes"
    with pytest.raises(UserError, match=r"two\.py declares 2 corpora") as caught:
        corpora.get("two.py")
    assert caught.value.hint == "name one: two.py::first-notes and two.py::second-notes."
    with pytest.raises(UserError, match="Unknown corpus 'third-notes'"):
        corpora.get("two.py::third-notes")


def test_two_corpora_of_one_name_in_a_file(desk: Path) -> None:
    (desk / "twice.py").write_text(MINE + 'a, b = mine("notes"), mine("notes")\n', "utf-8")
    with pytest.raises(UserError, match=r"twice\.py declares two corpora 'notes'"):
        corpora.named("twice.py")


def test_a_file_of_several_is_checked_and_built_as_a_whole_or_by_name(desk: Path) -> None:
    for name in ("first-notes", "second-notes"):
        assert name in mnlu("corpora", "check", "two.py", data=desk).stdout
    build = ("build", "--tasks", "ner", "--splits", "devel", "--workers", "1")
    for corpora_of, out, rows in (("two.py", "both", 2), ("two.py::second-notes", "second", 1)):
        done = mnlu(*build, "--corpora", corpora_of, "--out", out, data=desk)
        assert f"{rows} rows" in done.stdout, done.stderr
    card = (desk / "both" / "README.md").read_text("utf-8")
    assert "language:\n- de\n- en\n" in card
    named = mnlu(*build, "--corpora", "first-notes", "--corpus", "two.py", "--out", "named", data=desk)
    assert "1 rows" in named.stdout, named.stderr
    failed(mnlu("preview", "two.py", data=desk), "two.py declares 2 corpora", "name one")


def test_a_split_that_no_chosen_corpus_has(desk: Path) -> None:
    done = mnlu("build", "--tasks", "ner", "--splits", "dev", "--corpora", "two.py", "--out", "x", data=desk)
    failed(done, "Unknown split 'dev'", "did you mean devel?")


@pytest.mark.parametrize("name", ["ward:notes", "a/b", "", "two words", "-notes", "a,b"])
def test_names_that_a_corpus_cannot_have(desk: Path, name: str) -> None:
    (desk / "odd.py").write_text(MINE + f"a = mine({name!r})\n", "utf-8")
    with pytest.raises(UserError, match="can't be the name of a corpus"):
        corpora.get("odd.py")


def test_registered_names_may_be_names() -> None:
    assert all(NAME.fullmatch(name) for name in corpora.registry())


def test_named_entities_need_types(desk: Path) -> None:
    (desk / "odd.py").write_text(MINE.replace('{"Drug": "Drug"}', "{}") + 'a = mine("notes")\n', "utf-8")
    with pytest.raises(UserError, match="Corpus notes is for ner, but declares no `entities`"):
        corpora.get("odd.py")


def test_an_excluded_corpus_may_be_ones_own(desk: Path) -> None:
    done = mnlu(
        *("build", "--tasks", "ner", "--corpora", "two.py", "--exclude", "first-notes", "--splits", "devel"),
        *("--out", "x", "--workers", "1"),
        data=desk,
    )
    assert "1 rows" in done.stdout, done.stderr
    failed(mnlu("build", "--exclude", "frist-notes", "--out", "y", data=FIXTURES), "Unknown corpus 'frist-notes'")
