"""The card: whose texts must not be passed on, said first; every table one that Markdown reads."""

import re
from pathlib import Path

import datasets
import pytest
import yaml

from mnlu_instruct import corpora
from mnlu_instruct.dataset.rows import SCHEMA
from mnlu_instruct.sources.licences import restriction
from tests.dataset.test_build import built
from tests.support import FIXTURES

SECTIONS = [
    *("Splits", "Columns", "An example", "Use and limits"),
    *("Kinds of questions", "Domains", "Kinds of questions by corpus", "Mixture", "Labels", "Lengths", "Repairs"),
    *("Drops", "Duplicates", "Leaks", "Licences", "Citations", "Corpora not used", "Recipe"),
]


def card(out: Path, **options: object) -> str:
    """The body of a build's card, below its front matter."""
    built(out, **options)
    empty, front, body = (out / "README.md").read_text("utf-8").split("---\n", 2)
    assert empty == ""
    assert yaml.safe_load(front)["configs"][0]["data_files"] == [{"split": "train", "path": "train-*.parquet"}]
    return body.strip()


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n\n")[2].partition("\n\n## ")[0]


def test_what_must_not_be_passed_on_is_said_first(tmp_path: Path) -> None:
    body = card(tmp_path / "x", corpora=["n2c2-2022-sdoh", "trialstop", "cdsr"], tasks=["ee", "dc", "summ"])
    assert body.splitlines()[0] == (
        "> **This data set must not be redistributed. It contains texts of cdsr (forbidden by its licence), "
        "n2c2-2022-sdoh (data use agreement).**"
    )
    licences = section(body, "Licences")
    assert "| n2c2-2022-sdoh | n2c2 data use agreement | dua | data use agreement |" in licences
    assert "| trialstop | Apache-2.0 | open | – |" in licences


def test_nothing_is_forbidden_where_nothing_forbids_it(tmp_path: Path) -> None:
    body = card(tmp_path / "x", corpora=["demo"], tasks=["dc"], n=20)
    assert body.startswith("> **Synthetic data.")
    assert "must not" not in body


def test_a_corpus_that_nothing_was_drawn_from_is_not_in_the_data_set(tmp_path: Path) -> None:
    options = {"corpora": ["cdsr", "aci-bench"], "tasks": ["summ"], "caps": {"rows": {"corpora": {"aci-bench": 1}}}}
    both = card(tmp_path / "both", **options)
    drawn = re.findall(r"\| summ \| ([\w-]+) \|", section(both, "Kinds of questions by corpus"))
    assert set(drawn) == set(re.findall(r"^\| ([\w-]+) \|.*\| (?:open|dua) \|", section(both, "Licences"), re.M))
    one = card(tmp_path / "one", **options, n=1)
    (left,) = re.findall(r"\| summ \| ([\w-]+) \|", section(one, "Kinds of questions by corpus"))
    assert ("must not be redistributed" in one) == (left == "cdsr")
    assert len(section(one, "Citations").splitlines()) == 1


def test_only_access_and_licences_forbid_to_pass_texts_on() -> None:
    found = {one.name: restriction(one) for one in corpora.registry().values() if restriction(one)}
    agreed = {one.name for one in corpora.registry().values() if one.source.access == "dua"}
    assert {name for name, reason in found.items() if reason == "data use agreement"} == agreed
    assert {name: reason for name, reason in found.items() if name not in agreed} == {
        "bioasq": "given out after registration only",
        "cadec": "given out after registration only",
        "cdsr": "forbidden by its licence",
        "chemprot": "given out after registration only",
        "chemprot-blurb": "given out after registration only",
        "chemprot-study": "given out after registration only",
        "clinicalie-attributes": "given out after registration only",
        "clinicalie-status": "given out after registration only",
        "cometa": "given out after registration only",
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The card of every training corpus, and of one whose licence says `|`."""
    folder = tmp_path_factory.mktemp("card")
    source = (FIXTURES.parents[1] / "mnlu_instruct" / "corpora" / "linnaeus.py").read_text("utf-8")
    own = folder / "mine.py"
    source = source.replace('name="linnaeus"', 'name="mine", folder="linnaeus"').replace("CC BY 4.0", "this | that")
    own.write_text(source, "utf-8")
    return card(folder / "x", own=[str(own)], exclude=["snli"])


def test_all_sections_are_there_in_order(whole: str) -> None:
    assert re.findall(r"^## (.*)$", whole, re.M) == SECTIONS


def test_rows_of_tables_have_as_many_cells_as_their_head(whole: str) -> None:
    tables = re.findall(r"(?:^\|.*\|\n?)+", whole, re.M)
    assert len(tables) >= 8
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table
    assert r"| mine | this \| that | open | – |" in whole


def test_searched_leaks_and_copies_are_told(tmp_path: Path) -> None:
    plain = card(tmp_path / "plain", tasks=["re"], corpora=["drugprot", "biored"])
    assert section(plain, "Leaks") == (
        "The build did not look for overlap with test sets; 'mnlu leakage --train DIR' does."
    )
    assert section(plain, "Duplicates").startswith("The build did not look for duplicate documents")
    told = card(tmp_path / "x", tasks=["re"], corpora=["drugprot", "biored"], exclude_leaks="blurb", duplicates="near")
    assert "blurb" in section(told, "Leaks")
    assert re.search(r"left out as exact or near copies of others: \d+\.$", section(told, "Duplicates"))


def test_a_data_set_without_labels_has_no_table_of_them(tmp_path: Path) -> None:
    body = card(tmp_path / "x", tasks=["summ"], corpora=["aci-bench"])
    left = [title for title in SECTIONS if title not in {"Labels", "Corpora not used"}]
    assert re.findall(r"^## (.*)$", body, re.M) == left


def test_lengths_are_in_characters_where_no_tokens_were_counted(whole: str) -> None:
    assert "Rows by their number of characters in prompt and completion." in section(whole, "Lengths")
    assert "█" in section(whole, "Lengths")


def test_the_front_matter_is_what_datasets_would_write(tmp_path: Path) -> None:
    built(tmp_path / "x", corpora=["demo"], tasks=["nli", "summ"], n=60)
    _, front, body = (tmp_path / "x" / "README.md").read_text("utf-8").split("---\n", 2)
    about = yaml.safe_load(front)
    assert about["task_categories"] == ["summarization", "text-classification", "text-generation"]
    assert about["size_categories"] == ["n<1K"] and about["license_link"] == "#licences"
    by_config = {one["config_name"]: one for one in about["dataset_info"]}
    for config in about["configs"]:
        found = datasets.load_dataset(
            str(tmp_path / "x"), config["config_name"], split="train", cache_dir=tmp_path / "cache"
        )
        info = by_config[config["config_name"]]
        assert found.features == datasets.Features._from_yaml_list(info["features"])
        assert len(found) == info["splits"][0]["num_examples"] == 60
    columns = re.findall(r"^\| (\w+) \|", section(body.strip(), "Columns"), re.M)
    assert set(columns) >= set(SCHEMA.names)
    shown = section(body.strip(), "An example")
    assert "assistant:" in shown and "user:" in shown


def test_no_row_is_shown_where_texts_must_not_be_passed_on(tmp_path: Path) -> None:
    body = card(tmp_path / "x", corpora=["cdsr"], tasks=["summ"])
    assert section(body, "An example") == "None is shown, as some of the texts must not be passed on."
