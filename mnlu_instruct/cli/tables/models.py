"""What a model's files say, as a table."""

from mnlu_instruct import console
from mnlu_instruct.evaluation.model_check import Facts
from mnlu_instruct.pretrained.gguf import Converted


def facts(found: Facts) -> None:
    """Print how a model is asked."""
    where = {"message": "a message of its own", "before the question": "before the first question, in one message"}
    rows = [
        ("model", found.model),
        ("chat template", found.template or "none: an encoder–decoder model, asked in plain text"),
        ("system message", where[found.system] if found.system else "in front of the question"),
        ("a prompt begins with", " ".join(found.begin) or "no special token"),
        ("between question and answer", repr(found.generation_prompt) if found.generation_prompt else "nothing more"),
        ("an answer ends with", " or ".join(found.ends)),
        ("context", _context(found)),
        ("a prompt's first 20 tokens", repr(found.first)),
        ("and its last", repr(found.last)),
    ]
    console.table(("what", "found"), rows)


def converted(made: Converted) -> None:
    """Print what was converted, and what to do next."""
    rows = [
        ("architecture", made.architecture),
        ("parameters", made.parameters),
        ("output layer", "shared with the embedding" if made.tied else "of its own"),
        ("base of rotary positions", made.rope or "none"),
        ("context", made.context or "not stated"),
    ]
    console.table(("what", "found"), rows)
    console.line(f"model: {made.folder}; its tokens and predictions are those of the file")
    console.line(f"Next: mnlu models check --model {made.folder}")


def _context(found: Facts) -> str:
    if found.context is None:
        return "not stated by its configuration"
    narrow = found.window is not None and found.window < found.context
    window = f"; attention sees {found.window:,} tokens back" if narrow else ""
    return f"{found.context:,} tokens{window}"
