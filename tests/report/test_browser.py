"""The page in a browser: the filter in the address shows what fits and nothing else."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mnlu_instruct.report import write
from tests.report.helpers import LIMIT

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
    "--dump-dom",
]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine")


@pytest.fixture(scope="module")
def report(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "report.html"
    write(runs, out)
    return out


def opened(report: Path, address: str, profile: Path) -> str:
    """The page as it is once its script has run."""
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={profile}", f"{report.as_uri()}{address}"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def visible(dom: str, element: str) -> list[str]:
    """The opening tags of a class' elements that aren't hidden."""
    return [tag for tag in re.findall(rf'<\w+ class="{element}[^>]*>', dom) if " hidden" not in tag]


def count(dom: str) -> str:
    found = re.search(r'<output id="count"[^>]*>([^<]*)</output>', dom)
    assert found, "the script did not run"
    return found.group(1)


def test_without_a_filter_the_first_fifty_questions_are_shown(report: Path, tmp_path: Path) -> None:
    dom = opened(report, "", tmp_path)
    assert len(visible(dom, "card")) == 50
    assert count(dom) == f"{2 * 10 * LIMIT} answers to {10 * LIMIT} questions"
    assert re.search(r'<button type="button" id="more">show 50 more of 350 questions left', dom)


def test_the_filter_of_the_address_is_applied(report: Path, tmp_path: Path) -> None:
    dom = opened(report, "#dataset=demo-nli&system=dictionary&verdict=unreadable", tmp_path)
    cards, answers = visible(dom, "card"), visible(dom, "answer")
    assert count(dom) == "4 answers to 4 questions"
    assert len(cards) == 4
    assert all('data-dataset="demo-nli"' in card for card in cards)
    assert all('data-system="dictionary" data-verdict="unreadable"' in answer for answer in answers)


def test_words_are_found_and_systems_may_have_any_name(report: Path, tmp_path: Path) -> None:
    words = "I AM NOT sure"
    dom = opened(report, f"#dataset=demo-re&q={words.replace(' ', '+')}", tmp_path)
    assert count(dom) == "8 answers to 4 questions"
    dom = opened(report, "#system=random+%3Cb%3E&dataset=demo-summ", tmp_path)
    assert count(dom) == f"{LIMIT} answers to {LIMIT} questions"
    assert count(opened(report, "#q=no+such+words+anywhere", tmp_path)) == "0 answers to 0 questions"
