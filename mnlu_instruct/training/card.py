"""The model card of a trained model: data, training settings, losses, scores on held-out rows, use and limits."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from mnlu_instruct.dataset import summary_tables
from mnlu_instruct.dataset.card import section
from mnlu_instruct.dataset.manifest import Manifest
from mnlu_instruct.dataset.summary_tables import Table
from mnlu_instruct.evaluation import terms
from mnlu_instruct.evaluation.terms import Terms
from mnlu_instruct.training.recipe import TrainRecipe

NAME = "README.md"
MOST = 12
"""The most losses that the card shows, of all that were logged."""
MEASURED, OTHER = "eval_", ("runtime", "_per_second", "num_tokens")
"""The prefix of measures on held-out rows, and the suffixes of those that don't tell how good the model is."""

INTRODUCTION = """# {name}

{what}, trained with mnlu-instruct on questions about medical texts in the unified format of BioMistral-NLU (Fu et al.,
2024): the data set `{data}` of {rows:,} rows, content hash `{content_hash}`."""

USE = """## Use

```bash
mnlu eval --model PATH/OF/THIS/FOLDER --suite blurb --skip-missing --out RUN{engine}
```

asks the model the questions of a benchmark and scores its answers. {how}

{code}"""

CHAT = "Prompts are in the chat template that comes with the tokenizer; answers are greedy and end with `{end}`."
CHAT_CODE = """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer, model = (kind.from_pretrained("PATH/OF/THIS/FOLDER") for kind in (AutoTokenizer, AutoModelForCausalLM))
prompt = tokenizer.apply_chat_template(
    [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
)
answer = model.generate(**prompt, max_new_tokens=512)[0, prompt["input_ids"].shape[1] :]
print(tokenizer.decode(answer, skip_special_tokens=True))
```"""

PLAIN = (
    "Prompts and answers are plain text, in which `mnlu_instruct.prompting.plain_text` encodes and decodes line breaks "
    "and rare characters."
)
PLAIN_CODE = """```python
import torch
from mnlu_instruct.prompting import plain_text
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer, model = (kind.from_pretrained("PATH/OF/THIS/FOLDER") for kind in (AutoTokenizer, AutoModelForSeq2SeqLM))
ids = plain_text.prompt_ids(tokenizer, [[{"role": "user", "content": question}]])
answer = model.generate(torch.tensor(ids), max_new_tokens=512)
print(plain_text.read(tokenizer, answer.tolist())[0])
```"""

ADAPTER = """## Use

This is a LoRA adapter. `mnlu merge RECIPE` adds it to its base; evaluate and use the merged model like any other.

```yaml
method: linear # (1 − alpha) base + alpha (base + adapter)
alpha: 1.0
base: {base}
tuned: PATH/OF/THIS/FOLDER
out: PATH/OF/THE/MERGED/MODEL
```"""

LIMITS = """## Intended use and limits

For research on medical language understanding: extraction, classification, inference, similarity and summaries of
English texts like those it was trained on. It may be wrong, even about the text in its prompt, and it knows nothing
else about a patient. It is not a medical device and not for clinical decisions. Its scores hold for the test sets on
which they were measured."""


def render(
    recipe: TrainRecipe, told: Mapping[str, Any], data: Manifest, learnt: Terms, versions: Mapping[str, str]
) -> str:
    """The card, as Markdown.

    Args:
        recipe: the training recipe.
        told: the content of `training.json`.
        data: the manifest of the data set.
        learnt: the terms of texts that it, or its base, learnt from.
        versions: the versions of the packages.
    """
    parts = [f"---\n{yaml.safe_dump(_front(recipe, told, data), sort_keys=False, allow_unicode=True)}---"]
    if warning := summary_tables.synthetic(data):
        parts.append(f"> **{warning}**")
    if learnt:
        parts.append(terms.RESTRICTED.format(learnt=terms.said(learnt)))
    parts.append(_introduction(recipe, told, data))
    parts.append(_use(recipe, told))
    parts.append(section(Table("Training", ("what", "value"), _settings(recipe, told))))
    parts += map(section, _logged(told["log"]))
    *_, mixture = summary_tables.rows(data)
    parts += map(section, (mixture, summary_tables.licences(data)))
    parts.append(LIMITS)
    parts.append(f"## Recipe\n\n```yaml\n{yaml.safe_dump(recipe.model_dump(mode='json'), sort_keys=False)}```")
    parts.append(section(Table("Versions", ("package", "version"), tuple(versions.items()))))
    return "\n\n".join(parts) + "\n"


