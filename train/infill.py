"""Pretraining by text infilling: accelerate launch train/infill.py recipes/pretrain/bart-base.yaml [--key value ...]

A recipe gives model, corpus, noise and the arguments of transformers' trainer; `--key value` overrides one of the
latter, and `--set noise.style=released` any key of the recipe. The same command resumes from the last complete
checkpoint of its output folder; SIGTERM, SIGINT or SIGUSR1 makes it save a checkpoint and exit with status 0.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from mnlu_instruct import console
from mnlu_instruct.pretraining import manifest, model, outputs
from mnlu_instruct.pretraining.batches import Documents
from mnlu_instruct.pretraining.recipe import pretrain_recipe
from mnlu_instruct.pretraining.shards import Corpus
from mnlu_instruct.pretraining.trainer import Trainer, identity
from mnlu_instruct.training import arguments, rank_consensus
from mnlu_instruct.training.launch import layout, process_exit
from mnlu_instruct.training.monitor import checkpoints
from mnlu_instruct.training.monitor.callbacks import watch
from mnlu_instruct.training.monitor.preemption import Request
from mnlu_instruct.training.monitor.progress import quiet_libraries
from mnlu_instruct.training.preflight import checks

SHOWN = 64
"""Tokens of an example that are shown."""


def main(*words: str) -> None:
    """Pretrain by a recipe, with overriding trainer arguments, until it is done or the process is asked to stop."""
    request = Request()
    request.listen()
    quiet_libraries()
    (source, *_), over = arguments.sources(words)
    given, settings = arguments.parse(over)
    recipe = pretrain_recipe(source, layout.launched(os.environ) | given, settings)
    stated = manifest.read(recipe.data)
    tokenizer = model.tokenizer_for(recipe, stated)
    model.shape(recipe, len(tokenizer))

    # The processes find each other before the model is made: under ZeRO-3 each makes its part of the weights.
    config = model.configuration(recipe)
    checks.check_processes(config)
    first = config.process_index == 0

    # A finished training is not repeated; one that began with other values is not resumed.
    output, training = Path(config.output_dir), identity(recipe, stated["content_hash"], config.world_size)
    if done := rank_consensus.decided(lambda: checkpoints.finished(output, training)):
        if first:
            console.notice(f"{output} has this training's model after all {done.step} steps already: nothing to do.")
        return

    rank_consensus.decided(lambda: manifest.verify(recipe.data))
    documents = Documents(Corpus(recipe.data, [shard["name"] for shard in stated["shards"]]), config.max_length)
    network, dropped = model.model_for(recipe, tokenizer, config)
    trainer = Trainer(network, config, tokenizer, documents, recipe)
    if first:
        if dropped:
            console.notice(f"The new model doesn't keep these generation settings of its base: {dropped}.")
        read = trainer.data_collator([documents[0]])["input_ids"][0, :SHOWN]
        console.notice(f"An example of what the encoder reads: {tokenizer.decode(read)} …")

    preemption = watch(trainer, documents, [], request, training)
    with suppress(checkpoints.NothingLeftError):
        trainer.train(resume_from_checkpoint=rank_consensus.decided(lambda: checkpoints.to_resume(output, training)))
    if preemption.stopped:
        preemption.say(trainer.state)
        return

    # The model with its tokenizer, the card, and the recipe.
    outputs.write(trainer, recipe, stated, dropped)
    rank_consensus.greatest((0,), config.device)
    if first:
        checkpoints.finish(output, trainer.state.global_step, training)
        console.notice(f"The model is in {output}. Next: tune it for a task, as `base` in a recipe of 'mnlu train'.")


if __name__ == "__main__":
    process_exit.run(lambda: main(*sys.argv[1:]))
