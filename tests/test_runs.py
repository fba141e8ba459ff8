"""The scripts in `runs/`: bash takes them, each step's command exists, and what is done isn't done again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from click import Command, Context

from mnlu_instruct.cli import app
from tests.support import ROOT

SCRIPTS = sorted((ROOT / "runs").glob("*.sh"))
STUB = """#!/bin/bash
printf '%s\\n' "$(basename "$0")" "$@" > "$LOG/$(date +%s%N)-$$"
"""
"""A program that only writes down how it was called."""

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def calls(script: Path, place: Path, made: tuple[str, ...] = ()) -> list[list[str]]:
    """The commands that a script calls, where the files `made` are there already."""
    for name in ("bin", "log", "runs"):
        shutil.rmtree(place / name, ignore_errors=True)
        (place / name).mkdir()
    for name in ("mnlu", "accelerate", "nvidia-smi"):
        (place / "bin" / name).write_text(STUB)
        (place / "bin" / name).chmod(0o755)
    for name in made:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    copy = shutil.copy(script, place / "runs")
    path = f"{place / 'bin'}:{os.environ['PATH']}"
    environment = {"PATH": path, "LOG": str(place / "log"), "MNLU_DATA": str(place), "GPUS": "4"}
    subprocess.run(["bash", copy], env=environment, check=True, capture_output=True)
    return [file.read_text().splitlines() for file in sorted((place / "log").iterdir())]


def accepted(words: list[str]) -> Context:
    """Parse a command line as `mnlu` does; a wrong option or command raises."""
    command: Command = typer.main.get_command(app)
    context = command.make_context("mnlu", list(words), resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)
    return context


@every_script
def test_every_command_exists(script: Path, tmp_path: Path) -> None:
    made = calls(script, tmp_path)
    assert len(made) > 10
    for program, *words in made:
        if program == "mnlu":
            accepted(words)
        for word in words:
            if word.startswith("recipes/"):
                assert (ROOT / word).is_file(), word
    assert ["mnlu", "report"] in [call[:2] for call in made]


@every_script
def test_it_stops_without_corpora_and_says_so(script: Path) -> None:
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", script], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode
    assert "MNLU_DATA" in done.stderr


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    done = ("out/smollm2/x", "out/laptop/x", "out/smollm2-nlu-lora/complete.json", "out/smollm2-nlu-sweep/best.yaml")
    again = calls(ROOT / "runs" / "laptop.sh", tmp_path, (*done, "out/runs/smollm2/scores.json"))
    assert not any(call[:2] in (["mnlu", "build"], ["mnlu", "models", "get"]) for call in again)
    assert not any(call[0] == "accelerate" or "--sweep" in call for call in again)
    assert not any(call[-1] == "out/runs/smollm2" for call in again if call[1] == "eval")
