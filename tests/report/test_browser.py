"""The page in a browser: every control does what it says, nothing is complained about, all can read it."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mnlu_instruct.report import chunks, write
from tests.report import helpers
from tests.report.conftest import Opened
from tests.report.helpers import LIMIT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
VIEWS = ("", "#data=demo-re", "#data=demo-sts", "#dataset=demo-ner")


@pytest.fixture(scope="module")
def report(known: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything that pages can have."""
    folder = tmp_path_factory.mktemp("report")
    one = Path(shutil.copytree(known[0], folder / "one"))
    said = {
        "gold": ["0", "1", "5"],
        "said": ["0", "1", "5", "unreadable"],
        "counts": [[9, 1, 0, 2], [4, 4, 0, 0], [1, 1, 0, 18]],
    }
    helpers.change(
        one / "scores.json",
        lambda card: [card["datasets"][name].update(confusion=said) for name in ("demo-sts", "demo-nli")],
    )
    write([one, known[1]], folder / "report.html")
    return folder / "report.html"


def count(page: "Page") -> str:
    """How many answers the page says that it shows, once it has looked at all."""
    page.locator("#count:not(:has-text('searched'))").wait_for()
    return page.locator("#count").inner_text()


def says(page: "Page", words: str) -> None:
    page.locator("#count").get_by_text(words, exact=True).wait_for()


def views(page: "Page") -> list[str | None]:
    return [one.get_attribute("id") for one in page.locator(".view").all() if one.is_visible()]


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.querySelector('.id')?.textContent ?? document.activeElement.name"))


def text(article: "Locator") -> str:
    """The text that an answer is laid on, without the names of types."""
    script = "one => { for (const tag of one.querySelectorAll('.tag')) tag.remove(); return one.textContent; }"
    return str(article.locator(".text").evaluate(script))


def test_answers_with_a_kind_of_error(report: Path, opened: Opened) -> None:
    page = opened(report, "#data=demo-ner")
    row = page.locator("[id='data=demo-ner'] table:has(th:text-is('missed')) tbody tr").first
    row.get_by_role("link").first.click()
    kind = str(page.locator("#filter [name=kind]").input_value())
    assert kind
    shown = int(count(page).split()[0])
    assert shown > 0
    page.locator("#cards summary").first.click()
    assert kind in page.locator("#cards .answer .chip").all_inner_texts()[1].split(" × ")[0]
    page.locator("#filter [name=kind]").select_option("")
    page.locator("#cards .chip:has-text('right')").first.wait_for(state="attached")
    assert int(count(page).split()[0]) > shown


def test_what_the_filter_found_is_saved_for_people_who_check_it(report: Path, opened: Opened) -> None:
    page = opened(report, "#dataset=demo-ner&verdict=wrong")
    says_so = int(count(page).split()[0])
    with page.expect_download() as waited:
        page.locator("#save").click()
    content = Path(waited.value.path()).read_bytes()
    assert waited.value.suggested_filename == "answers.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == says_so
    assert {row["data set"] for row in rows} == {"demo-ner"} and {row["answer is"] for row in rows} == {"wrong"}
    lines = {row["id"]: row for row in helpers.asked()["demo-ner"]}
    for row in rows:
        question = lines[row["question"]]
        assert (row["text"], row["gold"]) == (question["text"], question["target"])
        assert row["prompt"] == question["prompt"][0]["content"]
        assert row["errors"] and row["checked: right?"] == ""


def test_a_cell_that_a_spreadsheet_would_compute_is_quoted(known: list[Path], opened: Opened, tmp_path: Path) -> None:
    one = Path(shutil.copytree(known[0], tmp_path / "one"))
    helpers.spoil(one / "predictions.jsonl", lambda row: row.update(prediction='=1+1, "x"'))
    write([one], tmp_path / "report.html")
    page = opened(tmp_path / "report.html", "#verdict=unreadable&q=1%2B1")
    assert count(page).startswith("1 answer")
    with page.expect_download() as waited:
        page.locator("#save").click()
    (row,) = csv.DictReader(io.StringIO(Path(waited.value.path()).read_text("utf-8-sig")))
    assert row["answer"] == '\'=1+1, "x"'


