"""Grammars of readable answers, for constrained decoding (`--constrained`).

The grammars are in xgrammar's EBNF. They allow every gold answer, and nothing that the strict reader can't read. A span
may be any characters, so it need not occur in the text; the names of relations (ERE) are copied from it. Summaries and
replies, and names of concepts, have no grammar.
"""

from mnlu_instruct import tasks
from mnlu_instruct.evaluation.engines import clause_grammar
from mnlu_instruct.evaluation.engines.clause_grammar import Code
from mnlu_instruct.evaluation.engines.ebnf import ROOT, literal
from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import FREE_TEXT, Answer, Instance, TaskName

OPTIONS: frozenset[TaskName] = frozenset({"eac", "dc", "re", "qa", "nli", "sts"})
"""The kinds of questions that are answered with options."""
SEVERAL: frozenset[TaskName] = frozenset({"dc", "re"})
"""The kinds of questions that may have several options as their answer (multi-label)."""
FREE: frozenset[TaskName] = FREE_TEXT | {"el"}
"""The kinds of questions without a grammar."""
BREAKS = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
"""The characters that end a line for the strict reader."""
SPANS = rf"spans ::= [^ \t{BREAKS}] [^{BREAKS}]*"


def statements(instance: Instance) -> list[str]:
    """The answers that state one option each, in the order shown."""
    task = tasks.TASKS[instance.task]
    return [task.write(_answer(instance.task, label.key), instance) for label in instance.labels]


def grammar(instance: Instance, lead: str = "", code: Code = str) -> str | None:
    """The grammar of the answers to a question, or None where any text is an answer.

    Options: one of the lines shown. If several may hold: one or more of them, each at most once, in the order shown, or
    `None` (DC). Spans: a line for each type, in the order asked. Relations: clauses, or that there are none.

    Args:
        instance: the question.
        lead: what may come before the answer: a blank or a line break that the chat template writes there, and that
            models tuned with it have learned to write.
        code: how a text is written in the characters that the tokenizer has; of relations only.
    """
    found = _grammar(instance, code)
    if found is None or not lead:
        return found
    return found.replace(ROOT, f"{ROOT}({literal(lead)})? answer\nanswer ::= ", 1)


def _grammar(instance: Instance, code: Code) -> str | None:
    if instance.task in FREE:
        return None
    if instance.task == "ere":
        return clause_grammar.grammar(instance, code)
    if instance.task not in OPTIONS:
        lines = (f"{literal(f'{label.name}: ')} spans" for label in instance.labels)
        return "\n".join([f"{ROOT}{f' {literal(chr(10))} '.join(lines)}", SPANS])
    stated = [literal(statement) for statement in statements(instance)]
    if instance.task not in SEVERAL:
        return f"{ROOT}{' | '.join(stated)}"
    return "\n".join([f"{ROOT}from0{NO_CLASS if instance.task == 'dc' else ''}", *_in_order(stated)])


def _in_order(stated: list[str]) -> list[str]:
    """Rules for one or more of some lines in their order: `from2` covers the third line and those after it."""
    last = len(stated) - 1
    rules = [
        f'from{number} ::= {line} ("\\n" from{number + 1})? | from{number + 1}' for number, line in enumerate(stated)
    ]
    return [*rules[:last], f"from{last} ::= {stated[last]}"]


def _answer(task: TaskName, key: str) -> Answer:
    return frozenset({key}) if task in SEVERAL else int(key) if task == "sts" else key


NO_CLASS = f" | {literal(options.NONE)}"
