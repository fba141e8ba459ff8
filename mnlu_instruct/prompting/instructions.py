"""Instructions before a question: what is asked for, in words and by examples; a pack's `instructions.yaml`.

The fields are those of Natural Instructions (Mishra et al., 2022), of which BoX (Parmar et al., 2022) has the
definition, the prompt and positive examples. What an instruction says is BoX's string: "Definition: …, Positive
Examples: [[input: …, output: …, explanation: …] ]".
"""

from collections.abc import Container, Iterator, Mapping

from pydantic import Field

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.types import Instance, TaskName
from mnlu_instruct.yaml_files import YamlModel

ALL = "all"
VARIANTS: Mapping[str, frozenset[str]] = {
    "definition": frozenset({"definition"}),
    "prompt": frozenset({"prompt"}),
    "definition+examples": frozenset({"definition", "positive"}),
    ALL: frozenset({"definition", "caution", "avoid", "positive", "negative", "prompt"}),
}
"""Name of a variant → the fields that it shows; `definition+examples` is BoX's."""


class Example(YamlModel):
    """A right answer: `input` is a question as the pack's templates show it, `output` its completion."""

    input: str
    output: str
    explanation: str | None = None

    @property
    def words(self) -> str:
        """What is shown of it."""
        return _listed(input=self.input, output=self.output, explanation=self.explanation)


class NegativeExample(YamlModel):
    """A wrong answer to `input`, why it is wrong, and how to mend it."""

    input: str
    output: str
    reason: str | None = None
    suggestion: str | None = None

    @property
    def words(self) -> str:
        """What is shown of it."""
        return _listed(input=self.input, output=self.output, reason=self.reason, suggestion=self.suggestion)


class Instruction(YamlModel):
    """The instruction of a kind of question, or of a corpus' questions of a kind.

    Attributes:
        definition: what the task is.
        prompt: the same in a sentence, right before the question.
        caution: what to mind.
        avoid: what not to do.
        positive: examples of right answers.
        negative: examples of wrong ones.
    """

    definition: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    caution: str = ""
    avoid: str = ""
    positive: tuple[Example, ...] = ()
    negative: tuple[NegativeExample, ...] = ()

    @property
    def words(self) -> str:
        """What it says, in the order of Natural Instructions; empty fields aren't shown."""
        fields = {
            "Definition": self.definition,
            "Emphasis & Caution": self.caution,
            "Things to Avoid": self.avoid,
            "Positive Examples": _bracketed(one.words for one in self.positive),
            "Negative Examples": _bracketed(one.words for one in self.negative),
            "Prompt": self.prompt,
        }
        return ", ".join(f"{name}: {content}" for name, content in fields.items() if content)

    def variant(self, name: str) -> "Instruction":
        """The instruction with what a variant shows; its other fields are empty."""
        hidden = VARIANTS[ALL] - VARIANTS[name]
        return self.model_copy(update={field: type(getattr(self, field))() for field in hidden})

    @property
    def steps(self) -> int:
        """In how many steps it can be shortened: explanations first, then each example."""
        return self._explained + len(self.negative) + len(self.positive)

    def shortened(self, steps: int) -> "Instruction":
        """It without explanations, then without negative examples, then without positive ones, each from the last."""
        if steps == 0:
            return self
        left = steps - self._explained
        negative = max(len(self.negative) - left, 0)
        positive = max(len(self.positive) - max(left - len(self.negative), 0), 0)
        return self.model_copy(
            update={
                "positive": tuple(Example(input=one.input, output=one.output) for one in self.positive[:positive]),
                "negative": tuple(
                    NegativeExample(input=one.input, output=one.output) for one in self.negative[:negative]
                ),
            }
        )

    @property
    def _explained(self) -> bool:
        """Whether an example has an explanation, a reason or a suggestion."""
        return any(one.explanation for one in self.positive) or any(
            one.reason or one.suggestion for one in self.negative
        )


class Instructions(YamlModel):
    """The content of an `instructions.yaml`.

    Attributes:
        credit: where they are from, and under which licence.
        kinds: kind of question → the instruction of all corpora that have none of their own.
        corpora: corpus → kind of question → instruction.
    """

    credit: str
    kinds: dict[TaskName, Instruction] = Field(default_factory=dict)
    corpora: dict[str, dict[TaskName, Instruction]] = Field(default_factory=dict)

    def of(self, instance: Instance) -> Instruction:
        """The instruction of a question: its corpus' own, else that of its kind.

        Raises:
            UserError: it has neither.
        """
        corpus, kind = instance.id.partition("/")[0], instance.task
        found = self.corpora.get(corpus, {}).get(kind) or self.kinds.get(kind)
        if found is None:
            raise UserError(
                f"instructions.yaml has no instruction for {kind} questions of {corpus}.",
                f"add one below `corpora`, or one for {kind} questions of all corpora below `kinds`.",
            )
        return found

    def words(self, instance: Instance) -> str:
        """What the instruction of a question says, as much as is shown of it (`Instance.shortened`)."""
        return self.of(instance).shortened(instance.shortened).words

    def variant(self, name: str) -> "Instructions":
        """All instructions with what a variant shows.

        Raises:
            UserError: there is no such variant.
        """
        if name not in VARIANTS:
            raise unknown("variant of instructions", name, VARIANTS)
        return self.model_copy(
            update={
                "kinds": {kind: one.variant(name) for kind, one in self.kinds.items()},
                "corpora": {
                    corpus: {kind: one.variant(name) for kind, one in own.items()}
                    for corpus, own in self.corpora.items()
                },
            }
        )

    def placed(self) -> Iterator[tuple[str, str | None, TaskName, Instruction]]:
        """Each instruction, with where it stands in the file, its corpus if it is a corpus' own, and its kind."""
        for kind, one in self.kinds.items():
            yield f"kinds.{kind}", None, kind, one
        for corpus, own in self.corpora.items():
            for kind, one in own.items():
                yield f"corpora.{corpus}.{kind}", corpus, kind, one

    def quoted(self, names: Container[str] | None = None) -> dict[str, str]:
        """The inputs of all examples that questions of some corpora show, by where they stand in the file.

        Args:
            names: the corpora; all, if not given.
        """
        found: dict[str, str] = {}
        for place, corpus, _, one in self.placed():
            if names is not None and corpus is not None and corpus not in names:
                continue
            found |= {f"{place}.positive[{number}]": shown.input for number, shown in enumerate(one.positive, start=1)}
            found |= {f"{place}.negative[{number}]": shown.input for number, shown in enumerate(one.negative, start=1)}
        return found


def _listed(**parts: str | None) -> str:
    return ", ".join(f"{name}: {words}" for name, words in parts.items() if words)


def _bracketed(examples: Iterator[str]) -> str:
    """Examples in BoX's brackets; nothing if there are none."""
    found = "".join(f"[{one}] " for one in examples)
    return f"[{found}]" if found else ""