def test_one_view_at_a_time(report: Path, opened: Opened) -> None:
    page = opened(report)
    assert views(page) == ["overview"]
    page.locator("#scores tbody").get_by_role("link", name="demo-nli", exact=True).click()
    assert views(page) == ["data=demo-nli"]
    assert page.title().startswith("demo-nli: ")
    page.get_by_role("link", name="demo-sts →").click()
    assert views(page) == ["data=demo-sts"]
    page.locator("#jump").select_option("demo-re")
    assert views(page) == ["data=demo-re"]
    page.go_back()
    assert views(page) == ["data=demo-sts"]
    page.locator("#ways").get_by_role("link", name="Answers").click()
    assert views(page) == ["answers"]
    page.locator("#ways").get_by_role("link", name="Overview").click()
    assert views(page) == ["overview"]
    page.get_by_role("link", name="What was run").click()
    assert views(page) == ["overview"]
    assert page.locator("#runs").evaluate("one => one.getBoundingClientRect().top < innerHeight")


def test_addresses_lead_to_what_they_name(report: Path, opened: Opened) -> None:
    for address, view in (("#data=demo-qa", "data=demo-qa"), ("#means", "overview"), ("#data=no-such", "overview")):
        assert views(opened(report, address)) == [view]
    page = opened(report, "#data=demo-qa")
    assert page.locator("h2", has_text="demo-qa").evaluate("one => one.getBoundingClientRect().top > 40")


def test_scores_lead_to_the_answers_behind_them(report: Path, opened: Opened) -> None:
    page = opened(report)
    page.locator("#scores tr", has_text="demo-nli").get_by_role("link", name="unreadable").first.click()
    assert views(page) == ["answers"]
    says(page, "4 answers to 4 questions")
    page = opened(report, "#data=demo-nli")
    link = page.locator("section:visible table").nth(1).locator("tbody tr").nth(1).get_by_role("link").last
    right = link.inner_text()
    link.click()
    assert count(page).startswith(f"{right} answers")
    assert set(page.locator(".card .chip").all_inner_texts()) <= {"random <b>: right", "random <b>: right · seen"}


def test_without_a_filter_the_first_fifty_questions_are_shown(report: Path, opened: Opened) -> None:
    page = opened(report, "#answers")
    says(page, f"{2 * 10 * LIMIT} answers to {10 * LIMIT} questions")
    assert page.locator(".card").count() == 50
    page.get_by_role("button", name="show 50 more of 350 questions left").click()
    assert page.locator(".card").count() == 100
    page.get_by_role("button", name="show 50 more of 300 questions left").click()


def test_the_filter_of_the_address_is_applied(report: Path, opened: Opened) -> None:
    page = opened(report, "#dataset=demo-nli&system=dictionary&verdict=unreadable")
    says(page, "4 answers to 4 questions")
    assert page.locator(".card").count() == 4
    assert set(page.locator(".card .chip").all_inner_texts()) == {"dictionary: unreadable"}
    assert page.locator("[name=system]").input_value() == "dictionary"


def test_every_filter_does_what_it_says(report: Path, opened: Opened) -> None:
    page = opened(report, "#answers")
    page.locator("[name=dataset]").select_option("demo-re")
    says(page, f"{2 * LIMIT} answers to {LIMIT} questions")
    page.locator("[name=system]").select_option("random <b>")
    says(page, f"{LIMIT} answers to {LIMIT} questions")
    page.locator("[name=seen]").select_option("yes")
    says(page, f"{LIMIT // 5} answers to {LIMIT // 5} questions")
    assert all("seen" in words for words in page.locator(".chip").all_inner_texts())
    page.locator("[name=seen]").select_option("no")
    says(page, f"{LIMIT - LIMIT // 5} answers to {LIMIT - LIMIT // 5} questions")
    assert "seen=no" in page.url and "dataset=demo-re" in page.url
    page.get_by_role("button", name="clear").click()
    says(page, f"{2 * 10 * LIMIT} answers to {10 * LIMIT} questions")
    assert page.url.endswith("#answers")
    page.locator("[name=verdict]").select_option("free")
    says(page, f"{2 * LIMIT} answers to {LIMIT} questions")


