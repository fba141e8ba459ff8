"""Bad input: one clear sentence with a hint, status 1 (130), no traceback, nothing half-written under a final name."""

import gzip
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnlu_instruct.dataset import manifest
from tests.support import FIXTURES, HEEDING, MAIN, failed, mnlu

OWN = """
from mnlu_instruct.sources.declaration import Corpus, Download
from mnlu_instruct.readers.{reader} import {reader}

own = Corpus(
    name="own", title="Own", role="train", domain="biomedical", tasks=("ner",), source=Download("https://example.org"),
    licence="none", cite="nobody", splits={{"train": ("{file}",)}}, read={reader}(), entities={{"Gene": "Gene"}},
)
"""
ENDLESS = """
import pathlib, time

def endless(files, repairs):
    pathlib.Path("{started}").touch()
    time.sleep(60)
    yield

"""
BIOC = (
    '<?xml version="1.0"?><collection><document><id>1</id><passage><infon key="type">title</infon><offset>0</offset>'
    '<text>AB1 is here.</text><annotation id="0"><infon key="type">Gene</infon><location offset="0" length="3"/>'
    "<text>AB1</text></annotation></passage></document></collection>"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the fixtures that a test may break."""
    return Path(shutil.copytree(FIXTURES, tmp_path / "data"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that must not be there after a failure."""
    return tmp_path / "out" / "set"


def edit(path: Path, old: str, new: str) -> None:
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def own(data: Path, reader: str, file: str) -> Path:
    """A user's corpus that reads one file."""
    (data / "own").mkdir()
    source = data / "own.py"
    source.write_text(OWN.format(reader=reader, file=file), "utf-8")
    return source


def refused(out: Path, data: Path, *arguments: str | Path, words: tuple[str, ...]) -> None:
    failed(mnlu("build", *arguments, "--out", out, "--workers", "1", data=data), *words)
    assert not out.exists()
    assert not out.parent.exists() or not list(out.parent.iterdir())


def test_missing_files_of_a_named_corpus(data: Path, out: Path) -> None:
    (data / "biored" / "Train.PubTator").unlink()
    refused(
        out,
        data,
        "--corpora",
        "biored",
        "--tasks",
        "re",
        words=("biored is not ready", "Train.PubTator", "corpora show"),
    )


def test_one_of_several_files_missing(data: Path) -> None:
    (data / "chemprot" / "chemprot_test_gs" / "chemprot_test_gs_entities.tsv").unlink()
    failed(mnlu("preview", "chemprot", "--split", "test", data=data), "chemprot_test_gs_entities.tsv", "register, then")


def test_unnamed_corpora_without_files_are_listed(data: Path, out: Path) -> None:
    shutil.rmtree(data / "snli")
    done = mnlu("build", "--tasks", "nli", "--out", out, data=data)
    assert done.returncode == 0
    assert "Corpora not used ('mnlu corpora' lists them): " in done.stderr and "1 (lacks files: snli)" in done.stderr


@pytest.mark.parametrize("content", [gzip.compress(BIOC.encode())[:-20], b"\x1f\x8b", b"no gzip"])
def test_broken_gzip(data: Path, out: Path, content: bytes) -> None:
    source = own(data, "bioc", "train.xml.gz")
    (data / "own" / "train.xml.gz").write_bytes(content)
    refused(out, data, "--corpus", source, "--tasks", "ner", words=("train.xml.gz is truncated or damaged",))


def test_truncated_zip(data: Path, out: Path) -> None:
    archive = data / "nli4ct" / "training_data.zip"
    archive.write_bytes(archive.read_bytes()[:-300])
    refused(out, data, "--tasks", "dc", words=("training_data.zip", "truncated or damaged"))


def test_truncated_xml(data: Path, out: Path) -> None:
    source = own(data, "bioc", "train.xml")
    (data / "own" / "train.xml").write_text(BIOC[:-40], "utf-8")
    refused(out, data, "--corpus", source, "--tasks", "ner", words=("train.xml, line 1", "not well-formed"))


def test_truncated_json(data: Path) -> None:
    path = data / "pubmedqa" / "ori_pqal.json"
    path.write_bytes(path.read_bytes()[:100])
    failed(mnlu("corpora", "check", "pubmedqa", data=data), "ori_pqal.json", "not a JSON object")


def test_wrong_columns(data: Path, out: Path) -> None:
    edit(data / "sts-b" / "sts-train.csv", "\t5.000\t", "\t")
    refused(out, data, "--tasks", "sts", words=("sts-train.csv, line 1", "6 columns, expected 7"))


def test_wrong_value(data: Path, out: Path) -> None:
    edit(data / "sts-b" / "sts-train.csv", "\t5.000\t", "\tfive\t")
    refused(out, data, "--tasks", "sts", words=("sts-train.csv, line 1", "five"))


@pytest.mark.parametrize("score", ["nan", "inf", "5.1", "-1"])
def test_a_score_off_the_scale(data: Path, out: Path, score: str) -> None:
    edit(data / "sts-b" / "sts-train.csv", "\t5.000\t", f"\t{score}\t")
    refused(out, data, "--tasks", "sts", words=("sts-train.csv:1", "is not on the scale 0–5"))


def test_missing_key(data: Path, out: Path) -> None:
    edit(data / "snli" / "snli_1.0" / "snli_1.0_train.jsonl", "sentence2", "sentence3")
    refused(out, data, "--tasks", "nli", words=("snli_1.0_train.jsonl, line 1", "'sentence2' is missing"))


def test_an_offset_that_does_not_slice(data: Path, out: Path) -> None:
    edit(data / "biored" / "Train.PubTator", "\t0\t7\tVelorin", "\t1\t8\tVelorin")
    refused(out, data, "--tasks", "re", words=("Train.PubTator, line 3", "'elorin|'", "expected 'Velorin'"))


def test_a_duplicated_document_id(data: Path, out: Path) -> None:
    edit(data / "biored" / "Train.PubTator", "10000002|t|Two", "10000001|t|Two")
    content = (data / "biored" / "Train.PubTator").read_text("utf-8").replace("10000002", "10000001")
    (data / "biored" / "Train.PubTator").write_text(content, "utf-8")
    refused(out, data, "--tasks", "re", words=("document 10000001 was already at Train.PubTator:1",))


def test_a_duplicated_mention_id(data: Path, out: Path) -> None:
    edit(data / "n2c2-2022-sdoh" / "train" / "mimic" / "0001.ann", "E1\t", "T1\tTobacco 0 7\tTobacco\nE1\t")
    refused(out, data, "--tasks", "ee", words=("0001.ann, line 8: there are two mentions 'T1'",))


def test_a_label_that_is_not_declared(data: Path, out: Path) -> None:
    edit(data / "biored" / "Train.PubTator", "CellLine", "CellLines")
    refused(out, data, "--tasks", "re", words=("mention type 'CellLines' is not declared by corpus biored",))


def test_a_corpus_that_gives_no_question(data: Path, out: Path) -> None:
    (data / "aci-bench" / "train.csv").write_text("", "utf-8")
    refused(
        out, data, "--tasks", "summ", "--corpora", "aci-bench", words=("Task 'summ' has no instances in aci-bench",)
    )


def test_text_that_is_not_utf8(data: Path, out: Path) -> None:
    path = data / "linnaeus" / "linnaeus-IOB" / "train.tsv"
    path.write_bytes(path.read_bytes().replace(b"kept", b"k\xe9pt"))
    refused(out, data, "--tasks", "ner", words=("linnaeus-IOB/train.tsv, line 2", "not UTF-8"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tasks", "re,nlu"), ("Unknown task 'nlu'", "did you mean nli")),
        (("--tasks", "ner", "--corpora", "bio-red"), ("Unknown corpus 'bio-red'", "did you mean biored")),
        (("--tasks", "ner", "--exclude", "linneus"), ("Unknown corpus 'linneus'", "linnaeus")),
        (("--tasks", "ner", "--splits", "trian"), ("Unknown split", "train")),
        (("--tasks", "ner", "--pack", "mnlo"), ("Unknown prompt pack 'mnlo'", "mnlu")),
        (("--recipe", "demos"), ("Unknown build recipe 'demos'", "demo")),
        (("--tasks", "ner,ner"), ("named twice",)),
        (("--tasks", "ee,eae"), ("part of 'ee'",)),
        (("--tasks", "qa"), ("'qa' has no training corpus", "unseen")),
        (("--tasks", "ner", "--corpora", "bc2gm"), ("bc2gm is a test set", "--splits train")),
        (("--tasks", "ner", "--corpora", "bc2gm", "--splits", "train,test"), ("bc2gm is a test set",)),
        (("--tasks", "ner", "--corpora", "snli"), ("'ner' has no instances", "no corpus")),
        (("--tasks", "ner,re,nli", "--n", "2"), ("--n 2 is smaller than the number of tasks, 3",)),
        (("--tasks", "summ", "--corpora", "aci-bench", "--n", "5"), ("summ has 1 of 5", "--short accept")),
        (("--tasks", "ner", "--max-tokens", "9"), ("max_tokens needs a tokenizer",)),
        (("--tasks", "ner", "--max-tokens", "9", "--tokenizer", "/nowhere"), ("No tokenizer '/nowhere'",)),
        (("--corpus", "/nowhere/mine.py"), ("/nowhere/mine.py", "no such corpus file")),
    ],
)
def test_wrong_options(out: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(out, FIXTURES, *arguments, words=words)


def test_a_recipe_with_an_unknown_key(tmp_path: Path, out: Path) -> None:
    (tmp_path / "mine.yaml").write_text("task: [ner]\n", "utf-8")
    refused(out, FIXTURES, "--recipe", tmp_path / "mine.yaml", words=("Unknown key", "'task'", "did you mean tasks"))


def test_a_users_corpus_with_a_mistake(tmp_path: Path, out: Path) -> None:
    (tmp_path / "mine.py").write_text("own = Corpus()\n", "utf-8")
    refused(out, FIXTURES, "--corpus", tmp_path / "mine.py", words=("mine.py", "NameError", "line 1"))


def test_usage_errors_have_status_2() -> None:
    assert mnlu("build", "--n", "none").returncode == 2
    assert mnlu("bild").returncode == 2


def test_an_out_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    failed(mnlu("build", "--tasks", "dc", "--out", tmp_path / "file" / "x"), "can't be written", "--out")


def test_an_out_that_is_there_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine", "utf-8")
    failed(mnlu("build", "--tasks", "dc", "--out", out), "has no manifest.json")
    failed(mnlu("build", "--tasks", "dc", "--out", out, "--overwrite"), "has no manifest.json")
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_overwrite_replaces_a_data_set_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    few = ("--corpora", "nli4ct,sts-b,snli,multinli", "--order", "corpus")
    assert mnlu("build", *few, "--tasks", "dc", "--out", out).returncode == 0
    before = sorted(path.name for path in out.iterdir())
    assert mnlu("build", *few, "--tasks", "dc,sts,nli", "--out", out, "--overwrite").returncode == 0
    assert len(list(out.glob("*.parquet"))) == 4
    assert before != sorted(path.name for path in out.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failed_overwrite_keeps_what_was_there(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert mnlu("build", "--tasks", "sts", "--out", out, data=data).returncode == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    edit(data / "sts-b" / "sts-train.csv", "\t5.000\t", "\t")
    failed(mnlu("build", "--tasks", "sts", "--out", out, "--overwrite", data=data), "columns")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda out: (out / "manifest.json").unlink(), "holds no built data set"),
        (lambda out: (out / "manifest.json").write_text("{", "utf-8"), "is broken"),
        (lambda out: (out / "train-00000-of-00001.parquet").unlink(), "is missing"),
        (lambda out: (out / "train-00000-of-00001.parquet").write_bytes(b"x"), "was changed after the build"),
        (lambda out: (out / "train-00009-of-00001.parquet").write_bytes(b"x"), "is not in the manifest"),
        (lambda out: edit(out / "manifest.json", f'"format": {manifest.FORMAT}', '"format": 0'), "has format 0"),
    ],
)
def test_verify_finds_damage(tmp_path: Path, damage, words: str) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    assert mnlu("build", "--tasks", "dc", "--corpora", "nli4ct", "--out", out).returncode == 0
    assert mnlu("build", "--verify", out).returncode == 0
    damage(out)
    failed(mnlu("build", "--verify", out), words)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_leaves_nothing_behind(data: Path, tmp_path: Path, workers: str) -> None:
    # A corpus that never ends reading: the build is surely under way when it is interrupted.
    endless = own(data, "conll", "train.tsv")
    edit(endless, "read=conll()", "read=endless")
    edit(endless, "own = Corpus", ENDLESS.format(started=tmp_path / "started") + "own = Corpus")
    (data / "own" / "train.tsv").write_text("a\tO\n", "utf-8")
    out = tmp_path / "out"
    command = [sys.executable, "-c", HEEDING + MAIN, "build", "--tasks", "ner"]
    options = ["--corpus", str(endless), "--corpora", "linnaeus", "--out", str(out), "--workers", workers]
    process = subprocess.Popen(
        [*command, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={"MNLU_DATA": str(data), "PATH": "/usr/bin:/bin"},
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Interrupted. Nothing half-written was left." in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "started"]
