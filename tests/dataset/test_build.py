"""The build: what is drawn, that equal builds are equal bytes, and what a data set consists of."""

import filecmp
import json
import math
from pathlib import Path

import datasets
import pyarrow.parquet as pq
import pytest

from mnlu_instruct import corpora, workers
from mnlu_instruct.dataset import build, layout, manifest
from mnlu_instruct.dataset.card import ORDERS
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.dataset.rows import SCHEMA
from mnlu_instruct.errors import UserError
from tests.support import FIXTURES, REAL, failed, mnlu, needs_real_corpora


def built(out: Path, processes: int = 1, data: Path = FIXTURES, **options: object) -> manifest.Manifest:
    with workers.process_pool(processes) as pool:
        drafted = build.draft(build_recipe(None, options), data, pool, lambda *_: None)
        return build.write(drafted, out, pool, lambda *_: None)


def rows(out: Path) -> list[dict[str, object]]:
    return [row for path in sorted(out.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def same(one: Path, other: Path) -> bool:
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir())
    return filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


def test_workers_and_order_of_tasks_change_no_byte(tmp_path: Path) -> None:
    built(tmp_path / "one", 1, tasks=["re", "nli", "ner"], n=10)
    built(tmp_path / "two", 2, tasks=["ner", "re", "nli"], n=10)
    assert same(tmp_path / "one", tmp_path / "two")


def test_weights_and_caps_come_to_workers(tmp_path: Path) -> None:
    options: dict[str, object] = {
        "tasks": ["nli", "ner"], "n": 12, "short": "accept", "weights": {"tasks": {"ner": 2}, "corpora": {"biored": 3}},
        "caps": {"rows": {"domains": {"general": 2}}},
    }  # fmt: skip
    for processes in (1, 2):
        built(tmp_path / str(processes), processes, **options)
    assert same(tmp_path / "1", tmp_path / "2")


def test_neither_hash_seed_nor_locale_nor_time_zone_nor_place_changes_a_byte(tmp_path: Path) -> None:
    surroundings = {
        "one": {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC", "MNLU_CACHE": str(tmp_path / "one-store")},
        "two": {"PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu", "MNLU_CACHE": str(tmp_path)},
    }
    for name, environment in surroundings.items():
        done = mnlu("build", "--recipe", "demo", "--out", tmp_path / name, "--workers", "1", **environment)
        assert done.returncode == 0, done.stderr
    assert same(tmp_path / "one", tmp_path / "two")


def test_seed_changes_only_draw_and_order_of_labels(tmp_path: Path) -> None:
    built(tmp_path / "one", tasks=["ner", "nli", "sts"], seed=1)
    built(tmp_path / "two", tasks=["ner", "nli", "sts"], seed=2)
    first, second = ({row["id"]: row for row in rows(tmp_path / name)} for name in ("one", "two"))
    assert first.keys() == second.keys()
    assert any(first[name]["labels"] != second[name]["labels"] for name in first)
    for name in first:
        assert sorted(first[name]["labels"]) == sorted(second[name]["labels"])
        assert first[name]["gold"] == second[name]["gold"]


def test_a_larger_sample_keeps_the_picks_of_a_smaller_one(tmp_path: Path) -> None:
    built(tmp_path / "few", data=FIXTURES, corpora=["demo"], tasks=["ner", "dc"], n=50)
    built(tmp_path / "many", data=FIXTURES, corpora=["demo"], tasks=["ner", "dc"], n=200)
    few, many = ({row["id"] for row in rows(tmp_path / name)} for name in ("few", "many"))
    assert len(few) == 50
    assert len(many) == 200
    assert few < many


def test_another_task_changes_no_draw_of_the_same_share(tmp_path: Path) -> None:
    built(tmp_path / "two", corpora=["demo"], tasks=["ner", "dc"], n=40)
    built(tmp_path / "three", corpora=["demo"], tasks=["ner", "dc", "sts"], n=60)
    two, three = ({row["id"] for row in rows(tmp_path / name) if row["task"] != "sts"} for name in ("two", "three"))
    assert two == three


def test_remainder_goes_to_the_first_tasks_and_ee_is_one_share(tmp_path: Path) -> None:
    made = built(tmp_path / "x", corpora=["demo"], tasks=["sts", "ee", "ner"], n=32)
    drawn = {row["task"]: row["drawn"] for row in made["mixture"]}
    assert drawn == {"ner": 11, "ee": 11, "sts": 10}
    assert {row["kind"] for row in made["written"]} <= {"ner", "ete", "eae", "eac", "sts"}


def test_a_corpus_is_only_asked_for_the_tasks_that_it_declares(tmp_path: Path) -> None:
    # demo-re has mention types, which name the ends of its relations; it is no NER corpus.
    made = built(tmp_path / "x", corpora=["demo"], tasks=["ner", "re"])
    assert {(row["task"], row["corpus"]) for row in made["mixture"]} == {("ner", "demo-ner"), ("re", "demo-re")}


def test_any_shard_of_shuffled_rows_is_a_sample_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROWS", 100)
    monkeypatch.setattr(build, "ROWS", 90)  # of a part: neither divides the other
    wanted = {"corpora": ["demo"], "tasks": ["ner", "dc", "sts"], "n": 600, "short": "accept"}
    shards = {}
    for order in ("shuffled", "corpus"):
        built(tmp_path / order, order=order, **wanted)
        files = sorted((tmp_path / order).glob("train-*.parquet"))
        shards[order] = [pq.read_table(path).to_pylist() for path in files]
    assert len(shards["shuffled"]) == 6
    for own in shards["shuffled"]:
        assert 60 < len(own) < 140
        assert {row["task"] for row in own} == {"ner", "dc", "sts"}
    assert all(len({row["corpus"] for row in own}) == 1 and len(own) <= 90 for own in shards["corpus"])
    one, other = ([row for own in shards[order] for row in own] for order in ("shuffled", "corpus"))
    assert [row["corpus"] for row in other] == sorted(row["corpus"] for row in other)
    assert sorted(one, key=lambda row: row["id"]) == sorted(other, key=lambda row: row["id"])
    assert [row["id"] for row in one] != [row["id"] for row in other]


def test_repetitions_are_spread_over_the_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROWS", 50)
    built(tmp_path / "x", corpora=["sts-b"], tasks=["sts"], n=200, short="repeat")
    names = [row["id"] for row in rows(tmp_path / "x")]
    assert len(set(names)) == 200
    assert len({str(name).partition("~")[0] for name in names[:50]}) > 1


def test_the_documents_of_the_validation_split_are_whole_and_the_same_at_any_n(tmp_path: Path) -> None:
    held: dict[str, set[object]] = {}
    trained: dict[str, set[object]] = {}
    for n, order in ((300, "shuffled"), (900, "corpus")):
        out = tmp_path / str(n)
        made = built(out, corpora=["demo"], tasks=["ner", "dc"], n=n, order=order, validation=0.2)
        found = datasets.load_dataset(str(out), cache_dir=str(tmp_path / "cache"))
        assert {name: len(split) for name, split in found.items()} == manifest.splits(made)
        assert 0.1 * n < len(found["validation"]) < 0.3 * n
        held[str(n)], trained[str(n)] = set(found["validation"]["group"]), set(found["train"]["group"])
        assert not held[str(n)] & trained[str(n)]
        assert ORDERS[order] in (out / "README.md").read_text("utf-8")
    assert held["300"] < held["900"]
    assert trained["300"] < trained["900"]


def test_an_article_of_two_corpora_is_in_one_split(tmp_path: Path) -> None:
    """The corpora are BioRED and a copy under another name, whose groups are others and whose articles are the same."""
    source = (FIXTURES.parents[1] / "mnlu_instruct" / "corpora" / "biored.py").read_text("utf-8")
    own = tmp_path / "mine.py"
    own.write_text(source.replace('name="biored"', 'name="mine", folder="biored"'), "utf-8")
    sides: set[str] = set()
    for seed in range(8):
        out = tmp_path / str(seed)
        try:
            built(out, corpora=["biored"], own=[str(own)], tasks=["re"], validation=0.5, seed=seed)
        except UserError as error:
            assert "no document that was drawn is in the" in error.message
            continue
        found: dict[str, set[tuple[str, str]]] = {}
        for path in out.glob("*.parquet"):
            for row in pq.read_table(path, columns=["group", "corpus"]).to_pylist():
                article = row["group"].rpartition("/")[2]
                found.setdefault(article, set()).add((row["corpus"], layout.split_of(path.name)))
        for places in found.values():
            assert {corpus for corpus, _ in places} == {"biored", "mine"}
            (side,) = {side for _, side in places}
            sides.add(side)
    assert sides == {"train", "validation"}


def test_a_split_without_any_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"With validation: \[dev\], no document .* is in the training split"):
        built(
            tmp_path / "x",
            corpora=["covid-dialog"],
            tasks=["dialogue"],
            splits=["dev"],
            validation=["dev"],
            pack="generation",
        )
    with pytest.raises(UserError, match="validation names the split 'dev', which isn't among `splits`"):
        build_recipe(None, {"validation": ["dev"]})
    with pytest.raises(UserError, match=r"With validation: 1e-09, no document .* is in the validation split"):
        built(tmp_path / "x", corpora=["demo"], tasks=["dc"], n=20, validation=1e-9)
    assert not (tmp_path / "x").exists()


def test_columns_and_gold(tmp_path: Path) -> None:
    built(tmp_path / "x", tasks=["re"], corpora=["biored"])
    (row,) = [row for row in rows(tmp_path / "x") if row["id"] == "biored/train/10000001/D900/D100#re"]
    assert row["group"] == "biored/10000001"
    assert row["domain"] == "biomedical"
    assert json.loads(str(row["gold"])) == {"kind": "choices", "keys": ["Negative_Correlation"]}
    assert sorted(row["label_keys"]) == ["Association", "Negative_Correlation", "Positive_Correlation", "none"]
    letter = "ABCD"[row["label_keys"].index("Negative_Correlation")]
    assert row["completion"] == [
        {"role": "assistant", "content": f"({letter}) Velorin treats, prevents or reduces zantic fever"}
    ]
    assert str(row["pack"]).startswith("mnlu@")
    assert "[[Velorin]]|placebo in [[zantic fever]]" in row["prompt"][0]["content"]
    assert "[[" not in str(row["text"])


@pytest.mark.parametrize("order", ["shuffled", "corpus"])
def test_a_split_of_the_corpus_is_the_validation_split(tmp_path: Path, order: str) -> None:
    options = {"corpora": ["covid-dialog"], "tasks": ["dialogue"], "splits": ["train", "dev"], "pack": "generation"}
    built(tmp_path / "x", **options, validation=["dev"], order=order)
    found = datasets.load_dataset(str(tmp_path / "x"), "all", cache_dir=str(tmp_path / "cache"))
    assert {name: set(found[name]["split"]) for name in found} == {"train": {"train"}, "validation": {"dev"}}


def test_datasets_reads_a_build(tmp_path: Path) -> None:
    made = built(tmp_path / "x", tasks=["ner", "summ"])
    loaded = datasets.load_dataset(str(tmp_path / "x"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(loaded) == made["rows"]
    assert loaded[0]["prompt"][0]["role"] == "user"
    everything = datasets.load_dataset(str(tmp_path / "x"), "all", split="train", cache_dir=str(tmp_path / "cache"))
    assert everything.column_names == SCHEMA.names
    assert everything.remove_columns("labels").to_list() == loaded.to_list()


def test_manifest_tells_inputs_drops_repairs_and_unused(tmp_path: Path) -> None:
    made = built(tmp_path / "x", tasks=["nli", "ner"], exclude=["multinli"])
    assert made == manifest.verify(tmp_path / "x")
    assert set(made["unused"]) >= {"multinli", "sts-b"}
    assert "snli/snli_1.0/snli_1.0_train.jsonl" in made["inputs"]
    assert {"corpus": "nlm-gene", "split": "train", "rule": "document-shift", "count": 2} in made["repairs"]
    drop = {"corpus": "snli", "split": "train", "stage": "read", "reason": "no-gold-label"}
    assert {**drop, "count": 1} in made["drops"]
    examples = [json.loads(line) for line in (tmp_path / "x" / "dropped.jsonl").read_text("utf-8").splitlines()]
    assert {**drop, "example": "snli_1.0/snli_1.0_train.jsonl:4"} in examples


def test_equal_builds_share_a_content_hash_and_others_do_not(tmp_path: Path) -> None:
    one = built(tmp_path / "one", tasks=["dc"], corpora=["demo"])
    again = built(tmp_path / "again", tasks=["dc"], corpora=["demo"])
    other = built(tmp_path / "other", tasks=["dc"], corpora=["demo"], seed=43)
    assert one["content_hash"] == again["content_hash"] != other["content_hash"]


def test_the_demo_corpora_come_by_name_alone(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No training corpus has its files"):
        built(tmp_path / "x", data=tmp_path / "nothing", tasks=["ner"])
    made = built(tmp_path / "x", data=tmp_path / "nothing", tasks=["ner"], corpora=["demo"])
    assert {row["corpus"] for row in made["mixture"]} == {"demo-ner"}


def test_short_accepts_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="summ has 1 of 50"):
        built(tmp_path / "x", tasks=["summ", "sts"], corpora=["aci-bench", "sts-b"], n=100)
    made = built(tmp_path / "x", tasks=["summ", "sts"], corpora=["aci-bench", "sts-b"], n=100, short="accept")
    assert {row["task"]: row["drawn"] for row in made["mixture"]} == {"summ": 1, "sts": 6}


def test_splits_and_domain(tmp_path: Path) -> None:
    made = built(tmp_path / "x", tasks=["ner", "re"], splits=["dev"])
    assert {row["split"] for row in made["mixture"]} == {"dev"}
    some = ["nli4ct", "n2c2-2022-sdoh", "mtsamples", "trialstop", "drsm"]
    clinical = built(tmp_path / "y", tasks=["dc", "ee"], corpora=some, domain="clinical")
    assert {row["corpus"] for row in clinical["mixture"]} == {
        name for name in some if corpora.get(name).domain == "clinical"
    }
    with pytest.raises(UserError, match="sts"):
        built(tmp_path / "z", tasks=["sts"], domain="both")


def test_a_users_own_corpus(tmp_path: Path) -> None:
    source = (FIXTURES.parents[1] / "mnlu_instruct" / "corpora" / "linnaeus.py").read_text("utf-8")
    own = tmp_path / "mine.py"
    own.write_text(source.replace('name="linnaeus"', 'name="mine", folder="linnaeus"'), "utf-8")
    made = built(tmp_path / "x", 2, tasks=["ner"], corpora=[str(own), "biored"])
    assert {row["corpus"] for row in made["mixture"]} == {"mine", "biored"}


@needs_real_corpora
def test_the_papers_kind_of_build_on_real_corpora(tmp_path: Path) -> None:
    made = built(tmp_path / "one", 1, REAL, tasks=["re", "nli", "ner"], n=6001)
    built(tmp_path / "two", 2, REAL, tasks=["nli", "ner", "re"], n=6001)
    drawn = {task: sum(row["drawn"] for row in made["mixture"] if row["task"] == task) for task in ("ner", "re", "nli")}
    assert drawn == {"ner": 2001, "re": 2000, "nli": 2000}
    assert made["rows"] == len(rows(tmp_path / "one")) == 6001
    assert same(tmp_path / "one", tmp_path / "two")


def test_questions_without_a_finding_are_thinned_by_corpus_and_counted(tmp_path: Path) -> None:
    wanted: dict[str, object] = {"tasks": ["ner", "re"], "corpora": ["demo"]}

    def counts(made: manifest.Manifest) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for row in made["written"]:
            rows, nothing = found.get(row["corpus"], (0, 0))
            found[row["corpus"]] = rows + row["rows"], nothing + row["nothing"]
        return found

    whole, half = built(tmp_path / "whole", **wanted), built(tmp_path / "half", thin={"demo-re": 0.5}, **wanted)
    before, after = counts(whole), counts(half)
    assert after["demo-ner"] == before["demo-ner"]
    (rows_before, none_before), (rows_after, none_after) = before["demo-re"], after["demo-re"]
    assert none_after == math.floor(none_before / 2 + 0.5) and 0 < none_after < none_before
    assert rows_before - rows_after == none_before - none_after
    (drop,) = [one for one in half["drops"] if one["stage"] == "thin"]
    assert drop["count"] == none_before - none_after and drop["corpus"] == "demo-re"
    sample = built(tmp_path / "sample", thin={"demo-re": 0.5}, **{**wanted, "tasks": ["re"], "n": 400})
    (_, nothing) = counts(sample)["demo-re"]
    assert nothing / 400 == pytest.approx(none_after / rows_after, abs=0.1)  # those that are left aren't drawn first
    without = built(tmp_path / "without", thin={"demo-re": 0}, **wanted)
    assert counts(without)["demo-re"] == (rows_before - none_before, 0)


def test_what_cannot_be_filled_is_refused_before_tokens_are_counted(tmp_path: Path) -> None:
    keys: dict[str, object] = {"tasks": ["nli"], "corpora": ["demo"], "n": 10**6, "tokenizer": "no/such-tokenizer"}
    with pytest.raises(
        UserError, match=r"Too few instances, even before any is left out .*: nli has [\d,]+ of 1,000,000"
    ):
        built(tmp_path / "x", **keys)


def test_cards_of_synthetic_data_say_so_first(tmp_path: Path) -> None:
    built(tmp_path / "x", tasks=["nli"], corpora=["demo"])
    _, _, card = (tmp_path / "x" / "README.md").read_text("utf-8").split("---\n", 2)
    assert card.strip().startswith("> **Synthetic data. All its texts are generated")
    built(tmp_path / "y", tasks=["nli"], corpora=["demo-nli", "snli"])
    assert "Synthetic data. The texts of demo-nli are" in (tmp_path / "y" / "README.md").read_text("utf-8")
    built(tmp_path / "z", tasks=["nli"], corpora=["snli"])
    assert "Synthetic" not in (tmp_path / "z" / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "command", [("build", "--corpora", "demo"), ("ablate", "re_task_diversity-tiny"), ("train", "tiny")]
)
def test_a_data_directory_that_was_given_must_be_there(command: tuple[str, ...], tmp_path: Path) -> None:
    words = ("--set", f"data={tmp_path / 'out'}") if command[0] == "train" else ("--out", str(tmp_path / "out"))
    failed(mnlu(*command, *words, data=tmp_path / "corpra"), f"{tmp_path / 'corpra'} is not there", "MNLU_DATA")
    (tmp_path / "empty").mkdir()
    failed(mnlu(*command, *words, data=tmp_path / "empty"), "is empty")
    if command[0] != "train":
        failed(mnlu(*command, *words, "--data-dir", tmp_path / "corpra"), "is not there", "--data-dir")
    assert not (tmp_path / "out").exists()
