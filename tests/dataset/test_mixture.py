"""The mixture: rates, weights, caps, short tasks; and that a larger n keeps what a smaller one draws."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mnlu_instruct import corpora
from mnlu_instruct.dataset import mixture
from mnlu_instruct.dataset.mixture import Mixture, Tokens
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.dataset.units import Survey
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.unit import Unit

CORPORA = {
    "snli": "general",
    "multinli": "general",
    "bionli": "biomedical",
    "biored": "biomedical",
    "mtsamples": "clinical",
}
Sizes = dict[str, dict[str, int]]
"""Instances by task and corpus."""


def offered(sizes: Sizes) -> tuple[list[Survey], dict[Unit, Corpus], Tokens]:
    """Surveys with random ranks, one a corpus; instances have 1, 2 … tokens."""
    surveys, tokens = [], {}
    for number, name in enumerate(CORPORA):
        unit = Unit(name, "train")
        counts = {task: by_corpus.get(name, 0) for task, by_corpus in sizes.items()}
        draws = {task: np.random.default_rng([number, len(task)]) for task in sizes}
        surveys.append(
            Survey(
                unit=unit,
                ordinals={task: np.arange(count) * 3 for task, count in counts.items()},
                ranks={task: draws[task].integers(0, 2**64, counts[task], np.uint64) for task in sizes},
                tokens={},
                nothing={task: np.arange(count) % 2 == 0 for task, count in counts.items()},
                characters={task: 10 * count for task, count in counts.items()},
                ledger=Ledger(),
                inputs={},
                kept=Path(),
            )
        )
        tokens[unit] = {task: np.arange(1, count + 1) for task, count in counts.items()}
    return surveys, {survey.unit: corpora.get(survey.unit.corpus) for survey in surveys}, tokens


def mixed(sizes: Sizes, **keys: Any) -> Mixture:
    surveys, of_units, tokens = offered(sizes)
    recipe = build_recipe(None, {"tasks": list(sizes), **keys})
    return mixture.mix(surveys, of_units, recipe, tokens if recipe.tokenizer else None)


def drawn(found: Mixture, task: str = "nli") -> dict[str, int]:
    """Rows by corpus, as the table says and as the ordinals do."""
    rows = {row.corpus: row.drawn for row in found.rows if row.task == task}
    assert rows == {unit.corpus: len(by[task]) for unit, by in found.chosen.items() if unit.corpus in rows}
    return {name: count for name, count in rows.items() if count}


def picks(found: Mixture) -> Counter[tuple[str, str, int]]:
    return Counter(
        (unit.corpus, task, ordinal)
        for unit, by_task in found.chosen.items()
        for task, ordinals in by_task.items()
        for ordinal in ordinals.tolist()
    )


NLI = {"nli": {"snli": 1000, "multinli": 100, "bionli": 10}}


def test_without_weights_all_instances_are_drawn_alike() -> None:
    surveys, _, _ = offered(NLI)
    ranks = np.sort(np.concatenate([survey.ranks["nli"] for survey in surveys]))
    found = mixed(NLI, n=50)
    for survey in surveys:
        few = survey.ordinals["nli"][survey.ranks["nli"] <= ranks[49]]
        assert found.chosen[survey.unit]["nli"].tolist() == few.tolist()


def test_a_rate_leaves_its_fraction_and_one_instance_at_least() -> None:
    assert drawn(mixed(NLI, rates={"nli": {"snli": 0.03, "bionli": 0.01}})) == {
        "snli": 30,
        "multinli": 100,
        "bionli": 1,
    }


def test_a_rate_holds_for_its_task_alone() -> None:
    sizes = {"ner": {"biored": 50}, "re": {"biored": 100}}
    found = mixed(sizes, rates={"re": {"biored": 0.24}})
    assert (drawn(found, "ner"), drawn(found, "re")) == ({"biored": 50}, {"biored": 24})


def test_what_a_rate_leaves_is_drawn_like_everything_else() -> None:
    # 100 of 1,000 and 100 of 100: each gives half of what is drawn, give or take what 100 draws vary.
    counts = drawn(mixed(NLI, rates={"nli": {"snli": 0.1}}, caps={"rows": {"corpora": {"bionli": 1}}}, n=100))
    assert 30 < counts["snli"] < 70


def test_a_weight_multiplies_the_share_of_a_corpus() -> None:
    assert drawn(mixed(NLI, n=111, temperature=1.0000001)) == {"snli": 100, "multinli": 10, "bionli": 1}
    assert drawn(mixed(NLI, n=120, weights={"corpora": {"multinli": 2}})) == {"snli": 99, "multinli": 20, "bionli": 1}
    assert drawn(mixed(NLI, n=120, weights={"domains": {"general": 2}})) == {"snli": 108, "multinli": 11, "bionli": 1}


def test_a_high_temperature_makes_the_shares_of_corpora_equal_and_others_fill_up_for_the_small() -> None:
    assert drawn(mixed(NLI, n=30, temperature=1e9)) == {"snli": 10, "multinli": 10, "bionli": 10}
    assert drawn(mixed(NLI, n=110, temperature=1e9)) == {"snli": 50, "multinli": 50, "bionli": 10}


def test_weights_of_tasks_divide_n() -> None:
    sizes = {"ner": {"biored": 100}, "re": {"biored": 100}, "nli": {"snli": 100}}
    found = mixed(sizes, n=40, weights={"tasks": {"ner": 2}})
    assert [sum(drawn(found, task).values()) for task in sizes] == [20, 10, 10]


def test_a_weight_of_one_task_changes_no_draw_of_another() -> None:
    sizes = {"re": {"biored": 100, "multinli": 30}, "nli": {"snli": 100}}
    one, other = mixed(sizes, n=40), mixed(sizes, n=40, weights={"corpora": {"snli": 5}})
    assert all(one.chosen[unit]["re"].tolist() == other.chosen[unit]["re"].tolist() for unit in one.chosen)


def test_caps_in_rows_by_corpus_domain_and_task() -> None:
    rows = {"corpora": {"snli": 60}, "domains": {"general": 80}, "tasks": {"nli": 85}}
    found = drawn(mixed(NLI, caps={"rows": rows}))
    assert found["snli"] <= 60
    assert found["snli"] + found.get("multinli", 0) <= 80
    assert sum(found.values()) == 85


def test_a_cap_in_tokens_ends_before_the_row_that_goes_beyond_it() -> None:
    found = mixed(NLI, tokenizer="any", caps={"tokens": {"corpora": {"snli": 5000}, "tasks": {"nli": 7000}}})
    tokens = {row.corpus: row.tokens for row in found.rows}
    assert 4000 < (tokens["snli"] or 0) <= 5000
    assert 6000 < sum(count or 0 for count in tokens.values()) <= 7000


def test_the_rest_of_a_capped_task_goes_to_the_others() -> None:
    sizes = {"re": {"biored": 100}, "nli": {"snli": 100}, "sts": {"multinli": 100}}
    found = mixed(sizes, n=90, caps={"rows": {"tasks": {"nli": 10}}})
    assert [sum(drawn(found, task).values()) for task in sizes] == [40, 10, 40]


def test_a_short_task_is_accepted_repeated_or_made_up_for_by_the_others() -> None:
    sizes = {"re": {"biored": 100}, "nli": {"snli": 7}, "sts": {"multinli": 100}}
    with pytest.raises(UserError, match="nli has 7 of 20") as caught:
        mixed(sizes, n=60)
    assert "the largest --n that all tasks can fill is 22" in caught.value.hint
    totals = {
        short: [sum(drawn(mixed(sizes, n=60, short=short), task).values()) for task in sizes]
        for short in ("accept", "repeat", "redistribute")
    }
    assert totals == {"accept": [20, 7, 20], "repeat": [20, 20, 20], "redistribute": [27, 7, 26]}
    times = Counter(mixed(sizes, n=60, short="repeat").chosen[Unit("snli", "train")]["nli"].tolist())
    assert sorted(times.values()) == [2, 3, 3, 3, 3, 3, 3]


def test_redistribution_stops_with_the_numbers_where_all_is_drawn() -> None:
    sizes = {"re": {"biored": 100}, "nli": {"snli": 7}}
    with pytest.raises(UserError, match=r"all tasks together have 107 of 200 \(re 100, nli 7\)"):
        mixed(sizes, n=200, short="redistribute")


def test_what_a_cap_names_is_never_repeated() -> None:
    sizes = {"nli": {"snli": 10, "bionli": 10}}
    found = mixed(sizes, n=40, short="repeat", caps={"rows": {"domains": {"general": 9}}})
    assert drawn(found) == {"snli": 9, "bionli": 31}
    with pytest.raises(UserError, match="has 19 of 40 instances, and caps forbid"):
        mixed(sizes, n=40, short="repeat", caps={"rows": {"corpora": {"bionli": 50, "snli": 9}}})


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"n": 10**9, "short": "repeat"}, "each would be repeated over 1,000 times"),
        (
            {"n": 20, "caps": {"rows": {"tasks": {"nli": 5}}}},
            "caps on tasks allow 5 rows .* fewer than --n 20",
        ),
        ({"tokenizer": "any", "caps": {"tokens": {"corpora": dict.fromkeys(CORPORA, 1), "tasks": {"nli": 1}}}}, None),
    ],
)
def test_what_cannot_be_drawn_is_said(keys: dict[str, Any], words: str | None) -> None:
    if words:
        with pytest.raises(UserError, match=words):
            mixed(NLI, **keys)
    else:
        with pytest.raises(UserError, match="caps exclude all instances of task 'nli'"):
            mixed({"nli": {"snli": 1000}}, **keys)


def test_a_weight_too_small_for_a_row_is_said() -> None:
    sizes = {"re": {"biored": 100}, "nli": {"snli": 100}}
    with pytest.raises(UserError, match="gives no rows to task 're', whose weight is 1e-05"):
        mixed(sizes, n=20, weights={"tasks": {"re": 1e-5}})


def test_the_table_counts_tokens_exactly() -> None:
    found = mixed(NLI, tokenizer="any", n=30)
    tokens = offered(NLI)[2]
    for row in found.rows:
        unit = Unit(row.corpus, "train")
        assert row.tokens == sum(tokens[unit]["nli"][ordinal // 3] for ordinal in found.chosen[unit]["nli"])


NAMES = st.sampled_from(sorted(CORPORA))
DOMAIN = st.sampled_from(["biomedical", "clinical", "general"])
WEIGHT = st.floats(0.05, 20)
CAP = st.integers(1, 60)
BY_TASK = st.dictionaries(NAMES, st.integers(1, 60), min_size=1)
SIZES = st.fixed_dictionaries({}, optional=dict.fromkeys(("ner", "re", "nli"), BY_TASK)).filter(bool)


def by(tasks: Any, values: Any) -> Any:
    return st.fixed_dictionaries(
        {},
        optional={
            "tasks": st.dictionaries(tasks, values),
            "corpora": st.dictionaries(NAMES, values),
            "domains": st.dictionaries(DOMAIN, values),
        },
    )


@st.composite
def recipes(draw: st.DrawFn) -> tuple[Sizes, dict[str, Any]]:
    sizes = draw(SIZES)
    tasks = st.sampled_from(sorted(sizes))
    rates = st.dictionaries(tasks, st.dictionaries(NAMES, st.floats(0.01, 1)))
    keys = st.fixed_dictionaries(
        {"short": st.sampled_from(["error", "accept", "repeat", "redistribute"])},
        optional={
            "rates": rates,
            "weights": by(tasks, WEIGHT),
            "temperature": st.floats(0.5, 50),
            "caps": st.fixed_dictionaries({}, optional={"rows": by(tasks, CAP), "tokens": by(tasks, CAP)}),
        },
    )
    return sizes, {**draw(keys), "tokenizer": "any"}


@given(recipes(), st.integers(1, 200), st.integers(0, 200))
def test_a_larger_n_keeps_what_a_smaller_one_draws(asked: tuple[Sizes, dict[str, Any]], n: int, more: int) -> None:
    sizes, keys = asked
    try:
        small, large = mixed(sizes, n=n, **keys), mixed(sizes, n=n + more, **keys)
    except UserError:
        assume(False)
    assert picks(small) <= picks(large)
    if keys["short"] != "accept":
        assert (small.total, large.total) == (n, n + more)


@given(recipes(), st.integers(1, 200))
def test_caps_hold_and_nothing_is_repeated_unasked(asked: tuple[Sizes, dict[str, Any]], n: int) -> None:
    sizes, keys = asked
    try:
        found = mixed(sizes, n=n, **keys)
    except UserError:
        assume(False)
    caps = keys.get("caps", {})
    for task in sizes:
        for kind, measure in (("rows", "drawn"), ("tokens", "tokens")):
            for column, group in (("task", "tasks"), ("corpus", "corpora"), ("domain", "domains")):
                for name, cap in caps.get(kind, {}).get(group, {}).items():
                    rows = [row for row in found.rows if row.task == task and getattr(row, column) == name]
                    assert sum(getattr(row, measure) for row in rows) <= cap
    if keys["short"] != "repeat":
        assert max(picks(found).values(), default=1) == 1
