"""Documents drawn for few-shot training: uniformly, by strata, as the study of domain specificity did, or by a list."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mnlu_instruct.dataset import build, store
from mnlu_instruct.dataset.build import Draft
from mnlu_instruct.dataset.documents import NOT_DRAWN, NOT_LISTED, STAGE, listed
from mnlu_instruct.dataset.recipe import BuildRecipe, Documents
from mnlu_instruct.dataset.row_counts import stated
from mnlu_instruct.errors import UserError
from tests.support import REAL, needs_real_corpora

SPLITS = REAL.parent / "re-study" / "splits"
needs_lists = pytest.mark.skipif(not SPLITS.is_dir(), reason="no lists of documents in ../shared/re-study/splits")


def draft(data: Path, corpus: str = "demo-ere", seed: int = 0, documents: Any = None, **others: Any) -> Draft:
    given = {"tasks": ["ere"], "corpora": [corpus], "splits": ["train"], "pack": "verb", "seed": seed, **others}
    return build.draft(BuildRecipe(**given, documents=Documents(**documents)), data, None, lambda *_: None)


def rows(drafted: Draft) -> list[Any]:
    """The questions that are drawn."""
    (survey,) = drafted.surveys
    return list(store.instances(survey.kept, drafted.mixture.chosen[survey.unit]["ere"]))


def ids(drafted: Draft) -> set[str]:
    """The documents that are drawn."""
    return {one.id.partition("#")[0].split("/", 2)[2] for one in rows(drafted)}


def drops(drafted: Draft) -> dict[str, int]:
    (survey,) = drafted.surveys
    return {entry.reason: count for entry, count in survey.ledger.rows("dropped") if entry.stage == STAGE}


def test_a_larger_draw_keeps_the_documents_of_a_smaller_one(tmp_path: Path) -> None:
    few, more = (ids(draft(tmp_path, documents={"n": n})) for n in (4, 9))
    assert len(few) == 4
    assert len(more) == 9
    assert few < more
    assert ids(draft(tmp_path, seed=1, documents={"n": 4})) != few


def test_what_is_not_drawn_is_counted(tmp_path: Path) -> None:
    whole = len(ids(draft(tmp_path, documents={"n": 1}))) + drops(draft(tmp_path, documents={"n": 1}))[NOT_DRAWN]
    assert drops(draft(tmp_path, documents={"n": 5})) == {NOT_DRAWN: whole - 5}


@pytest.mark.parametrize("draw", ["uniform", "stratified", "study"])
def test_a_pack_of_other_words_and_a_limit_of_tokens_change_no_draw(tmp_path: Path, draw: str) -> None:
    asked = {"n": 6, "draw": draw}
    assert ids(draft(tmp_path, documents=asked)) == ids(draft(tmp_path, documents=asked, pack="typed"))


def test_a_list_says_which_documents(tmp_path: Path) -> None:
    some = sorted(ids(draft(tmp_path, documents={"n": 5})))
    file = tmp_path / "ids.txt"
    file.write_text("\n".join(some) + "\n", "utf-8")
    drafted = draft(tmp_path, documents={"listed": {"demo-ere": str(file)}})
    assert ids(drafted) == set(some)
    assert set(drops(drafted)) == {NOT_LISTED}
    both = draft(tmp_path, documents={"n": 2, "listed": {"demo-ere": str(file)}})
    assert ids(both) < set(some)
    assert drops(both)[NOT_DRAWN] == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("a\nb\na\n", "line 3: 'a' is in line 1, too"),
        ("nowhere\n", "has no document 'nowhere'"),
    ],
)
def test_a_list_that_does_not_fit(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "ids.txt"
    file.write_text(content, "utf-8")
    with pytest.raises(UserError, match=message):
        draft(tmp_path, documents={"listed": {"demo-ere": str(file)}})


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"can't be read: No such file"):
        draft(tmp_path, documents={"listed": {"demo-ere": str(tmp_path / "none.txt")}})


def test_a_list_for_an_unknown_corpus(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'demo-eer'"):
        draft(tmp_path, documents={"listed": {"demo-eer": "ids.txt"}})


def test_more_than_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"documents\.n is 100,000, but the split train of demo-ere has"):
        draft(tmp_path, documents={"n": 100_000})


def test_neither_number_nor_list() -> None:
    with pytest.raises((UserError, ValidationError), match="neither n nor listed"):
        Documents()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1), min_size=1))
def test_lists_are_read_as_written(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    file = tmp_path_factory.mktemp("lists") / "ids.txt"
    file.write_text("\n".join(wanted), "utf-8")
    if wanted:
        assert listed(str(file)) == wanted


@needs_real_corpora
@needs_lists
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [16, 64])
@pytest.mark.parametrize(("corpus", "name"), [("bc5cdr", "cdr"), ("dce", "dce")])
def test_draws_of_the_study(corpus: str, name: str, n: int, seed: int) -> None:
    """Its released lists of few-shot documents, section 6 of Brokman and Kavuluru (2024) by their own commands."""
    there = {"dce": {"dce": str(SPLITS / "study-dce-train.txt")}}.get(corpus, {})
    drafted = draft(REAL, corpus, seed, {"n": n, "draw": "study", "listed": there})
    assert ids(drafted) == set((SPLITS / f"study-{name}-{n}-shot-seed{seed}.txt").read_text("utf-8").split())


@needs_real_corpora
@pytest.mark.parametrize("corpus", ["bc5cdr", "chemprot", "dce"])
def test_strata_in_proportion(corpus: str) -> None:
    """Each type of relation that a sixteenth of the documents have occurs in a stratified draw of 16, with any seed."""
    everything = rows(draft(REAL, corpus, documents={"n": 500}))
    spread = Counter(kind for one in everything for kind in stated(one.gold))
    for seed in range(5):
        drawn = rows(draft(REAL, corpus, seed, {"n": 16, "draw": "stratified"}))
        assert len(drawn) == 16
        found = {kind for one in drawn for kind in stated(one.gold)}
        assert {kind for kind, count in spread.items() if count * 16 > 500} <= found