def test_words_are_found_and_systems_may_have_any_name(report: Path, opened: Opened) -> None:
    page = opened(report, "#dataset=demo-re&q=I+AM+NOT+sure")
    says(page, "8 answers to 4 questions")
    page.locator(".card > summary").first.click()
    page.locator(".answer").first.wait_for()
    sought = "Array.from(CSS.highlights.get('sought'), String)"
    assert page.evaluate(sought) == ["I am not sure"]
    page.locator("[name=q]").fill("no such words anywhere")
    says(page, "0 answers to 0 questions")
    assert page.locator("#nothing").is_visible() and page.evaluate(sought) == []
    says(opened(report, "#system=random+%3Cb%3E&dataset=demo-summ"), f"{LIMIT} answers to {LIMIT} questions")


def test_answers_are_drawn_when_they_are_opened(report: Path, opened: Opened) -> None:
    page = opened(report, "#dataset=demo-ner")
    page.locator(".card").first.wait_for()
    assert page.locator(".answer").count() == 0
    page.locator(".card > summary").first.click()
    page.locator(".answer").first.wait_for()
    name = page.locator(".id").first.inner_text()
    one = next(card for card in helpers.cards(report.read_text()) if card["id"] == name)
    assert page.locator(".answer").count() == len(one["answers"]) == 2
    for article, answer in zip(page.locator(".answer").all(), one["answers"], strict=True):
        assert text(article) == one["texts"][0]
        assert article.locator(".raw").text_content() == (answer["said"] if answer["said"].strip() else "nothing")
    page.get_by_role("button", name="open all").click()
    page.locator(".card[open]").nth(LIMIT - 1).wait_for()
    page.get_by_role("button", name="open all").click()
    assert page.locator(".card[open]").count() == 0


def test_labels_are_sorted_by_any_column(report: Path, opened: Opened) -> None:
    page = opened(report, "#data=demo-ner")
    table = page.locator("section:visible .sortable")

    def column(place: int) -> list[str]:
        return [row.locator("th, td").nth(place).inner_text() for row in table.locator("tbody tr").all()]

    table.get_by_role("button", name="F1").click()
    values = [float(one) for one in column(7)]
    assert values == sorted(values, reverse=True) and len(set(values)) > 1
    table.get_by_role("button", name="F1").click()
    assert [float(one) for one in column(7)] == sorted(values)
    assert table.locator("[aria-sort=ascending]").inner_text().startswith("F1")
    table.get_by_role("button", name="label").click()
    assert column(0) == sorted(column(0))


def test_keys(report: Path, opened: Opened) -> None:
    page = opened(report)
    page.keyboard.press("j")
    assert views(page) == ["overview"]
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.keyboard.press("/")
    page.locator("[name=q]:focus").wait_for()
    assert views(page) == ["answers"]
    page.keyboard.type("jk?/")
    says(page, "0 answers to 0 questions")
    page.locator("[name=q]").fill("")
    says(page, f"{2 * 10 * LIMIT} answers to {10 * LIMIT} questions")
    page.locator("h2:visible").click()
    ids = page.locator(".id").all_inner_texts()
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        assert focused(page) == ids[place], key
    page.keyboard.press("Enter")
    page.locator(".card[open] .answer").first.wait_for()
    page.keyboard.press("Enter")
    assert page.locator(".card[open]").count() == 0
    for _ in range(50):
        page.keyboard.press("j")
    assert page.locator(".card").count() == 100
    assert page.evaluate("document.activeElement.getBoundingClientRect().bottom <= innerHeight")


def test_the_keys_are_shown_by_a_button(report: Path, opened: Opened) -> None:
    page = opened(report)
    page.get_by_role("button", name="keys").click()
    page.get_by_role("dialog").get_by_role("button", name="close").click()
    assert not page.get_by_role("dialog").is_visible()


def test_on_paper_everything_is_unfolded_and_no_control_is_there(report: Path, opened: Opened) -> None:
    page = opened(report)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(views(page)) == 11 and "answers" not in views(page)
    assert not page.locator("nav").first.is_visible()
    assert page.locator("details:visible:not([open])").count() == 0
    page = opened(report, "#dataset=demo-nli&verdict=unreadable")
    says(page, "4 answers to 4 questions")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.locator(".card[open] .answer").nth(3).wait_for()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".card[open]").count() == 0


