"""docs/prompts.md: what the page shows is what happens."""

import re
from pathlib import Path

import pytest

from mnlu_instruct.prompting import lint, packs
from mnlu_instruct.prompting.instructions import VARIANTS
from mnlu_instruct.prompting.preview import samples
from tests.support import ROOT, mnlu

PAGE = (ROOT / "docs" / "prompts.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ ([^\n]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^\$ mnlu (.*?)(?: +#.*)?$", PAGE, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pack of the page, to work in."""
    (tmp_path / "ours").mkdir()
    for name in ("ours/pack.yaml", "ours/ner.j2", "ours/re.j2"):
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_of_the_page_works(desk: Path) -> None:
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        done = mnlu(*command.split(), data=desk)
        assert done.returncode == 0, (command, done.stderr)
    assert (desk / "out/ours/manifest.json").is_file()


@pytest.mark.parametrize("variant", ["ours/ner.j2 in two wordings", "ours/ner.j2 with definitions"])
def test_other_templates_of_the_page_are_right(desk: Path, variant: str) -> None:
    (desk / "ours/ner.j2").write_text(BLOCKS[variant], "utf-8")
    (desk / "ours/definitions.yaml").write_text(BLOCKS["ours/definitions.yaml"], "utf-8")
    pack = packs.load(str(desk / "ours"))
    assert list(lint.findings(pack, samples())) == []
    shown = [prompt["content"] for (prompt,) in pack.prompts(samples()["ner"])]
    assert len(shown) == (2 if "wordings" in variant else 1)
    assert ("- Gene: a gene or the protein it encodes\n" in shown[0]) == ("definitions" in variant)


def test_the_instructions_of_the_page_are_right(desk: Path) -> None:
    (desk / "ours/instructions.yaml").write_text(BLOCKS["ours/instructions.yaml"], "utf-8")
    (desk / "ours/ner.j2").write_text(BLOCKS["ours/ner.j2 with an instruction"], "utf-8")
    (desk / "ours/re.j2").write_text("{{ instruction }}\n" + BLOCKS["ours/re.j2"], "utf-8")
    pack = packs.load(str(desk / "ours"))
    assert list(lint.findings(pack, samples())) == []
    (shown,) = pack.prompt(samples()["ner"])
    assert "Positive Examples: [[input: Blocking of QRX4" in shown["content"]
    table = PAGE.partition("| variant | shows |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`ours:(.*?)`", table)) == VARIANTS.keys()


@pytest.mark.parametrize(
    ("shown", "file", "old", "new"),
    [
        ("options", "re.j2", "{{ options |", "{{ options[:2] |"),
        ("leak", "re.j2", "related?", "related, or is there no link?"),
        ("gold", "re.j2", "related?", "related? {{ gold }}"),
        ("label", "definitions.yaml", "ACTIVATOR", "ACTIVATION"),
    ],
)
def test_mistakes_get_the_findings_of_the_page(desk: Path, shown: str, file: str, old: str, new: str) -> None:
    right = BLOCKS[f"ours/{file}"]
    assert right.count(old) == 1
    (desk / "ours" / file).write_text(right.replace(old, new), "utf-8")
    assert list(lint.findings(packs.load(str(desk / "ours")), samples())) == BLOCKS[shown].splitlines()


def test_the_table_has_the_variables_of_every_kind() -> None:
    told = {
        kind: tuple(re.findall(r"`(\w+)`", variables))
        for kinds, variables in re.findall(r"^\| (`.*?) \| (`.*) \|$", PAGE, re.MULTILINE)
        for kind in re.findall(r"`(\w+)`", kinds)
        if kind in packs.VARIABLES
    }
    assert told == packs.VARIABLES


def test_the_table_has_every_pack() -> None:
    rows = re.findall(r"^\| (`\w+`(?: `\w+`)*) \| [ats]", PAGE, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"\w+", row)) == packs.available()
