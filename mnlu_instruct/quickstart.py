"""The whole way on the bundled demo corpora: build a data set, look at a question of every kind and at the mixture."""

from pathlib import Path

from mnlu_instruct import corpora, folders, manifest, prompts, screen, workers
from mnlu_instruct.build import draft, write
from mnlu_instruct.preview import examples, messages
from mnlu_instruct.recipe import build_recipe


def run(out: Path, processes: int) -> None:
    """Build into `out`, replacing what an earlier run left there, and print as it goes."""
    recipe = build_recipe("demo", {})
    folders.check(out / "data", overwrite=True, mark=manifest.NAME)
    with screen.progress() as report, workers.crew(processes) as pool:
        drafted = draft(recipe, Path(), pool, report)
        made = write(drafted, out / "data", pool, report)
    pack = prompts.load(recipe.pack)
    for corpus in corpora.bundled().values():
        for instance in examples(corpus, Path()):
            screen.conversation(instance.id, messages(instance, pack))
    screen.mixture(drafted)
    screen.output.print(f"{made['rows']:,} rows written to {out / 'data'}: see its README.md.", soft_wrap=True)
    screen.output.print("Next: mnlu corpora; mnlu build --help", soft_wrap=True)
