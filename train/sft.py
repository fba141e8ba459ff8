"""Supervised fine-tuning: accelerate launch train/sft.py recipes/biomistral.yaml [RECIPE ...] [--key value ...]

Several recipes are trained one after the other, which saves their starts. A recipe gives model, data and the arguments
of TRL's trainer; `--key value` overrides one of the latter, and `--set model.base=PATH` any key of the recipe. The same
command resumes from the last complete checkpoint of its output folder; SIGTERM, SIGINT or SIGUSR1 makes it save a
checkpoint and exit with status 0.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mnlu_instruct import console
from mnlu_instruct.evaluation import model_check
from mnlu_instruct.training import arguments, data, lora, model, outputs, rank_consensus, show_example
from mnlu_instruct.training.architectures import kind_of
from mnlu_instruct.training.estimate import shapes
from mnlu_instruct.training.identity import identity
from mnlu_instruct.training.launch import dataset_build, layout, process_exit
from mnlu_instruct.training.monitor import checkpoints
from mnlu_instruct.training.monitor.callbacks import watch
from mnlu_instruct.training.monitor.preemption import Request
from mnlu_instruct.training.monitor.progress import quiet_libraries
from mnlu_instruct.training.preflight import checks
from mnlu_instruct.training.preflight.packing_isolation import IsolationCheck
from mnlu_instruct.training.recipe import train_recipe


def main(*words: str) -> None:
    """Train recipes, with overriding trainer arguments, until all are trained or the process is asked to stop."""
    request = Request()
    request.listen()
    quiet_libraries()
    sources, over = arguments.sources(words)
    for source in sources:
        if not train(source, over, request):
            break


def train(source: str, over: Sequence[str], request: Request) -> bool:
    """Train a recipe; returns whether it was trained to its end."""
    given, settings = arguments.parse(over)
    recipe = train_recipe(source, layout.launched(os.environ) | given, settings)
    dataset_build.check_built(recipe, source)
    kind = kind_of(recipe.model)

    # The processes find each other before the model is made: under ZeRO-3 each makes its part of the weights.
    config = kind.config(recipe)
    checks.check_processes(config)

    # A finished training is not repeated; one that began with other values is not resumed.
    output, training = Path(config.output_dir), identity(recipe, config.world_size)
    if done := rank_consensus.decided(lambda: checkpoints.finished(output, training)):
        if config.process_index == 0:
            console.notice(f"{output} has this training's model after all {done.step} steps already: nothing to do.")
        return True

    # TRL gets rows as token ids, so that it applies no chat template itself.
    rows, held = data.rows_of(recipe.data, recipe.held_out, config.seed)
    if recipe.packing != "none":
        rows = data.shuffled(rows, config.seed)
    tokenizer = model.tokenizer_for(recipe.model, rows, kind.chats)
    positions = getattr(shapes.config_of(recipe.model), "max_position_embeddings", None)
    if recipe.packing == "stream":
        data.check_stream(config.max_length, positions)
    tokens = kind.tokenised(rows, tokenizer, config.max_length, positions)
    asked = kind.tokenised(held, tokenizer, config.max_length, positions) if len(held) else None
    network = model.model_for(recipe.model, tokenizer, config, kind.model)
    model_check.check_vocabulary(tokenizer, network.config, [])
    if config.process_index == 0 and (reason := model_check.unmergeable(network.config)):
        console.notice(f"The trained model can't be merged with its base by 'mnlu merge': {reason}.")

    adapter = lora.arguments(recipe.model.lora, network)
    trainer = kind.trainer(
        network, config, train_dataset=tokens, eval_dataset=asked, processing_class=tokenizer, **adapter
    )
    shown = kind.check_rows(trainer.train_dataset, tokens, kind.marks(tokenizer), recipe, config.max_length)
    if trainer.is_world_process_zero():
        show_example.show(shown.ids.tolist(), shown.learnt, tokenizer, console.notices, "An example")
        if held:
            console.notice(data.held_out_summary(recipe.data, rows, held))
    if recipe.packing == "documents":
        trainer.add_callback(IsolationCheck(trainer, tokens))

    preemption = watch(trainer, tokens, held, request, training)
    with suppress(checkpoints.NothingLeftError):
        trainer.train(resume_from_checkpoint=rank_consensus.decided(lambda: checkpoints.to_resume(output, training)))
    if preemption.stopped:
        preemption.say(trainer.state)
        return False

    # The model with tokenizer and chat template, the card, and the recipe.
    outputs.write(trainer, recipe)
    rank_consensus.greatest((0,), config.device)
    if trainer.is_world_process_zero():
        checkpoints.finish(output, trainer.state.global_step, training)
        next_step = (
            "merge it with its base: mnlu merge RECIPE" if adapter else f"mnlu eval --model {output} --suite NAME"
        )
        console.notice(f"The model is in {output}. Next: {next_step}")
    return True


if __name__ == "__main__":
    process_exit.run(lambda: main(*sys.argv[1:]))
