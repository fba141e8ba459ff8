"""The demo corpora: reproducible, consistent in themselves, and without overlap between the splits."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from mnlu_instruct.demo.__main__ import DATA
from mnlu_instruct.demo.corpora import build
from mnlu_instruct.demo.words import POOLS

REPOSITORY = Path(__file__).parents[2]
SPLITS = ["train", "test"]
MOST_BYTES = 8_500_000
SUBSTANCES = ["Alcohol", "Drug", "Tobacco"]
EVENTS = [*SUBSTANCES, "Employment", "LivingStatus"]
ATTRIBUTE_VALUES = {
    "StatusTimeVal": {"none", "current", "past", "future"},
    "StatusEmployVal": {"employed", "unemployed", "retired", "on_disability", "student", "homemaker"},
    "TypeLivingVal": {"alone", "with_family", "with_others", "homeless"},
}


CHECKED_IN = {path.relative_to(DATA).as_posix(): path.read_bytes() for path in DATA.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Every text file by its path."""
    return {name: content.decode() for name, content in CHECKED_IN.items() if not name.endswith(".zip")}


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def pubtator(text: str) -> list[tuple[str, list[list[str]]]]:
    """The text and the mention fields of each document."""
    documents = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        title, abstract, *mentions = block.split("\n")
        body = title.split("|t|", 1)[1] + " " + abstract.split("|a|", 1)[1]
        documents.append((body, [mention.split("\t") for mention in mentions]))
    return documents


