"""Packs that are broken on purpose, each in one way: `mnlu prompts lint` says which."""

from pathlib import Path

import pytest

from mnlu_instruct.prompting import lint, packs
from mnlu_instruct.prompting.preview import samples

QA = "{{ question }}\n{{ text }}\n{{ options | join('\\n') }}\n"
NER = "{{ types | join(', ') }}\n{{ text }}\n"
RE = "{{ type_1 }} {{ span_1 }} {{ type_2 }} {{ span_2 }}\n" + QA.replace("{{ question }}\n", "")
EAE = "{{ attribute }} {{ trigger }} {{ span }}\n{{ text }}\n"
LISTED = "{% for one in options %}{{ one }}\n{% endfor %}"
BESIDE = "{% for one in options %}{{ one }}{% if one in definitions %}: {{ definitions[one] }}{% endif %}\n{% endfor %}"
BELOW = "{% for one in options %}{{ one }}\n{% if one in definitions %}{{ definitions[one] }}\n{% endif %}{% endfor %}"


def findings(folder: Path, templates: dict[str, str], definitions: str = "") -> list[str]:
    """What lint says of a pack with these templates, and these corpora in its definitions, if any."""
    (folder / "pack.yaml").write_text(f"description: mine\ntasks: [{', '.join(templates)}]\n", "utf-8")
    for kind, template in templates.items():
        (folder / f"{kind}.j2").write_text(template, "utf-8")
    if definitions:
        (folder / "definitions.yaml").write_text(f"corpora: {definitions}\n", "utf-8")
    packs.load.cache_clear()
    return list(lint.findings(packs.load(str(folder)), samples()))


@pytest.mark.parametrize("kind", ["qa", "nli", "sts", "dc", "re", "eac", "ner", "ete", "eae", "summ"])
def test_the_plainest_templates_are_right(tmp_path: Path, kind: str) -> None:
    parts = [name for name in packs.VARIABLES[kind] if name not in ("types", "options")]
    template = "\n".join(f"{{{{ {name} }}}}" for name in parts)
    for name in {"types", "options"} & set(packs.VARIABLES[kind]):
        template += f"\n{{{{ {name} | join('\\n') }}}}"
    assert findings(tmp_path, {kind: template}) == []


