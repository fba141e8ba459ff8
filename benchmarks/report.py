"""A report with 100,000 answers about long documents: time to write it, its size, and its speed in a browser.

    python benchmarks/report.py

Five systems answer 20,000 questions about documents of about 6,000 characters. It prints the seconds that
`mnlu report --all` takes and the sizes of the page and of the folder beside it; then, in headless Chromium, the seconds
until the first rows appear, until a filter is applied, and until all answers are searched, each with the longest time
for which the page did not respond.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import json
from playwright.sync_api import Page, sync_playwright

from mnlu_instruct import console, report
from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation import questions
from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN, SCORES
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.evaluation.scorecard import score

SYSTEMS, QUESTIONS, LONG = 5, 20_000, 6_000
WATCHED = """
globalThis.blocked = [];
new PerformanceObserver((list) => blocked.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "longtask", buffered: true });
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [run(Path(folder) / f"system {number}", number) for number in range(SYSTEMS)]
        page = Path(folder) / "report.html"
        start = time.perf_counter()
        report.write(runs, page, every=True)
        seconds = time.perf_counter() - start
        files = sum(path.stat().st_size for path in (page.parent / "report-files").iterdir())
        console.output.print(
            f"{SYSTEMS * QUESTIONS:,} answers written in {seconds:.0f} s: "
            f"page {page.stat().st_size / 1e6:.1f} MB, folder {files / 1e6:.0f} MB"
        )
        console.table(("in the browser", "s", "longest block, s"), used(page))


def run(folder: Path, number: int) -> Path:
    """Write a run with right, wrong and unreadable answers in turn, about lengthened texts of the demo corpus."""
    folder.mkdir()
    asked = questions.of_suite(suites.load("demo"), Path(), Settings())["demo-ner"].questions
    with (folder / PREDICTIONS).open("wb") as file:
        for place in range(QUESTIONS):
            one, other = asked[place % len(asked)], asked[(place + 1) % len(asked)]
            text = " ".join(
                [one["text"], *(asked[(place * 7 + step) % len(asked)]["text"] for step in range(LONG // 150))]
            )
            prompt = [
                {**message, "content": message["content"].replace(one["text"], text)} for message in one["prompt"]
            ]
            said = (one["target"], other["target"], f"I am not sure about {place}.")[(place + number) % 3]
            row = {**one, "id": f"{one['id']}~{place}", "group": str(place), "text": text, "prompt": prompt}
            file.write(json.encode({**row, "prediction": said}) + b"\n")
    (folder / SCORES).write_bytes(json.encode(score([folder / PREDICTIONS], {})))
    (folder / RUN).write_bytes(json.encode({"system": folder.name}))
    return folder


def used(path: Path) -> list[tuple[str, str, str]]:
    """The actions on the page, the seconds that each takes, and the longest block meanwhile."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_init_script(WATCHED)
        sought = f"not sure about {QUESTIONS - 1}."
        steps = {
            "first rows": lambda: opened(page, path),
            "filter": lambda: changed(page, lambda: page.locator("[name=verdict]").select_option("right")),
            "filter removed": lambda: changed(page, lambda: page.get_by_role("button", name="clear").click()),
            "search in all answers": lambda: changed(page, lambda: page.locator("[name=q]").fill(sought)),
        }
        rows = []
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds = time.perf_counter() - start
            blocked = page.evaluate("Math.max(0, ...blocked.splice(0)) / 1000")
            rows.append((name, f"{seconds:.1f}", f"{blocked:.2f}"))
        browser.close()
    return rows


def opened(page: Page, path: Path) -> None:
    """Open the answers."""
    page.goto(f"{path.as_uri()}#answers")
    page.locator(".card").first.wait_for()


def changed(page: Page, change: Callable[[], object]) -> None:
    """Change the filter, and wait until the number of answers has changed, and all are searched."""
    before = page.locator("#count").inner_text()
    change()
    page.wait_for_timeout(150)  # the page waits this long for further input
    while (said := page.locator("#count").inner_text()) == before or "searched" in said:
        page.wait_for_timeout(20)


if __name__ == "__main__":
    main()