def tsv(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def notes(split: str) -> list[tuple[str, str]]:
    """The text and the annotations of each brat note."""
    with zipfile.ZipFile(io.BytesIO(CHECKED_IN[f"demo-sdoh/{split}.zip"])) as archive:
        names = [name for name in archive.namelist() if name.endswith(".txt")]
        return [
            (archive.read(name).decode(), archive.read(name.replace(".txt", ".ann")).decode()) for name in sorted(names)
        ]


def texts(files: dict[str, str], corpus: str, split: str) -> list[str]:
    """The input texts of a corpus, those that may not be in both splits."""
    match corpus:
        case "demo-ner":
            found = [body for body, _ in pubtator(files[f"demo-ner/{split}.PubTator"])]
        case "demo-re":
            found = [abstract for _, _, abstract in tsv(files[f"demo-re/{split}_abstracts.tsv"])]
        case "demo-sdoh":
            found = [body for body, _ in notes(split)]
        case "demo-dc":
            found = [row["text"] for row in csv_rows(files[f"demo-dc/{split}.csv"])]
        case "demo-nli":
            found = [json.loads(line)["sentence1"] for line in files[f"demo-nli/{split}.jsonl"].splitlines()]
        case "demo-sts":
            found = [sentence for row in tsv(files[f"demo-sts/{split}.csv"]) for sentence in row[5:]]
        case _:
            found = [row["dialogue"] for row in csv_rows(files[f"demo-summ/{split}.csv"])]
    return found


def test_checked_in_data_is_what_the_generator_writes() -> None:
    assert build() == build() == CHECKED_IN
    assert sum(map(len, CHECKED_IN.values())) <= MOST_BYTES


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_command_writes_the_same_under_every_hash_seed(tmp_path: Path, hash_seed: str) -> None:
    command = [sys.executable, "-m", "mnlu_instruct.demo", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    subprocess.run(command, check=True, cwd=REPOSITORY, env=environment)
    written = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert written == CHECKED_IN


def test_text_files_have_lf_line_ends(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert "\r" not in text, name
        assert text.endswith("\n"), name


@pytest.mark.parametrize("corpus", ["demo-ner", "demo-re", "demo-sdoh", "demo-dc", "demo-nli", "demo-sts", "demo-summ"])
def test_no_test_text_is_in_train(files: dict[str, str], corpus: str) -> None:
    test = texts(files, corpus, "test")
    assert test
    assert not set(test) & set(texts(files, corpus, "train"))


@pytest.mark.parametrize(("corpus", "sizes"), [("demo-ner", (8000, 100)), ("demo-re", (4500, 80))])
def test_document_counts(files: dict[str, str], corpus: str, sizes: tuple[int, int]) -> None:
    assert tuple(len(texts(files, corpus, split)) for split in SPLITS) == sizes


def test_names_of_one_split_are_not_in_the_other() -> None:
    for pool in POOLS.values():
        names = [*pool.shared, *pool.train_only, *pool.test_only]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("split", SPLITS)
def test_pubtator_offsets_and_concepts(files: dict[str, str], split: str) -> None:
    concepts: dict[str, str] = {}
    types: Counter[str] = Counter()
    for body, mentions in pubtator(files[f"demo-ner/{split}.PubTator"]):
        for _, start, end, text, kind, concept in mentions:
            assert body[int(start) : int(end)] == text
            assert concepts.setdefault(concept, text.lower()) == text.lower()
            types[kind] += 1
    assert sorted(types) == ["Chemical", "Disease", "Gene"]


def test_a_third_of_the_test_names_are_new(files: dict[str, str]) -> None:
    names = {
        split: {mention[3].lower() for _, found in pubtator(files[f"demo-ner/{split}.PubTator"]) for mention in found}
        for split in SPLITS
    }
    assert len(names["test"] - names["train"]) >= len(names["test"]) / 3


def test_pubtator_has_repeated_nested_and_adjacent_mentions_and_absent_types(files: dict[str, str]) -> None:
    documents = pubtator(files["demo-ner/train.PubTator"])
    assert any(len({m[5] for m in found}) < len(found) for _, found in documents)
    assert any(int(b[1]) < int(a[2]) for _, found in documents for a, b in pairwise(found))
    assert any(int(b[1]) == int(a[2]) + 1 for _, found in documents for a, b in pairwise(found))
    assert any(len({m[4] for m in found}) < len(["Chemical", "Disease", "Gene"]) for _, found in documents)


@pytest.mark.parametrize("split", SPLITS)
def test_relation_offsets_and_arguments(files: dict[str, str], split: str) -> None:
    bodies = {number: f"{title} {text}" for number, title, text in tsv(files[f"demo-re/{split}_abstracts.tsv"])}
    types = {}
    for number, entity, kind, start, end, text in tsv(files[f"demo-re/{split}_entities.tsv"]):
        assert bodies[number][int(start) : int(end)] == text
        types[number, entity] = kind
    gold = tsv(files[f"demo-re/{split}_gold_standard.tsv"])
    for number, _, chemical, gene in gold:
        assert types[number, chemical.removeprefix("Arg1:")] == "CHEMICAL"
        assert types[number, gene.removeprefix("Arg2:")] == "GENE"
    assert {row[1] for row in gold} == {"ACTIVATOR", "INHIBITOR", "SUBSTRATE"}


@pytest.mark.parametrize("split", SPLITS)
def test_a_third_of_the_pairs_in_a_sentence_are_unrelated(files: dict[str, str], split: str) -> None:
    entities = tsv(files[f"demo-re/{split}_entities.tsv"])
    pairs = 0
    for number, title, abstract in tsv(files[f"demo-re/{split}_abstracts.tsv"]):
        own = [(row[2], int(row[3])) for row in entities if row[0] == number]
        for sentence in re.finditer(r"[^.]+\.", abstract):
            offset = len(title) + 1
            inside = [kind for kind, start in own if sentence.start() <= start - offset < sentence.end()]
            pairs += inside.count("CHEMICAL") * inside.count("GENE")
    related = len(files[f"demo-re/{split}_gold_standard.tsv"].splitlines())
    assert 0.2 < 1 - related / pairs < 0.4


@pytest.mark.parametrize("split", SPLITS)
def test_brat_ids_resolve_and_required_roles_are_there(split: str) -> None:
    values: dict[str, set[str]] = {name: set() for name in ATTRIBUTE_VALUES}
    events_seen: Counter[str] = Counter()
    for body, annotations in notes(split):
        spans: dict[str, str] = {}
        events: list[list[list[str]]] = []
        attributes: dict[str, str] = {}
        for line in annotations.splitlines():
            number, rest = line.split("\t", 1)
            if number.startswith("T"):
                (kind, start, end), text = rest.split("\t")[0].split(" "), rest.split("\t")[1]
                assert body[int(start) : int(end)] == text
                spans[number] = kind
            elif number.startswith("E"):
                events.append([part.split(":") for part in rest.split(" ")])
            else:
                name, target, value = rest.split(" ")
                assert f"{spans[target]}Val" == name
                attributes[target] = value
                values[name].add(value)
        for (event, trigger), *arguments in events:
            roles = dict(arguments)
            assert spans[trigger] == event
            assert all(target in spans for target in roles.values())
            required = "Type" if event == "LivingStatus" else "Status"
            assert roles[required] in attributes
            if "Status" in roles:
                assert spans[roles["Status"]] == ("StatusEmploy" if event == "Employment" else "StatusTime")
            events_seen[event] += 1
    assert sorted(events_seen) == sorted(EVENTS)
    assert values == ATTRIBUTE_VALUES


@pytest.mark.parametrize("split", SPLITS)
def test_topics(files: dict[str, str], split: str) -> None:
    rows = csv_rows(files[f"demo-dc/{split}.csv"])
    topics = Counter(topic for row in rows for topic in row["topics"].split(";"))
    labels = ["", "cardiology", "dermatology", "neurology", "oncology", "orthopaedics", "respiratory"]
    assert sorted(topics) == labels
    assert len(rows) == {"train": 8000, "test": 120}[split]


def test_questions(files: dict[str, str]) -> None:
    items = json.loads(files["demo-qa/test.json"])
    assert Counter(item["final_decision"] for item in items.values()) == {"yes": 36, "no": 27, "maybe": 27}
    assert all(len(item["CONTEXTS"]) == len(item["LABELS"]) for item in items.values())


def test_inference_labels_are_balanced(files: dict[str, str]) -> None:
    labels = {
        split: Counter(json.loads(line)["gold_label"] for line in files[f"demo-nli/{split}.jsonl"].splitlines())
        for split in SPLITS
    }
    assert labels["test"] == {"entailment": 50, "neutral": 50, "contradiction": 50}
    assert 0 < labels["train"].pop("-") < 30
    assert all(1175 < count <= 1200 for count in labels["train"].values())


@pytest.mark.parametrize(("split", "size"), [("train", 4000), ("test", 120)])
def test_similarity_scores_cover_the_scale(files: dict[str, str], split: str, size: int) -> None:
    rows = tsv(files[f"demo-sts/{split}.csv"])
    assert [len(row) for row in rows] == [7] * size
    assert all(re.fullmatch(r"[0-5]\.\d{3}", row[4]) and float(row[4]) <= 5 for row in rows)
    assert {int(float(row[4])) for row in rows} == set(range(6))
    assert any(row[4].endswith(".500") for row in rows)
    assert any('"' in row[5] for row in rows)


@pytest.mark.parametrize(("split", "size"), [("train", 2000), ("test", 50)])
def test_notes_follow_from_their_dialogues(files: dict[str, str], split: str, size: int) -> None:
    rows = csv_rows(files[f"demo-summ/{split}.csv"])
    assert len(rows) == size
    for row in rows:
        note = dict(line.split(": ", 1) for line in row["note"].splitlines())
        assert note["CHIEF COMPLAINT"] in row["dialogue"]
        assert all(part in row["dialogue"] for part in note["PLAN"].split(", return in "))
        assert 4 <= len(row["dialogue"].splitlines()) <= 8
