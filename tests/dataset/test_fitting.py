"""What a recipe makes of questions, in whole builds: the budget of tokens, flattening, leaks and copies left out."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mnlu_instruct.dataset import store
from mnlu_instruct.dataset.repetition import first, repeated
from mnlu_instruct.dataset.search_built import search_built
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat
from tests.counting import byte_tokenizer
from tests.dataset.test_build import built, rows, same
from tests.support import FIXTURES, REAL, needs_real_corpora


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tokenizer."""
    folder = tmp_path_factory.mktemp("tokenizer")
    byte_tokenizer().save_pretrained(folder)
    return str(folder)


def lengths(found: list[dict[str, object]]) -> list[int]:
    return chat.lengths(byte_tokenizer(), [row["prompt"] + row["completion"] for row in found])  # type: ignore[operator]


def drops(made: dict[str, object], stage: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for drop in made["drops"]:  # type: ignore[attr-defined]
        if drop["stage"] == stage:
            found[drop["reason"]] = found.get(drop["reason"], 0) + drop["count"]
    return found


def pack_with_examples(folder: Path, asked: str = "A hen sat still.") -> str:
    """The path of a pack whose instructions have two examples of named entities."""
    folder.mkdir()
    (folder / "pack.yaml").write_text("description: mine\nextends: box\ntasks: [ner]\n", "utf-8")
    said = {"input": asked, "output": "Bird: hen", "explanation": "It is a bird. " * 9}
    told = {
        "definition": "Find names.",
        "prompt": "Give names.",
        "positive": [said, {**said, "input": "No bird. " * 9}],
    }
    content = {"credit": "mine", "kinds": {"ner": told}}
    (folder / "instructions.yaml").write_text(json.dumps(content), "utf-8")
    return str(folder)


def test_examples_of_an_instruction_go_before_a_question_is_cut(tokenizer: str, tmp_path: Path) -> None:
    options = {"tasks": ["ner"], "corpora": ["gnormplus"], "tokenizer": tokenizer}
    options["pack"] = pack_with_examples(tmp_path / "mine")
    whole = rows(built(tmp_path / "whole", **options) and tmp_path / "whole")
    prompts = [str(row["prompt"][0]["content"]) for row in whole]  # type: ignore[index]
    assert all(prompt.count("It is a bird.") == 18 for prompt in prompts)
    longest, shortest = max(lengths(whole)), min(lengths(whole))
    spoken = {
        limit: built(tmp_path / str(limit), max_tokens=limit, **options) for limit in range(shortest - 500, longest, 40)
    }
    kept = set()
    for limit, made in spoken.items():
        for row in rows(tmp_path / str(limit)):
            (prompt,) = row["prompt"]  # type: ignore[misc]
            shown = prompt["content"]
            if "@" not in str(row["id"]):  # no window of a text
                kept.add((shown.count("explanation:"), shown.count("[input:")))
                assert str(row["text"]).strip() in shown
        assert drops(made, "budget")[f"examples of the instruction, beyond {limit} tokens"] > 0
    assert kept >= {(0, 2), (0, 1), (0, 0)}
    assert kept <= {(2, 2), (0, 2), (0, 1), (0, 0)}


def test_documents_that_examples_quote_are_left_out(tmp_path: Path) -> None:
    plain = built(tmp_path / "plain", tasks=["ner"], corpora=["gnormplus"])
    first = rows(tmp_path / "plain")[0]
    pack = pack_with_examples(tmp_path / "mine", f"See: {' '.join(str(first['text']).split())}")
    made = built(tmp_path / "out", tasks=["ner"], corpora=["gnormplus"], pack=pack)
    assert drops(made, "example") == {"is quoted by an example of the pack's instructions": 1}
    assert {row["group"] for row in rows(tmp_path / "plain")} - {row["group"] for row in rows(tmp_path / "out")} == {
        first["group"]
    }
    assert made["rows"] < plain["rows"]
    built(tmp_path / "prompt", tasks=["ner"], corpora=["gnormplus"], pack=f"{pack}:prompt")
    assert len(rows(tmp_path / "prompt")) == plain["rows"]  # this variant shows no examples


ALL = ["ner", "ee", "dc", "re", "nli", "sts", "summ"]


def test_no_row_is_longer_than_the_budget_whatever_the_workers(tokenizer: str, tmp_path: Path) -> None:
    options = {"tasks": ALL, "max_tokens": 900, "tokenizer": tokenizer}
    made = built(tmp_path / "one", 1, **options)
    built(tmp_path / "two", 2, **options)
    assert same(tmp_path / "one", tmp_path / "two")
    found = rows(tmp_path / "one")
    assert 700 < max(lengths(found)) <= 900
    assert made["lengths"]["rows"] == len(found)
    assert made["lengths"]["total"] == sum(lengths(found))
    assert made["lengths"]["longest"] == max(lengths(found))
    assert len({row["id"] for row in found}) == len(found)
    assert drops(made, "budget")["longer than 900 tokens"] > 0


def test_what_a_recipe_drops_instead_of_cutting_is_counted(tokenizer: str, tmp_path: Path) -> None:
    budget = {"ner": "drop", "ee": "drop", "dc": "drop", "summ": "drop"}
    whole = built(tmp_path / "whole", tasks=ALL)
    made = built(tmp_path / "x", tasks=ALL, max_tokens=900, tokenizer=tokenizer, budget=budget)
    assert drops(made, "budget") == {"longer than 900 tokens": whole["rows"] - made["rows"]}


def test_of_a_text_to_be_summarised_the_head_stays(tokenizer: str, tmp_path: Path) -> None:
    options = {"tasks": ["summ"], "corpora": ["aci-bench"], "tokenizer": tokenizer}
    built(tmp_path / "whole", **options)
    (whole,) = rows(tmp_path / "whole")
    limit = lengths([whole])[0] - 50
    made = built(tmp_path / "x", max_tokens=limit, **options)
    (cut,) = rows(tmp_path / "x")
    assert limit - 20 < lengths([cut])[0] <= limit
    assert str(whole["text"]).startswith(str(cut["text"]))
    assert cut["completion"] == whole["completion"]
    assert drops(made, "budget") == {f"end of the text, beyond {limit} tokens": 1}


def test_windows_are_asked_about_spans_of_their_own_text(tokenizer: str, tmp_path: Path) -> None:
    built(tmp_path / "x", tasks=["ner", "ee"], max_tokens=500, tokenizer=tokenizer)
    windows = [row for row in rows(tmp_path / "x") if "@" in str(row["id"])]
    assert windows
    for row in windows:
        for spans in json.loads(str(row["gold"])).get("spans", {}).values():
            for span in spans:
                words = " ".join(str(row["text"])[start:end] for start, end in span["spans"])
                assert " ".join(words.split()) == span["text"]


def test_a_tokenizer_alone_measures_and_drops_nothing(tokenizer: str, tmp_path: Path) -> None:
    plain = built(tmp_path / "plain", tasks=["ner", "sts"])
    made = built(tmp_path / "measured", tasks=["ner", "sts"], tokenizer=tokenizer)
    assert rows(tmp_path / "plain") == rows(tmp_path / "measured")
    assert plain["lengths"] is None
    assert made["lengths"]["total"] == sum(lengths(rows(tmp_path / "measured")))


def test_a_cap_in_tokens_holds(tokenizer: str, tmp_path: Path) -> None:
    caps = {"tokens": {"tasks": {"sts": 1_000}}}
    built(tmp_path / "x", tasks=["ner", "sts"], tokenizer=tokenizer, caps=caps)
    found = [row for row in rows(tmp_path / "x") if row["task"] == "sts"]
    assert 0 < sum(lengths(found)) <= 1_000


def test_repetitions_are_within_the_budget_too(tokenizer: str, tmp_path: Path) -> None:
    options = {"tasks": ["dc"], "corpora": ["nli4ct", "drsm"], "tokenizer": tokenizer, "short": "repeat", "n": 60}
    built(tmp_path / "free", pack="paraphrase", **options)
    limit = max(lengths([row for row in rows(tmp_path / "free") if "~" not in str(row["id"])])) - 1
    built(tmp_path / "x", pack="paraphrase", max_tokens=limit, **options)
    found = rows(tmp_path / "x")
    assert len(found) == len({row["id"] for row in found}) == 60
    assert sum("~" in str(row["id"]) for row in found) > 30
    assert max(lengths(found)) <= limit


def test_the_first_time_of_a_repetition() -> None:
    (once,) = store.instances(store.load_or_make("snli", "train", FIXTURES).path, np.array([0]))
    assert first(once) is once
    assert [first(one) for one in repeated(once, 12)] == [once] * 12


def test_flattened_mentions_do_not_overlap(tmp_path: Path) -> None:
    built(tmp_path / "nested", tasks=["ner"], corpora=["genia"], splits=["dev-nested"])
    built(tmp_path / "flat", tasks=["ner"], corpora=["genia"], splits=["dev-nested"], ner={"flatten": True})
    assert _overlaps(tmp_path / "nested") > 0 == _overlaps(tmp_path / "flat")


def test_triggers_are_asked_for_as_named_entities(tokenizer: str, tmp_path: Path) -> None:
    """The words and answers of questions about triggers, as questions of ner, in one draw with the others."""
    corpora = {"corpora": ["n2c2-2022-sdoh", "genia"]}
    events = {"tasks": ["ete"], "corpora": ["n2c2-2022-sdoh"]}
    built(tmp_path / "events", **events)
    made = built(tmp_path / "entities", tasks=["ner"], ner={"triggers": True}, tokenizer=tokenizer, **corpora)
    triggers, entities = rows(tmp_path / "events"), rows(tmp_path / "entities")
    assert {row["task"] for row in entities} == {"ner"}
    assert {row["corpus"] for row in entities} == {"n2c2-2022-sdoh", "genia"}
    found = {row["id"]: row for row in entities if row["corpus"] == "n2c2-2022-sdoh"}
    assert [found.pop(row["id"]) for row in triggers] == [{**row, "task": "ner"} for row in triggers]
    assert not found
    assert {one["kind"] for one in made["written"]} == {"ner"}
    built(tmp_path / "without", tasks=["ner"], **corpora)
    assert {row["corpus"] for row in rows(tmp_path / "without")} == {"genia"}


def test_triggers_are_not_asked_for_in_two_ways(tmp_path: Path) -> None:
    for task in ("ee", "ete"):
        with pytest.raises(UserError, match=r"ner\.triggers asks for triggers as named entities"):
            built(tmp_path / "x", tasks=["ner", task], ner={"triggers": True})


def _overlaps(folder: Path) -> int:
    count = 0
    for row in rows(folder):
        spans = sorted(
            tuple(fragment)
            for mentions in json.loads(str(row["gold"]))["spans"].values()
            for mention in mentions
            for fragment in mention["spans"]
        )
        count += sum(one[1] > other[0] for one, other in pairwise(spans))
    return count


@needs_real_corpora
def test_after_leaving_leaks_out_nothing_is_shared(tmp_path: Path) -> None:
    some = ["gnormplus", "drugprot", "tmvar"]
    options = {"tasks": ["ner"], "corpora": some, "data": REAL}
    whole = built(tmp_path / "whole", **options)
    made = built(tmp_path / "clean", exclude_leaks="blurb", **options)
    assert sum(cell["shared"] for cell in made["leaks"] if cell["train"] == "any") > 0
    assert sum(drops(made, "leak").values()) == whole["rows"] - made["rows"] > 0
    found = search_built(tmp_path / "clean", ("blurb",), REAL, None, lambda *_: None)
    assert not sum(cell.shared for cell in found.cells)


def test_copies_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "data" / "biored").mkdir(parents=True)
    for path in (FIXTURES / "biored").rglob("*.PubTator"):
        text = path.read_text("utf-8")
        other = tmp_path / "data" / path.relative_to(FIXTURES)
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text(text.rstrip("\n") + "\n\n" + text.replace("1000000", "2000000"), "utf-8")
    options = {"tasks": ["ner"], "corpora": ["biored"], "data": tmp_path / "data"}
    whole = built(tmp_path / "whole", **options)
    made = built(tmp_path / "x", duplicates="exact", **options)
    assert drops(made, "duplicate") == {"copies a document of biored": made["rows"]}
    assert whole["rows"] == 2 * made["rows"]


AMBIGUOUS = """corpora:
  demo-ere:
    types: {ACTIVATOR: "{1} a {2}", INHIBITOR: "{1} b {2}", SUBSTRATE: "{1} on {2}"}
"""


@pytest.mark.parametrize("pack", ["verb", "typed", "quoted", "study"])
def test_relations_of_texts_are_built_with_every_pack_that_asks_for_them(pack: str, tmp_path: Path) -> None:
    made = built(tmp_path / pack, tasks=["ere"], corpora=["demo-ere"], pack=pack)
    assert len(rows(tmp_path / pack)) == 4_500
    assert drops(made, "write") == {}


def test_texts_whose_relations_cannot_be_read_back_from_a_packs_words_are_dropped(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("description: mine\ntasks: [ere]\nextends: verb\n", "utf-8")
    (tmp_path / "clauses.yaml").write_text(AMBIGUOUS.replace("{1} a {2}", "{1}; {2}"), "utf-8")
    made = built(tmp_path / "x", tasks=["ere"], corpora=["demo-ere"], pack=str(tmp_path))
    lost = drops(made, "write")["answer can't be read back"]
    assert 0 < lost < 4_500
    assert len(rows(tmp_path / "x")) == 4_500 - lost