@pytest.mark.parametrize(
    ("kind", "template", "finding"),
    [
        # Variables.
        ("qa", QA + "{{ gold }}", "uses 'gold'; qa questions of this pack have question, text, options"),
        ("qa", QA + "{{ answer }}", "uses 'answer'"),
        ("qa", QA + "{% if false %}{{ completion }}{% endif %}", "uses 'completion'"),
        ("qa", QA + "{{ definitions }}", "uses 'definitions'"),
        ("qa", QA + "{% include 'more.j2' %}", "fails: TemplateNotFound: 'more.j2'"),
        ("qa", QA + "{% include 'qa.j2' %}", "fails: RecursionError"),
        ("qa", QA + "{{ lipsum() }}", "uses 'lipsum'"),
        ("qa", QA + "{{ options.first.second }}", "fails: UndefinedError"),
        ("qa", QA + "{{ options[2] }}", "fails: UndefinedError"),
        ("qa", "{{ question }}\n{{ text }}\n(A) yes\n(B) no", "doesn't show 'options'"),
        ("re", RE.replace("{{ span_2 }}", ""), "doesn't show 'span_2'"),
        # The gold: what of it can be known without seeing it, and options that the template's own words favour.
        ("qa", QA + "The answer is yes.", "names a label in its own text: 'yes'"),
        ("qa", QA + "(B)", "names an option in its own text: '(B)'"),
        ("qa", QA + "The answer is C.", "names an option in its own text: 'answer is C'"),
        ("qa", QA + "Answer: {{ options[1] }}", "changes or drops a part of 'options'|more than once"),
        ("qa", QA + "{% if text == question %}so yes{% endif %}", "names a label in its own text: 'yes'"),
        ("qa", QA + "{% set best = 'Maybe' %}{{ best }}", "names a label in its own text: 'maybe'"),
        ("qa", QA + "Mind {{ options[1][:3] }}", "shows a part of 'options' more than once"),
        ("qa", QA + "{{ options[0] }}", "shows a part of 'options' more than once"),
        ("qa", QA + "{% if 'fever' in question %}(A){% endif %}{{ options[-1][4:] }}", "more than once"),
        ("ner", NER + "Disease: None", "names a label in its own text: 'Disease'"),
        ("nli", "{{ premise }} {{ hypothesis }}\n{{ options | join('\\n') }}\nIt CONTRADICTS.", "'contradicts'"),
        # The answers: letters, options, their order and number.
        ("qa", QA.replace("options |", "options | reverse |"), "changes the order of 'options'"),
        ("qa", QA.replace("options |", "options | sort(reverse=true) |"), "changes the order of 'options'"),
        ("qa", QA + "(D) none of these", "names an option in its own text: '(D)'"),
        (
            "qa",
            QA.replace("options |", "options[:26] |"),
            "changes or drops a part of 'options', such as '(AA) label 27'",
        ),
        (
            "qa",
            QA.replace("options |", "options[1:] |"),
            "changes or drops a part of 'options', such as '(A) label 01'",
        ),
        ("qa", QA.replace("'\\n'", "', '"), "changes or drops a part of 'options'"),
        ("qa", QA.replace(LISTED, "") + LISTED, "shows a part of 'options' more than once"),
        ("qa", QA.replace("{{ options | join('\\n') }}", LISTED.replace("}}", "}} *")), "changes or drops"),
        (
            "qa",
            QA.replace("{{ options", "* {{ options"),
            "changes or drops a part of 'options', such as '(A) label 01'",
        ),
        ("qa", QA.replace("options |", "options | map('replace', '(A)', '(B)') |"), "changes or drops"),
        ("qa", QA.replace("options |", "options | map('lower') |"), "changes or drops a part of 'options'"),
        ("qa", QA.replace("options |", "options | unique | map('truncate', 20) |"), "changes or drops"),
        ("ner", NER.replace("types |", "types | sort | reverse |"), "changes the order of 'types'"),
        ("ner", NER.replace("types |", "types[:2] |"), "changes or drops a part of 'types', such as 'label 03'"),
        ("ner", NER + "{{ types[0] }}: None", "shows a part of 'types' more than once"),
        # The text and the other parts of the question.
        ("ner", NER.replace("text", "text | upper"), "changes or drops a part of 'text'"),
        ("ner", NER.replace("text", "text | wordwrap(80)"), "changes or drops a part of 'text'"),
        ("ner", NER.replace("text", "text | truncate(5000)"), "changes or drops a part of 'text'"),
        ("ner", NER.replace("text", "text[:9000]"), "changes or drops a part of 'text'"),
        ("ner", NER.replace("text", "text | indent"), "changes or drops a part of 'text'"),
        ("ner", NER.replace("text", "text | e"), "changes or drops a part of 'text'"),
        ("ner", NER.replace("text", "text | striptags"), "changes or drops a part of 'text'"),
        ("ner", NER + "{{ text }}", "shows 'text' more than once"),
        ("re", RE.replace("text", "text | replace('[[', '')"), "changes or drops a part of 'text'"),
        ("qa", QA.replace("question", "question | truncate"), "changes or drops a part of 'question'"),
        ("qa", QA.replace("question", "question | trim('?') | capitalize"), "changes or drops a part of 'question'"),
        ("eae", EAE.replace("span", "span | title"), "changes or drops a part of 'span'"),
    ],
)
def test_lint_finds_what_is_wrong(tmp_path: Path, kind: str, template: str, finding: str) -> None:
    (tmp_path / "mine").mkdir()
    found = findings(tmp_path / "mine", {kind: template})
    assert all(one.startswith(f"mine/{kind}.j2 ") for one in found)
    assert any(words in one for one in found for words in finding.split("|")), found