@pytest.mark.parametrize(
    ("options", "rules"),
    [({}, {}), ({"color_scheme": "dark"}, {"runOnly": "color-contrast"}), (PHONE, {"runOnly": "cat.keyboard"})],
    ids=["light", "dark", "phone"],
)
def test_nothing_keeps_anyone_from_reading(
    report: Path, opened: Opened, options: dict[str, Any], rules: dict[str, Any]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe looks for what keeps people out")
    for address in VIEWS:
        page = opened(report, address, **options)
        if address == VIEWS[-1]:
            for place in range(2):
                page.locator(".card > summary").nth(place).click()
            page.locator(".answer").nth(3).wait_for()
        found = axe.Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


HOSTILE = "</script><img src=x onerror=alert(1)>\"'&lt;\u2028\x00\x1b[31m עברית \U0001f9ec"


def test_hostile_words_are_words(runs: list[Path], tmp_path: Path, opened: Opened) -> None:
    run = Path(shutil.copytree(runs[1], tmp_path / "run"))
    endless = f"{HOSTILE} " * 20_000

    def spoil(row: dict[str, Any]) -> None:
        row |= {"text": row["text"] + HOSTILE, "prediction": f"Gene: {endless} ... {HOSTILE}"}
        row["prompt"] = [{"role": "user", "content": f"{HOSTILE} {row['text']} {HOSTILE}"}]

    helpers.spoil(run / "predictions.jsonl", spoil)
    helpers.change(run / "run.json", lambda about: about.update(system=HOSTILE, **{HOSTILE: HOSTILE}))
    write([run], tmp_path / "report.html", every=True)
    page = opened(tmp_path / "report.html", "#dataset=demo-ner&q=onerror")
    says(page, "1 answer to 1 question")
    page.locator(".card > summary").click()
    page.locator(".answer").wait_for()
    words = f"Gene: {endless} ... {HOSTILE}"
    page.get_by_role("button", name="more characters").first.wait_for()
    shown = str(page.locator(".raw").text_content())
    assert words.startswith(shown.rpartition(" show ")[0]) and len(shown) < 21_000
    assert text(page.locator(".answer")).endswith(HOSTILE)
    assert page.locator("main img").count() == 0
    page = opened(tmp_path / "report.html", "#data=demo-ner")
    assert "<img src=x" in page.locator("section:visible table").first.inner_text()


def test_all_answers_are_there_if_the_folder_is(runs: list[Path], tmp_path: Path, opened: Opened) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "SIZE", 10_000)
        patch.setattr(chunks, "ENTRIES", 100)
        patch.setattr(chunks, "LADDER", ((5, 1_000),))
        write(runs, tmp_path / "report.html", every=True)
    page = opened(tmp_path / "report.html", "#answers")
    says(page, f"{2 * 10 * LIMIT} answers to {10 * LIMIT} questions")
    assert "All answers" in page.locator("#whole").inner_text()
    assert not page.locator("#sampled").is_visible()
    page.locator("[name=q]").fill("i am not sure")
    said = [json.loads(line)["prediction"] for line in (runs[0] / "predictions.jsonl").read_text().splitlines()]
    unsure = sum("I am not sure." in one for one in said)
    says(page, f"{2 * unsure} answers to {unsure} questions")
    page.locator(".card > summary").last.click()
    page.locator(".answer").first.wait_for()
    assert len(list((tmp_path / "report-files").glob("answers-*.js"))) > 15
    page.get_by_role("button", name="open all").click()
    page.locator(".answer").nth(2 * unsure - 1).wait_for()
    assert page.get_by_text("isn’t in report-files").count() == 0

    (tmp_path / "report-files" / "answers-0.js").unlink()
    page = opened(tmp_path / "report.html", "#q=sure")
    says(page, "0 answers to 0 questions; 0 % searched; answers-0.js isn’t in report-files")
    (tmp_path / "report-files" / "index-0.js").write_text('arrived("index",0,"other",[]);')
    page = opened(tmp_path / "report.html", "#answers")
    says(page, f"{2 * 10 * 5} answers to {len(helpers.cards((tmp_path / 'report.html').read_text()))} questions")
    assert "isn’t beside this page" in page.locator("#sampled").inner_text()
