"""`mnlu stats`: what it says is what the rows hold, however one counts."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mnlu_instruct import corpora
from mnlu_instruct.dataset import manifest, summary_tables
from mnlu_instruct.dataset.lengths import drawn
from mnlu_instruct.dataset.lengths import lengths as distributed
from mnlu_instruct.dataset.stats import ALL, STATED, Stats, stats
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat
from mnlu_instruct.report import dataset
from tests.counting import byte_tokenizer
from tests.dataset.test_build import built, rows
from tests.support import failed, mnlu

TASKS = ["ner", "ee", "dc", "re", "qa", "nli", "sts", "summ"]


def measured(folder: Path, tokenizer: Path | None = None) -> Stats:
    return stats(folder, tokenizer and str(tokenizer), lambda *_: None)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of every training corpus' fixture."""
    out = tmp_path_factory.mktemp("stats") / "x"
    built(out, tasks=[task for task in TASKS if task != "qa"])
    return out


@pytest.fixture(scope="module")
def found(folder: Path, tokenizer: Path) -> Stats:
    return measured(folder, tokenizer)


def test_rows_and_empty_answers_are_those_of_the_shards(folder: Path, found: Stats) -> None:
    counts: Counter[tuple[str, str, str]] = Counter()
    empty: Counter[tuple[str, str, str]] = Counter()
    for row in rows(folder):
        key = (str(row["task"]), str(row["corpus"]), str(row["split"]))
        counts[key] += 1
        gold = json.loads(str(row["gold"]))
        stated = gold.get("keys", [*gold.get("spans", {}).values()])
        relations = corpora.get(key[1]).relations if key[0] == "re" else None
        none = [] if relations is None else [relations.negative]
        empty[key] += gold["kind"] in {"spans", "choices"} and (stated == none or not any(stated))
    said = {
        (one["kind"], one["corpus"], one["split"]): (one["rows"], one["nothing"]) for one in found.manifest["written"]
    }
    assert said == {key: (count, empty[key]) for key, count in counts.items()}
    assert any(empty.values())


def test_labels_are_those_of_the_shards(folder: Path, found: Stats) -> None:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in rows(folder):
        gold = json.loads(str(row["gold"]))
        here = counts.setdefault((str(row["task"]), str(row["corpus"])), Counter())
        here.update(dict.fromkeys(row["label_keys"], 0))  # type: ignore[call-overload]
        here.update({key: len(spans) for key, spans in gold.get("spans", {}).items()})
        here.update([*gold.get("keys", []), *([gold["key"]] if "key" in gold else [])])
        here.update([str(gold["option"])] if "option" in gold else [])
    assert summary_tables.labels(found.manifest) == {key: dict(some) for key, some in counts.items() if some}
    assert {kind for kind, _ in counts} >= {"ner", "ete", "eae", "eac", "dc", "re", "nli", "sts", "summ"}


def test_lengths_are_those_of_the_messages(folder: Path, found: Stats) -> None:
    read = rows(folder)
    for kind in (ALL, *{str(row["task"]) for row in read}):
        messages = [row["prompt"] + row["completion"] for row in read if kind in (ALL, row["task"])]  # type: ignore[operator]
        characters = [sum(len(message["content"]) for message in some) for some in messages]
        assert found.characters[kind] == distributed(np.array(characters))
        assert found.tokens[kind] == distributed(np.array(chat.lengths(byte_tokenizer(), messages)))
    whole = found.characters[ALL]
    assert found.manifest["characters"] == {"bounds": list(whole.bounds), "counts": list(whole.counts)}


def test_tokens_that_the_build_counted_are_told_without_a_tokenizer(tokenizer: Path, tmp_path: Path) -> None:
    built(tmp_path / "x", tasks=["ner", "sts"], tokenizer=str(tokenizer))
    counted, told = measured(tmp_path / "x", tokenizer).tokens, measured(tmp_path / "x").tokens
    assert told == {ALL: counted[ALL]}
    assert set(counted) == {ALL, "ner", "sts"}
    card = (tmp_path / "x" / "README.md").read_text("utf-8")
    assert "Rows by their number of tokens in" in card
    assert drawn(told[ALL].bounds, told[ALL].counts) in card


def test_the_command_prints_one_document_or_tables(folder: Path, found: Stats) -> None:
    done = mnlu("stats", folder, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {name: said[name] for name in STATED} == {name: found.manifest[name] for name in STATED}
    assert said["characters"][ALL]["longest"] == found.characters[ALL].longest
    assert said["tokens"] == {}
    assert said["restricted"].startswith("This data set must not be redistributed.")
    shown = mnlu("stats", folder, COLUMNS="80").stdout
    assert shown.splitlines()[0] == (
        f"{said['rows']:,} rows, pack {said['pack']}, seed 42. Content hash: {said['content_hash']}"
    )
    for title in (
        "Kinds of questions",
        "Mixture",
        "Labels in gold answers",
        "Lengths in characters",
        "Drops",
        "Licences",
    ):
        assert f"\n{title}" in shown
    assert all(len(line) <= 80 for line in shown.splitlines()[1:])


def test_the_page_needs_nothing_else_and_is_the_same_each_time(folder: Path, found: Stats, tmp_path: Path) -> None:
    dataset.write(found, tmp_path / "a.html")
    done = mnlu("stats", folder, "--html", tmp_path / "b.html", "--json")
    assert json.loads(done.stdout)["rows"] == found.manifest["rows"]
    page = (tmp_path / "a.html").read_text("utf-8")
    assert dataset.render(measured(folder)) == (tmp_path / "b.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"<script|(?:src|href)=\"(?!#|data:,)|url\(|@import", page)
    for (kind, corpus), counts in summary_tables.labels(found.manifest).items():
        if counts:
            assert f"<figcaption>{corpus} <span>{kind}, {len(counts)} label" in page
    heights = [
        float(height) for height in re.findall(r'<rect x="[^"]*" y="[^"]*" width="[^"]*" height="([^"]*)"', page)
    ]
    assert heights.count(100.0) >= 2 * len(found.characters)
    assert max(heights) == 100.0


def test_names_on_the_page_are_escaped(found: Stats) -> None:
    odd = Stats({**found.manifest, "pack": "<b>odd</b>"}, found.characters, found.tokens)
    assert "&lt;b&gt;odd&lt;/b&gt;" in dataset.render(odd)
    assert "<b>odd" not in dataset.render(odd)


def test_bad_input_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    failed(mnlu("stats", tmp_path / "nothing"), "holds no built data set")
    failed(mnlu("stats", folder, "--tokenizer", tmp_path / "nothing"), "No tokenizer")
    (tmp_path / "manifest.json").write_text(json.dumps({"format": manifest.FORMAT, "rows": 1}), "utf-8")
    failed(mnlu("stats", tmp_path), "manifest.json lacks 'pack'")
    (tmp_path / "file").write_text("x", "utf-8")
    failed(mnlu("stats", folder, "--html", tmp_path / "file" / "page.html"), "can't be written")


def test_a_data_set_that_lacks_rows_is_none(tmp_path: Path) -> None:
    built(tmp_path / "x", tasks=["nli"], corpora=["snli", "multinli"], order="corpus")  # of two shards
    first, *_ = sorted((tmp_path / "x").glob("*.parquet"))
    whole = first.read_bytes()
    first.write_bytes(whole[:100])
    with pytest.raises(UserError, match=r"The shards in .* can't be read"):
        measured(tmp_path / "x")
    first.unlink()
    with pytest.raises(UserError, match="rows, but its manifest says"):
        measured(tmp_path / "x")
