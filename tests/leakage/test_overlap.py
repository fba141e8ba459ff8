"""What training documents share with test documents: links, kinds, coverage."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnlu_instruct import corpora
from mnlu_instruct.leakage.documents import HeldOut, held_out, index_of
from mnlu_instruct.leakage.index import RUN
from mnlu_instruct.leakage.overlap import count, merged, overlap, union
from tests.leakage import helpers
from tests.leakage.helpers import numbered

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda pair: (pair[0], sum(pair))), max_size=8)
SIGNS = st.sampled_from([" ", ", ", "\n", " – "])


def against(data: Path, tested: dict[str, str]) -> HeldOut:
    held_out.cache_clear()
    return held_out((helpers.corpora(data, {}, tested),), data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.data())
def test_every_injected_span_is_found_with_its_coverage(tmp_path: Path, data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(RUN, 60), min_size=1, max_size=3))
    tested = {str(place): numbered(1000 * place, length) for place, length in enumerate(lengths)}
    tests = against(tmp_path, tested)
    target = data.draw(st.integers(0, len(lengths) - 1))
    size = data.draw(st.integers(RUN, lengths[target]))
    start = data.draw(st.integers(0, lengths[target] - size))
    before, after = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 40))
    span = data.draw(SIGNS).join(tested[str(target)].split()[start : start + size]).upper()
    text = f"{numbered(50_000, before)} {span} {numbered(60_000, after)}"
    found = overlap("mine", tests, [("other", numbered(70_000, 50)), ("leak", text)], None)
    (link,) = found.links
    assert (tests.documents[link.document].group, link.group) == (f"chemprot/{target}", "leak")
    assert link.words == size
    first = int(tests.index.words.first[link.document]) + 1 + start  # after the word of the title
    assert found.stretches == {link.document: ((first, first + size),)}


def test_kinds_of_match_are_told_apart(tmp_path: Path) -> None:
    tests = against(tmp_path, {"1": numbered(0, 30), "2": numbered(100, 30), "3": "three", "4": numbered(200, 6)})
    training = [
        ("drugprot/9", f"T1 {numbered(0, 30)}"),  # the whole text of another article
        ("drugprot/2", numbered(500, 30)),  # the same article in other words
        ("drugprot/7", numbered(110, 13)),
        ("drugprot/3", "Nothing"),
        ("drugprot/8", f"the T4 {numbered(200, 6)} here"),  # a short text, whole
        ("drugprot/6", numbered(200, 6)),
        ("drugprot/5", numbered(120, 12)),
    ]
    found = overlap("drugprot", tests, training, index_of(corpora.get("drugprot")), ["drugprot/4", "drugprot/2"])
    assert [(link.document + 1, link.group, link.by_id, link.by_text, link.words) for link in found.links] == [
        (1, "drugprot/9", False, True, 31),
        (2, "drugprot/2", True, False, 0),
        (2, "drugprot/7", False, False, 13),
        (3, "drugprot/3", True, False, 0),
        (4, "drugprot/4", True, False, 0),
        (4, "drugprot/8", False, False, 7),
    ]
    assert (found.documents, found.listed) == (7, 1)


def test_parts_together_cover_what_they_cover_apart(tmp_path: Path) -> None:
    tests = against(tmp_path, {"1": numbered(0, 40)})
    training = [("a", numbered(0, 20)), ("b", numbered(10, 15)), ("a", numbered(25, 14))]
    whole = overlap("mine", tests, training, None)
    parts = [overlap("mine", tests, [one], None) for one in training]
    assert merged("mine", parts).stretches == whole.stretches == {0: ((1, 40),)}
    assert [link.words for link in whole.links] == [34, 15]


@given(SPANS)
def test_a_union_covers_just_what_its_spans_do(spans: list[tuple[int, int]]) -> None:
    places = {place for start, end in spans for place in range(start, end)}
    found = union(spans)
    assert [place for start, end in found for place in range(start, end)] == sorted(places)
    assert count(found) == len(places)
    assert union(found) == found
