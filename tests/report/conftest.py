"""Two runs on the demo suite, once for all tests, and a browser to look at pages with."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.report import helpers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

Opened = Callable[..., "Page"]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    return [
        helpers.record(folder / "dictionary", "dictionary", helpers.dictionary),
        helpers.record(folder / "random", "random <b>", helpers.random),
    ]


@pytest.fixture(scope="session")
def known(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The runs; the second is marked as trained on every fifth text, and as having changed answers when asked again."""
    folder = Path(shutil.copytree(runs[1], tmp_path_factory.mktemp("known") / "random"))
    path = folder / "predictions.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for place, row in enumerate(rows):
        row["seen"] = place % 5 == 0
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def score(card: dict[str, Any]) -> None:
        for name, one in card["datasets"].items():
            seen = [row["seen"] for row in rows if row["dataset"] == name]
            one["seen"] = sum(seen) / len(seen)

    helpers.change(folder / "scores.json", score)
    helpers.change(folder / "run.json", lambda about: about.update(flips={"demo-nli": 0.125}))
    return [runs[0], folder]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A headless browser. While it is open, an event loop runs, which tests of other modules can't have."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    if CHROMIUM is None:
        pytest.skip("no Chromium or Chrome on this machine")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: "Browser") -> Iterator[Opened]:
    """A function that opens a page at an address within it; in the end, no page may have logged an error."""
    complaints: list[str] = []
    contexts = []

    def page_of(path: Path, address: str = "", **options: Any) -> "Page":
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert not [words for words in complaints if "ERR_FILE_NOT_FOUND" not in words]