@pytest.mark.parametrize(
    "listed",
    [
        "{% for i in range(options | length) %}{{ options[i] }}\n{% endfor %}",
        "{% set all = options %}{% for one in all %}{{ one }}\n{% endfor %}",
        "{% macro line(one) %}{{ one }}\n{% endmacro %}{% for one in options %}{{ line(one) }}{% endfor %}",
        "{% set last = namespace(line='') %}{% for one in options %}{{ one }}\n{% endfor %}",
    ],
)
def test_what_jinja_offers_is_no_fault(tmp_path: Path, listed: str) -> None:
    assert findings(tmp_path, {"qa": "{{ text }}\n" + listed + "{{ question }}"}) == []


def test_every_wording_and_every_kind_is_linted(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    three = f"{QA}{{# or #}}\n{QA}(B)\n{{# or #}}\n{QA.replace('text', 'text | upper')}"
    found = findings(tmp_path / "mine", {"ner": NER, "qa": three, "eae": "{{ text }}"})
    assert found == [
        "mine/qa.j2, wording 2 names an option in its own text: '(B)'",
        "mine/qa.j2, wording 2 shows a part of 'options' more than once",
        "mine/qa.j2, wording 3 changes or drops a part of 'text'",
        *(f"mine/eae.j2 doesn't show '{name}'" for name in ("attribute", "trigger", "span")),
        *(f"mine/eae.j2 changes or drops a part of '{name}'" for name in ("attribute", "trigger", "span")),
    ]


def test_what_is_included_counts(tmp_path: Path) -> None:
    (tmp_path / "list.j2").write_text("{% for one in options %}{% include 'one.j2' %}{% endfor %}", "utf-8")
    (tmp_path / "one.j2").write_text("{{ one }}\n\n", "utf-8")
    template = "{{ question }}\n{{ text }}\n{% include 'list.j2' %}"
    assert findings(tmp_path, {"qa": template}) == []
    (tmp_path / "one.j2").write_text("{{ one }}{{ gold }}\n", "utf-8")
    assert any("uses 'gold'" in one for one in findings(tmp_path, {"qa": template}))
    (tmp_path / "one.j2").write_bytes(b"\xff")
    assert any("fails: UnicodeDecodeError" in one for one in findings(tmp_path, {"qa": template}))


DEFINED = "{pubmedqa: {source: paper, labels: {maybe: it is open}}}"


@pytest.mark.parametrize("listed", [BELOW, LISTED + "{% for one in definitions.values() %}{{ one }}\n{% endfor %}"])
def test_definitions_are_shown_beside_the_options(tmp_path: Path, listed: str) -> None:
    assert findings(tmp_path, {"qa": "{{ question }}\n{{ text }}\n" + listed, "ner": NER}, DEFINED) == []


@pytest.mark.parametrize(
    ("listed", "finding"),
    [
        (BESIDE, "changes or drops a part of 'options'"),
        (BELOW.replace("definitions[one]", "definitions[one] | upper"), "doesn't show every definition"),
        (BELOW.replace("if one in", "if one[4:] in"), "doesn't show every definition"),
        (BELOW.replace("{% if one in definitions %}", "{% if true %}"), "fails: "),
        (BELOW + "{{ definitions | join(' ') }}", "shows a part of 'options' more than once"),
    ],
)
def test_lint_finds_what_is_wrong_with_definitions(tmp_path: Path, listed: str, finding: str) -> None:
    found = findings(tmp_path, {"qa": "{{ question }}\n{{ text }}\n" + listed}, DEFINED)
    assert any(finding in one for one in found), found


def test_definitions_of_labels_that_no_corpus_has_are_found(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    meant = (
        "{biored: {source: paper, labels: {Genes: x, Bind: y}, evident: [Cells]}, my-own: {source: me, labels: {a: b}}}"
    )
    assert findings(tmp_path / "mine", {"qa": QA}, meant) == [
        "mine/definitions.yaml: corpus biored has no label 'Genes'",
        "mine/definitions.yaml: corpus biored has no label 'Cells'",
    ]
