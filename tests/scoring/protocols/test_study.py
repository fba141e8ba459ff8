"""The study's own scores: how answers are cut, what counts, and what a perfect answer reaches on the real test sets."""

import shutil
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from msgspec import json
from transformers import AutoTokenizer

from mnlu_instruct.prompting import packs
from mnlu_instruct.scoring.protocols import study
from mnlu_instruct.scoring.said import Said, UnscorableError
from mnlu_instruct.tasks import ere
from mnlu_instruct.types import Instance, Label, Related, Relations
from tests.scoring.protocols.helpers import CEILINGS, STUDY, asked, needs_the_study, value
from tests.support import needs_real_corpora

EXISTS = (Label("CID", "The relation between {1} and {2} exists"), Label("none", "none"))
IS = (
    Label("UP", "the relation between {1} and {2} is upregulation"),
    Label("SUB", "the relation between {1} and {2} is substrate and/or product"),
    Label("none", "none"),
)
LISTS = (
    Label("POS", "{1}, {2}, and {3} participate in a positive drug combination"),
    Label("COMB", "{1}, {2}, and {3} participate in a  drug combination"),
    Label("none", "none"),
)


def counts(
    labels: tuple[Label, ...], answer: str, *gold: Related, prompt: str = "", together: bool = False
) -> list[float]:
    """True positives, false positives, and gold relations."""
    instance = Instance("1", "ere", "1", "", {}, labels, Relations(gold, unordered=labels is LISTS))
    measure = study.measure_decoders if together else study.measure
    found: list[float] = measure([Said(instance, "", answer, (prompt,))]).rows[0].tolist()
    return found


def related(kind: str, *names: str | tuple[str, ...]) -> Related:
    return Related(kind, tuple((name,) if isinstance(name, str) else name for name in names))


def test_any_name_of_a_concept_is_right_and_each_counts() -> None:
    one = related("CID", ("a", "A"), ("b", "B"))
    text = "The relation between a and b exists; The relation between A and B exists; relation between a and c exists."
    assert counts(EXISTS, text, one) == [2, 1, 1]


def test_a_pair_is_cut_at_the_last_and_that_something_follows() -> None:
    text = "the relation between a and b and c is upregulation"
    assert counts(IS, text, related("UP", "a and b", "c")) == [1, 0, 1]
    assert counts(IS, text, related("UP", "a", "b and c")) == [0, 1, 1]


@pytest.mark.parametrize("said", ["substrate and/or product", "substrate", "product"])
def test_a_part_of_the_last_group_counts_as_the_group(said: str) -> None:
    assert counts(IS, f"the relation between a and b is {said}.", related("SUB", "a", "b")) == [1, 0, 1]


def test_unknown_words_are_wrong_and_no_relation_costs_nothing() -> None:
    assert counts(IS, "the relation between a and b is odd; nonsense", related("UP", "a", "b")) == [0, 1, 1]


def test_lists_are_sets_and_positive_or_not() -> None:
    text = "b , a - 1, and c participate in a positive drug combination; d and e participate in a  drug combination."
    gold = (related("POS", "a-1", "b", "c"), related("COMB", "e", "d"))
    assert counts(LISTS, text, *gold) == [2, 0, 2]


def test_of_a_decoder_the_prompt_is_read_with_the_answer() -> None:
    text = "a and b participate in a positive drug combination."
    gold = related("POS", "a", "b")
    assert counts(LISTS, text, gold, prompt="We gave a, b.") == [1, 0, 1]
    assert counts(LISTS, text, gold, prompt="We gave a, b.", together=True) == [0, 1, 1]


def test_other_words_are_refused() -> None:
    with pytest.raises(UnscorableError, match="doesn't read relations in these words"):
        counts((Label("A", "{1} causes {2}"),), "a causes b")


# ---------------------------------------------------------------------------------------------------------------------
# Perfect answers on the real test sets

TESTS = {"cdr": "bc5cdr-study", "chemprot": "chemprot-study", "dce": "dce-study", "ddi": "ddi-study"}
AT_MOST = 512
"""Tokens of a source or an answer of the study's encoder–decoders."""


def target(one: Instance) -> str:
    """All gold relations as they are written, repeats too."""
    assert isinstance(one.gold, Relations)
    return ere.write(tuple(related.stated for related in one.gold.relations), one)


def before_a_repeated_trigram(ids: list[int]) -> list[int]:
    """What a decoder writes that may write no three tokens twice, and ends where it would."""
    seen: set[tuple[int, ...]] = set()
    for place in range(2, len(ids)):
        three = tuple(ids[place - 2 : place + 1])
        if three in seen:
            return ids[:place]
        seen.add(three)
    return ids


@cache
def brought_back(kind: str, folder: Path) -> Callable[[str], str]:
    """What a tokenizer makes of a text, of 512 tokens at most if it is T5's or BART's, whose pieces are GPT-2's."""
    files = "gpt2" if kind.startswith("bart") else kind
    for file in (STUDY / "tokenizers" / files).iterdir():
        shutil.copy(file, folder)
    (folder / "config.json").write_bytes(json.encode({"model_type": files}))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    begun = 2 * kind.startswith("bart")  # BART's <s> and </s>
    most = {"truncation": True, "max_length": AT_MOST - begun} if kind == "t5" or begun else {}
    written = before_a_repeated_trigram if kind.endswith("trigram") else list
    return lambda text: str(tokenizer.decode(written(tokenizer(text, **most)["input_ids"]), skip_special_tokens=True))


@needs_real_corpora
@needs_the_study
@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize(
    "ceiling", ["text", "t5", "bart", "bart_cut_at_repeated_trigram", "decoder_gpt2", "decoder_biogpt"]
)
def test_a_perfect_answer_reaches_the_ceilings_measured_by_others(ceiling: str, name: str, tmp_path: Path) -> None:
    expected = yaml.safe_load(CEILINGS.read_text("utf-8"))["released_code"][name][ceiling]
    kind = ceiling.removeprefix("decoder_")
    through = str if kind == "text" else brought_back(kind, tmp_path)
    together = ceiling.startswith("decoder")
    pack = packs.load("verb")
    said = []
    for one in asked(TESTS[name]):
        before = pack.prompt(one)[0]["content"].rstrip() + "\n\n" if together else ""
        said.append(Said(one, "", through(before + target(one))))
    # Where answers are cut, the order of relations matters, which is random in the study.
    assert value(study.measure(said)) == pytest.approx(expected, abs=0.4 if ceiling.endswith("trigram") else 0.15)


@needs_real_corpora
def test_stating_every_name_of_both_concepts_scores_above_100() -> None:
    rows = []
    for one in asked(TESTS["cdr"]):
        assert isinstance(one.gold, Relations)
        pairs = {(" exists", pair) for related in one.gold.relations for pair in product(*related.ends)}
        rows.append(study.counted(pairs, one))
    right, wrong, gold = (sum(column) for column in zip(*rows, strict=True))
    assert (wrong, gold) == (0, 1_066)
    assert round(100 * 2 * right / (right + gold)) == 141
