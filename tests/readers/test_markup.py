"""XML parsed whole and safely: known faults mended, hostile and broken files refused."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers import Repairs
from mnlu_instruct.readers.markup import MARKUP, Element, attribute, child, parse, plain_text
from tests.readers.helpers import PRINTABLE, damaged, file

GOLDEN = """\
<?xml version="1.0" encoding="UTF-8"?>
<root>
<a key="x &amp; y">one<!-- not this --> &lt; two<?nor this?></a>
</root>
"""


def parsed(content: str | bytes, *rules: str, ledger: Ledger | None = None) -> Element:
    return parse(file(content, "a.xml"), Repairs(frozenset(rules), ledger or Ledger()))


def mended(content: str, rule: str) -> tuple[Element, int]:
    ledger = Ledger()
    root = parsed(content, rule, ledger=ledger)
    return root, ledger.counts[Entry("read", "mended", rule)]


def test_the_five_entities_are_resolved_and_comments_are_no_text() -> None:
    found = child(parsed(GOLDEN), "a", file(GOLDEN))
    assert plain_text(found, file(GOLDEN)) == "one < two"
    assert attribute(found, "key", file(GOLDEN)) == "x & y"


def test_a_declared_encoding_and_a_byte_order_mark_are_heeded() -> None:
    for content in (GOLDEN.replace("UTF-8", "UTF-16").encode("utf-16"), "\ufeff" + GOLDEN):
        assert parsed(content).findtext("a") == "one < two"


def test_a_bare_ampersand_is_read_as_one_outside_of_cdata() -> None:
    content = '<r a="x & y &amp; &z;"><t><![CDATA[p & q &amp; r]]></t><t>s &#38; t&</t></r>'
    root, count = mended(content, "bare-ampersand")
    assert (root.get("a"), [one.text for one in root]) == ("x & y & &z;", ["p & q &amp; r", "s & t&"])
    assert count == 3


def test_a_start_tag_where_an_end_tag_belongs_is_the_end() -> None:
    root, count = mended('<r><PHI TYPE="A">1st of\nMay<PHI TYPE="B"> on <PHI TYPE="C">x</PHI></r>', "unclosed-tag")
    assert [(one.get("TYPE"), one.text, one.tail) for one in root] == [("A", "1st of\nMay", " on "), ("C", "x", None)]
    assert count == 1


def test_rules_help_together_and_touch_no_file_that_is_well_formed() -> None:
    broken = '<r a="x & y"><PHI>a<PHI></r>'
    assert len(parsed(broken, *MARKUP)) == 1
    for rule in MARKUP:
        with pytest.raises(UserError, match=r"^a\.xml, line 1: not well-formed"):
            parsed(broken, rule)
    ledger = Ledger()
    parsed(GOLDEN, *MARKUP, ledger=ledger)
    assert not ledger.counts


@pytest.mark.parametrize(
    "content", ["", " ", "<a>", "<a></b>", "<a/><b/>", "text", "<a>&unknown;</a>", "<a b='1' b='2'/>"]
)
def test_what_is_not_well_formed_is_named(content: str) -> None:
    with pytest.raises(UserError, match=r"^a\.xml(, line 1)?: not well-formed"):
        parsed(content, *(set(MARKUP) - {"bare-ampersand"}))


def test_markup_and_entities_inside_a_text_are_refused() -> None:
    for inside in ("a<b/>c", "a&e;c"):
        root = parsed(f'<!DOCTYPE r [<!ENTITY e "x">]><r><t>{inside}</t></r>')
        with pytest.raises(UserError, match=r"line 1: markup or an entity inside <t>"):
            plain_text(root[0], file("", "a.xml"))


def test_a_missing_child_or_attribute_is_named() -> None:
    root = parsed("<r>\n<t/></r>")
    with pytest.raises(UserError, match=r"^a\.xml, line 1: a <r> without <x>"):
        child(root, "x", file("", "a.xml"))
    with pytest.raises(UserError, match=r"^a\.xml, line 2: a <t> without the attribute 'x'"):
        attribute(root[0], "x", file("", "a.xml"))


def test_entities_that_multiply_are_refused_or_left_alone() -> None:
    levels = pairwise("abcdefghij")
    bomb = '<!ENTITY a "laughs">' + "".join(f'<!ENTITY {high} "{f"&{low};" * 10}">' for low, high in levels)
    for use in ("<t>&j;</t>", '<t a="&j;"/>'):
        try:
            root = parsed(f"<!DOCTYPE r [{bomb}]><r>{use}</r>", *MARKUP)
        except UserError:
            continue
        assert len((root[0].text or "") + (root[0].get("a") or "")) < 100_000


def test_external_entities_never_reach_a_text(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a private key")
    declaration = f'<!ENTITY secret SYSTEM "{(tmp_path / "secret").as_uri()}">'
    root = parsed(f"<!DOCTYPE r [{declaration}]><r><t>&secret;</t></r>")
    with pytest.raises(UserError):
        plain_text(root[0], file("", "a.xml"))


@given(st.text(PRINTABLE | st.sampled_from("&<>;#x1\n")), st.text("&ampltx#1; "))
def test_any_ampersands_are_mended_to_the_text_meant(text: str, value: str) -> None:
    cdata = text.replace("]]>", "")
    content = f'<r a="{value}"><t><![CDATA[{cdata}]]></t></r>'
    try:
        root = parsed(content, "bare-ampersand")
    except UserError:
        assert "&#" in value
        return
    assert root.findtext("t") == cdata
    assert "&" in value or root.get("a") == value


@given(damaged(GOLDEN, delimiter="<"))
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    for rules in ((), tuple(MARKUP)):
        try:
            parsed(content, *rules)
        except UserError as error:
            assert error.message.startswith("a.xml")