def _front(recipe: TrainRecipe, told: Mapping[str, Any], data: Manifest) -> dict[str, Any]:
    """The front matter for model hubs. Base and corpora together decide the licence, which has no single name."""
    task = "text2text-generation" if told["encoder_decoder"] else "text-generation"
    base = recipe.model.base
    relation = "adapter" if told["adapter"] else "finetune"
    return {
        **({"base_model": base, "base_model_relation": relation} if base else {}),
        "library_name": "peft" if told["adapter"] else "transformers",
        "pipeline_tag": task,
        "language": summary_tables.languages(data),
        "license": "other",
        "license_name": "by-base-and-corpora",
        "datasets": [corpus["name"] for corpus in data["corpora"]],
        "tags": ["medical", "biomedical", "clinical", "instruction-tuning", "mnlu-instruct"],
    }


def _introduction(recipe: TrainRecipe, told: Mapping[str, Any], data: Manifest) -> str:
    base = recipe.model.base
    what = f"A LoRA adapter of `{base}`" if told["adapter"] else f"`{base}`" if base else "A new model"
    return INTRODUCTION.format(
        name=told["name"],
        what=what,
        rows=data["rows"],
        data=told["data"]["name"],
        content_hash=data["content_hash"],
    )


def _use(recipe: TrainRecipe, told: Mapping[str, Any]) -> str:
    if told["adapter"]:
        return ADAPTER.format(base=recipe.model.base)
    if told["encoder_decoder"]:
        return USE.format(engine=" --engine transformers", how=PLAIN, code=PLAIN_CODE)
    return USE.format(engine="", how=CHAT.format(end=told["end"]), code=CHAT_CODE)


def _settings(recipe: TrainRecipe, told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    lora = recipe.model.lora
    trained = "all weights"
    if lora:
        layers = ", ".join(lora.targets) if lora.targets else "every linear layer but the head"
        frozen = ", the frozen weights in 4 bits" if lora.quantised else ""
        trained = f"an adapter of rank {lora.rank}, alpha {lora.alpha:g}, dropout {lora.dropout:g} on {layers}{frozen}"
    return (
        ("trained", trained),
        ("number type", recipe.model.dtype),
        ("steps", f"{told['steps']:,}"),
        ("epochs", f"{told['epochs']:.2f}"),
        ("rows per step", f"{told['rows_a_step']:,}, processes: {told['processes']}"),
        ("learning rate", f"{told['learning_rate']:g}, {told['schedule']}"),
        ("tokens per row, at most", f"{told['max_length']:,}"),
        ("loss", "on answers and their end-of-text" if recipe.loss == "completion" else "on all tokens"),
        ("packing", recipe.packing),
        ("held out", f"{recipe.held_out} rows of each kind of question" if recipe.held_out else "nothing"),
    )


def _logged(log: Iterable[Mapping[str, Any]]) -> list[Table]:
    """Tables of losses, evenly over the training, and of the last evaluation on held-out rows."""
    entries = list(log)
    losses = [one for one in entries if "loss" in one]
    every = max(1, -(-len(losses) // MOST))
    few = losses[::-every][::-1]
    found = []
    if few:
        cells = tuple((f"{one['step']:,}", f"{one['epoch']:.2f}", f"{one['loss']:.4g}") for one in few)
        found.append(Table("Losses", ("step", "epoch", "loss"), cells))
    if held := [one for one in entries if any(map(_measured, one))]:
        last = {name: value for one in held if one["step"] == held[-1]["step"] for name, value in one.items()}
        rows = tuple((_words(name), f"{value:.4g}") for name, value in last.items() if _measured(name))
        words = (
            f"Measured at step {held[-1]['step']:,} on rows held out of training; scores are fractions of 1. This is "
            "not a benchmark."
        )
        found.append(Table("Held out", ("measure", "value"), rows, words))
    return found


def _measured(name: str) -> bool:
    return name.startswith(MEASURED) and not name.endswith(OTHER)


def _words(name: str) -> str:
    return name.removeprefix(MEASURED).replace("_", " ")
