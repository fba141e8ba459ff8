"""The ways of counting answers, by the names that `mnlu score --mode` takes.

Help, completion and pages have their lists from here, so that nothing heavy is imported before something is counted.
A published protocol is registered here, with the corpora that it fits and the function of `protocols/` that counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.types import FREE_TEXT

if TYPE_CHECKING:
    from mnlu_instruct.scoring.said import Said
    from mnlu_instruct.scoring.statistics import Statistics


@dataclass(frozen=True)
class Mode:
    """A way of counting answers: its name, and what counts as right, in Markdown."""

    name: str
    what: str

    def fits(self, task: str, corpus: str) -> bool:
        """Whether it counts answers to such questions about a corpus; most modes do, to all."""
        return True


@dataclass(frozen=True)
class Protocol(Mode):
    """A published way of counting relations of whole texts, or mentions.

    Args:
        counted_by: the function of `protocols/` that counts, as `module.function`: from answers in the order of their
            file to statistics, whose rows have the same order.
        corpora: the corpora that it fits; all, if none is named.
        task: the task of the answers that it counts.
    """

    counted_by: str
    corpora: tuple[str, ...] = ()
    task: str = "ere"

    def fits(self, task: str, corpus: str) -> bool:
        """Whether these are answers to questions of its task about one of its corpora."""
        return task == self.task and (not self.corpora or corpus in self.corpora)

    @property
    def counts(self) -> str:
        """What it counts, in words."""
        if self.task == "ner":
            return "mentions (ner)"
        return f"relations of whole texts (ere) of {', '.join(self.corpora)}"

    def measure(self, said: "Sequence[Said]") -> "Statistics":
        """The statistics of a data set's answers, which it fits.

        Raises:
            UnscorableError: the protocol has no rule for them.
        """
        module, _, function = self.counted_by.rpartition(".")
        found: Statistics = getattr(import_module(f"mnlu_instruct.scoring.protocols.{module}"), function)(said)
        return found


@dataclass(frozen=True)
class TextMode(Mode):
    """BioBART's way of counting texts in words of their own: `tokenizer`, a name or path, cuts the references."""

    tokenizer: str = ""

    def fits(self, task: str, corpus: str) -> bool:
        """Whether the answers are such texts."""
        return task in FREE_TEXT

    @property
    def counts(self) -> str:
        """What it counts, in words."""
        return "texts in words of their own (summ, dialogue)"


STUDY = ("bc5cdr-study", "chemprot-study", "ddi-study", "dce-study")
CONCEPTS = ("bc5cdr", "bc5cdr-study")
COMBINATIONS = ("dce", "dce-study", "dce-two", "dce-paragraph")

GENERAL = (
    Mode(
        "strict",
        "exact match: answers in the form that was asked for; spans by their string and type, each as often as in the "
        "gold",
    ),
    Mode(
        "relaxed",
        "partial match: spans that overlap a gold span of their type; a span is located at a gold span with its "
        "string, else leftmost",
    ),
    Mode(
        "reference",
        "whatever the script released with the paper counts, mistakes included, for comparison with its Table 5",
    ),
    Mode(
        "reference-relaxed",
        "the same, with that script's own comparison of spans by characters, which is switched off in it",
    ),
    Mode(
        "rouge-box",
        "ROUGE-L as In-BoXBART's script has it, which any part of the gold answer wins; only to face its numbers",
    ),
    TextMode(
        "biobart",
        "ROUGE as BioBART's script has it (Yuan et al., 2022): words stemmed, references cut at 128 tokens; with the "
        "tokenizer: biobart:facebook/bart-base",
    ),
)
PROTOCOLS = (
    Protocol(
        "study",
        "Brokman and Kavuluru (2024): answers cut as their code cuts them; any name of a concept, and each counts",
        "study.measure",
        STUDY,
    ),
    Protocol(
        "study-decoder",
        "the same for GPT-2, GPT-Neo and BioGPT, whose prompts it reads with their answers",
        "study.measure_decoders",
        STUDY,
    ),
    Protocol(
        "biogpt-cdr",
        "Luo et al. (2022): lower-cased names become MeSH ids by one table of the whole test set, and pairs of ids "
        "are compared",
        "biogpt.measure_cdr",
        CONCEPTS,
    ),
    Protocol(
        "biogpt-ddi",
        "Luo et al. (2022): texts with interactions; names by their letters and digits; the mean of each text's F1",
        "biogpt.measure_ddi",
        ("ddi", "ddi-study"),
    ),
    Protocol(
        "seq2rel-cdr",
        "Giorgi et al. (2022): all names of both concepts, lower-cased, as sets",
        "seq2rel.measure",
        ("bc5cdr-seq2rel",),
    ),
    Protocol(
        "spires-cdr",
        "Caufield et al. (2024): as `biogpt-cdr`, but relations of names without an id are dropped",
        "spires.measure",
        CONCEPTS,
    ),
    Protocol(
        "dce-kavuluru-positive",
        "Jiang and Kavuluru (2023): positive combinations alone, lower-cased, as sets of drugs",
        "kavuluru.measure_positive",
        (*COMBINATIONS, "dce-positive"),
    ),
    Protocol(
        "dce-kavuluru-any",
        "Jiang and Kavuluru (2023): combinations of whatever effect, lower-cased, as sets of drugs",
        "kavuluru.measure_any",
        (*COMBINATIONS, "dce-any"),
    ),
    Protocol(
        "rebel",
        "Huguet Cabot and Navigli (2021): type, head and tail to the letter; of several names the one that is written",
        "rebel.measure",
        ("bc5cdr", "chemprot", "ddi"),
    ),
)
POINTING = (
    Protocol(
        "places",
        "mentions by their type and places; repeats and malformed groups are wrong; F1 of discontinuous mentions, too",
        "bartner.measure",
        task="ner",
    ),
    Protocol(
        "places-released",
        "the same as BARTNER's code has it: repeats of a sentence count once, malformed groups not at all",
        "bartner.measure_released",
        task="ner",
    ),
)
MODES = {mode.name: mode for mode in (*GENERAL, *PROTOCOLS, *POINTING)}


def get(name: str) -> Mode:
    """The mode of that name; after a colon comes the tokenizer, where one is needed.

    Raises:
        UserError: there is none, or a tokenizer is missing, or one is named that plays no part.
    """
    name, _, tokenizer = name.partition(":")
    if name not in MODES:
        raise unknown("mode", name, MODES)
    mode = MODES[name]
    if isinstance(mode, TextMode) and tokenizer:
        return replace(mode, tokenizer=tokenizer)
    if isinstance(mode, TextMode):
        raise UserError(f"The mode {name} needs a tokenizer, which cuts references.", f"{name}:facebook/bart-base")
    if tokenizer:
        raise UserError(f"The mode {name} needs no tokenizer.", f"name it '{name}'.")
    return mode
