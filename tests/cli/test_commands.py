"""The commands: what they print, what scripts read, and that each says how it is used."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from mnlu_instruct import corpora, tasks
from mnlu_instruct.cli import SECTIONS, command, main, options
from mnlu_instruct.cli.help_panels import PANELS
from mnlu_instruct.types import FREE_TEXT
from tests.support import FIXTURES, failed, mnlu

FREE_TEXT_PACKS = {"biobart", "generation"}

COMMANDS = [
    ("corpora",),
    ("corpora", "show"),
    ("corpora", "check"),
    ("fetch",),
    ("build",),
    ("stats",),
    ("preview",),
    ("eval",),
    ("score",),
    ("report",),
    ("suite", "export"),
    ("train",),
    ("merge",),
    ("leakage",),
    ("duplicates",),
    ("cache", "info"),
    ("cache", "clear"),
    ("prompts", "lint"),
    ("prompts", "show"),
]


def document(*arguments: str) -> object:
    """What a command prints for scripts: one JSON document and nothing else on standard output."""
    done = mnlu(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    done = mnlu(*command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout


def test_corpora_lists_every_corpus() -> None:
    rows = document("corpora")
    assert isinstance(rows, list)
    assert [row["name"] for row in rows] == sorted(corpora.registry())
    assert set(rows[0]) == {
        *("name", "title", "role", "tasks", "domain", "access", "licence", "status", "folder", "splits")
    }
    assert {row["status"] for row in rows} == {"ready"}
    signed = {row["name"] for row in rows if row["access"] == "dua"}
    assert {"n2c2-2022-sdoh", "i2b2-2012-temporal", "mednli"} <= signed and "biored" not in signed


def test_corpora_filters_by_task_and_role() -> None:
    rows = document("corpora", "--task", "re", "--role", "eval")
    assert [row["name"] for row in rows] == ["chemprot", "chemprot-blurb", "ddi", "gad", "i2b2-2010"]  # type: ignore[union-attr]


def test_show_tells_files_checksums_labels_and_counts() -> None:
    shown = document("corpora", "show", "biored")
    assert isinstance(shown, dict)
    assert {file["file"] for file in shown["files"]} == {"Train.PubTator", "Dev.PubTator"}
    assert all(len(file["sha256"]) == 64 for file in shown["files"])
    assert {"of": "mention", "label": "CellLine", "name": "Cell line"} in shown["labels"]
    assert {"split": "train", "of": "relations", "count": 9} in shown["counts"]


def test_show_says_what_to_sign_and_what_is_missing(tmp_path: Path) -> None:
    done = mnlu("corpora", "show", "n2c2-2022-sdoh", data=tmp_path)
    assert "data use agreement" in done.stdout
    assert "train/*/*.ann" in done.stdout
    assert "missing" in done.stdout


def test_check_counts_and_flags_differences() -> None:
    found = document("corpora", "check", "gnormplus")
    assert isinstance(found, list)
    (one,) = found
    assert one["mentions"] == {"DomainMotif": 2, "FamilyName": 2, "Gene": 4}
    assert one["repairs"] == {"case-fold": 1, "punctuation": 1, "shift≤3": 1, "wrong-end": 1}
    assert one["differences"]["documents"] == [2, 432]
    assert "≠" in mnlu("corpora", "check", "gnormplus").stdout


def test_build_prints_its_manifest_or_its_mixture(tmp_path: Path) -> None:
    made = document("build", "--tasks", "dc", "--corpora", "nli4ct", "--out", str(tmp_path / "x"))
    assert made["rows"] == 2  # type: ignore[index, call-overload]
    drafted = document("build", "--tasks", "dc", "--corpora", "nli4ct", "--out", str(tmp_path / "y"), "--dry-run")
    assert drafted["mixture"][0]["drawn"] == 2  # type: ignore[index, call-overload]
    assert drafted["bytes"].keys() == {"up_to_about", "free"}  # type: ignore[union-attr]
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("options", [("--tasks", "dc"), ("--recipe", "mnlu-instruct")])
def test_synthetic_corpora_never_stand_in_for_real_ones(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = mnlu("build", *options, "--out", tmp_path / "x", data=tmp_path / "nowhere")
    failed(done, f"{tmp_path / 'nowhere'} is not there", "correct MNLU_DATA")
    (tmp_path / "data" / "others").mkdir(parents=True)
    done = mnlu("build", *options, "--out", tmp_path / "x", data=tmp_path / "data")
    failed(done, "No training corpus has its files in", "--corpora demo")
    assert not (tmp_path / "x").exists()


def test_a_training_builds_from_no_stand_in(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        f"model: {{config: {{}}, vocabulary: 512}}\ndata: {tmp_path}/data\nbuild: mnlu-instruct\n"
        f"trainer: {{output_dir: {tmp_path}/model}}\n"
    )
    done = mnlu("train", tmp_path / "recipe.yaml", data=tmp_path / "nowhere")
    failed(done, f"{tmp_path / 'nowhere'} is not there", "correct MNLU_DATA")
    assert not (tmp_path / "data").exists()


def test_preview_shows_question_and_gold() -> None:
    done = mnlu("preview", "chemprot", "--split", "dev")
    assert "chemprot/dev/40000002/T1/T2#re" in done.stdout
    assert "is an agonist of KZ4" in done.stdout


def test_preview_of_a_task_that_a_corpus_lacks() -> None:
    done = mnlu("preview", "biored", "--task", "nli")
    assert done.returncode == 1
    assert "it has: ner, re" in done.stderr


def test_doctor_tells_packages_and_corpora() -> None:
    found = document("doctor")
    assert isinstance(found, dict)
    packages = {(package["extra"], package["name"]): package for package in found["packages"]}
    assert packages["", "jinja2"]["fits"]
    assert all(package["found"] == version(package["name"]) for package in found["packages"] if package["found"])
    assert {extra for extra, _ in packages} == {
        "",
        "train",
        "tokens",
        "gguf",
        "gpu",
        "merge",
        "eval",
        "bertscore",
        "linking",
        "bench",
        "blurb-exact",
        "share",
        "ray",
        "slurm",
        "dev",
    }
    assert found["corpora"]["biored"] == "ready"
    ner = next(one for one in found["tasks"] if one["task"] == "ner")
    assert ner["training"][0] == ner["training"][1] > 10  # the fixtures have files of all
    shown = mnlu("doctor").stdout
    assert "core ready" in shown and "jinja2" not in shown and "jinja2" in mnlu("doctor", "--all").stdout


def test_prompts_list_lint_show() -> None:
    packs = {pack["name"]: pack for pack in document("prompts", "list")}  # type: ignore[attr-defined]
    unified, relations = {"definitions", "letters", "mnlu", "paraphrase"}, {"quoted", "study", "typed", "verb"}
    kinds = set(tasks.TASKS) - {"ere", "dialogue", "el"}
    assert packs.keys() == {"box", "linking"} | unified | relations | FREE_TEXT_PACKS
    assert all(set(packs[name]["tasks"]) == FREE_TEXT for name in FREE_TEXT_PACKS)
    assert set(packs["box"]["tasks"]) == kinds | {"ere"}
    assert all(set(packs[name]["tasks"]) == kinds for name in unified)
    assert all(set(packs[name]["tasks"]) == {"ere"} for name in relations)
    assert packs["paraphrase"]["wordings"] == dict.fromkeys(kinds, 8)
    assert mnlu("prompts", "lint").stdout.strip() == "No findings."
    assert "Extract all relevant medical named entities" in mnlu("prompts", "show", "mnlu", "--task", "ner").stdout
    assert "re, wording 8 of 8" in mnlu("prompts", "show", "paraphrase", "--task", "re").stdout


def test_lint_of_a_wrong_pack_fails(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [qa]\n", "utf-8")
    (tmp_path / "qa.j2").write_text("{{ question }}", "utf-8")
    done = mnlu("prompts", "lint", tmp_path)
    assert done.returncode == 1
    assert "doesn't show 'options'" in done.stdout


def test_cache_shows_what_is_kept_and_clears_it_and_nothing_else(tmp_path: Path) -> None:
    store = tmp_path / "store"
    place = {"MNLU_CACHE": str(store)}
    mnlu("build", "--tasks", "nli", "--corpora", "snli,multinli", "--out", tmp_path / "data-set", **place)
    (store / "snli" / "train" / "mine.txt").write_text("a file of somebody's", "utf-8")
    kept = json.loads(mnlu("cache", "info", "--json", **place).stdout)
    assert [(row["corpus"], row["split"], row["questions"]) for row in kept] == [
        ("multinli", "train", 3),
        ("snli", "train", 3),
    ]
    assert "2 splits" in mnlu("cache", "info", **place).stdout
    assert mnlu("cache", "clear", "multinli", **place).returncode == 0
    assert "1 splits" in mnlu("cache", "info", **place).stdout
    assert mnlu("cache", "clear", **place).returncode == 0
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["mine.txt"]
    assert "Unknown corpus" in mnlu("cache", "clear", "snly", **place).stderr


def test_completion_knows_names() -> None:
    assert options.complete_corpus("bios") == ["biosses"]
    assert options.complete_corpus("") == sorted(corpora.registry())
    assert {"tiny", "biomistral"} <= set(options.completing("")("")) and options.completing("merge/")("dar") == [
        "dare", "dare-ties"
    ]  # fmt: skip
    assert options.complete_task("re,n") == ["re,ner", "re,nli"]
    assert options.complete_pack("m") == ["mnlu"]
    assert [name for name, _ in options.complete_mode("biogpt")] == ["biogpt-cdr", "biogpt-ddi"]


def test_version() -> None:
    assert mnlu("--version").stdout.strip() == "0.1.0"


def test_data_dir_wins_over_the_environment(tmp_path: Path) -> None:
    done = mnlu("corpora", "show", "biored", "--data-dir", FIXTURES, data=tmp_path)
    assert "ready" in done.stdout


def test_every_command_stands_in_one_section_of_the_help() -> None:
    named = [name for names in SECTIONS.values() for name in names]
    assert sorted(named) == sorted(command().commands)
    shown = mnlu("--help", COLUMNS="80").stdout
    assert all(f"\n  {name} " in shown for name in named) and max(map(len, shown.splitlines())) <= 80
    assert "<bool>" not in mnlu("build", "--help").stdout


def test_each_option_stands_in_one_panel_of_its_help() -> None:
    for name, panels in PANELS.items():
        named = [option for options in panels.values() for option in options]
        there = {one.removeprefix("--") for param in command().commands[name].params for one in param.opts}
        assert len(named) == len(set(named)) and set(named) <= there
        shown = mnlu(name, "--help").stdout
        assert all(title in shown for title in panels)
        assert there - set(named) <= {"help"}, "options that no panel has"


def test_help_and_completion_load_neither_rich_nor_corpora() -> None:
    code = (
        "import sys; from mnlu_instruct.cli import command\n"
        "try: command()(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'rich.console', 'yaml', 'numpy', 'mnlu_instruct.corpora', 'tarfile'} & sys.modules.keys()\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_error_of_a_library_without_a_file_is_told(monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    def fails() -> None:
        raise OSError("no such weights\nsee the log")

    monkeypatch.setattr("mnlu_instruct.cli.command", lambda: fails)
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err.startswith("error: no such weights.")
