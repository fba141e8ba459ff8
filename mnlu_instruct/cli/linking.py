"""`mnlu kb` and `mnlu link`: knowledge bases, and mentions linked to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, PackName, complete_corpus
from mnlu_instruct.data_folder import filled_data_directory

if TYPE_CHECKING:
    from mnlu_instruct.evaluation.linking import Scores
    from mnlu_instruct.knowledge.base import Manifest

app = typer.Typer()
kb = typer.Typer(no_args_is_help=True, help="Knowledge bases for entity linking: concepts and their names.")
Folder = Annotated[Path, typer.Option(help="Folder to write.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]

COLUMNS = {"@5": "recall@5", "drawn": "expected@1", "known": "recall@1_known", "all": "recall@1_all"}
"""The columns of the table after recall@1 of mentions with a concept, with the metrics in them: at 5; at 1 if one of a
name's concepts is drawn; of the mentions whose concepts are in the knowledge base; of all."""


@kb.command("build")
def build_kb(
    kind: Annotated[str, typer.Argument(help="medic, biosyn, ctd, mesh, obo, umls (MRCONSO.RRF), or tsv.")],
    path: Annotated[Path, typer.Argument(help="The terminology's file; it may be inside an archive.")],
    out: Folder,
    rule: Annotated[
        str,
        typer.Option(
            help="How names are spelt: lower; cased; plain (lower case, punctuation blank, as BioSyn's mentions); "
            "released (GenBioEL's; a name of several concepts stays with the one that has fewest)."
        ),
    ] = "lower",
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Build a knowledge base from a terminology's file: a folder that is opened in milliseconds, whatever its size.

    Examples:

    - `mnlu kb build medic CTD/medic_06Jul2012.txt --out out/medic`
    - `mnlu kb build biosyn ncbi-disease.tar.gz/ncbi-disease/test_dictionary.txt --rule plain --out out/ncbi-test`
    - `mnlu kb build tsv our-terms.tsv --out out/ours`
    """
    from mnlu_instruct.knowledge import base

    with console.progress():
        made = base.build(kind, path, out, rule, overwrite)
    _show(made, as_json)
    if made.counts.shared and not as_json:
        console.notice(
            f"Names of several concepts: {made.counts.shared:,}. Scores say how often such a name was given."
        )


@kb.command("show")
def show_kb(
    folder: Annotated[Path, typer.Argument(help="Folder of a knowledge base.")],
    name: Annotated[str | None, typer.Option(help="Also the concepts with this name.")] = None,
    as_json: Json = False,
) -> None:
    """Show what a knowledge base was built from, and what is in it.

    Example: `mnlu kb show out/medic --name "breast cancer"`
    """
    from mnlu_instruct.knowledge import base

    opened = base.opened(folder)
    named = (
        []
        if name is None
        else [(opened.id(one), [opened.name(n) for n in opened.names(one)]) for one in opened.named(name)]
    )
    _show(opened.manifest, as_json, named)


@app.command()
def link(
    knowledge: Annotated[Path, typer.Option("--kb", help="Folder of a knowledge base ('mnlu kb build').")],
    corpus: Annotated[
        str, typer.Option(autocompletion=complete_corpus, help="Corpus: a name, or a declaration's path.")
    ],
    out: Folder,
    model: Annotated[str | None, typer.Option(help="Folder or name of the model; without one, look-ups alone.")] = None,
    split: Annotated[str, typer.Option(help="Split of the corpus.")] = "test",
    pack: PackName = "linking",
    beams: Annotated[int, typer.Option(min=1, help="Beams, and so the most names found.")] = 5,
    length_penalty: Annotated[float, typer.Option(help="Scores are divided by this power of a name's tokens.")] = 1.0,
    batch: Annotated[int, typer.Option(min=1, help="Mentions at a time.")] = 32,
    data_dir: DataDir = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Link the mentions of a corpus to the names of a knowledge base, with a model that can say nothing else.

    Look-ups of the exact string and by TF-IDF run always, for comparison.

    Examples:

    - `mnlu link --kb out/ncbi-test --corpus ncbi-linking --out out/lookup`
    - `mnlu link --model out/linker --kb out/medic --corpus ncbi-disease --out out/linked`
    """
    from mnlu_instruct.evaluation import linking

    settings = linking.Settings(pack, beams, length_penalty, batch)
    data = filled_data_directory(data_dir)
    with console.progress() as progress:
        scores = linking.link(model, knowledge, corpus, split, data, out, settings, progress, overwrite)
    if as_json:
        from msgspec import to_builtins

        console.print_json(to_builtins(scores))
        return
    _table(scores)
    console.line(f"Answers and scores are in {out}.")


def _show(manifest: "Manifest", as_json: bool, named: list[tuple[str, list[str]]] | None = None) -> None:
    from msgspec import to_builtins

    if as_json:
        concepts = [{"id": one, "names": names} for one, names in named or []]
        console.print_json({**to_builtins(manifest), **({"named": concepts} if named else {})})
        return
    facts = [("kind", manifest.kind), ("spelling", manifest.rule), *manifest.sources.items()]
    words = {
        "concepts": manifest.counts.concepts,
        "names": manifest.counts.names,
        "other ids": manifest.counts.others,
        "names of several concepts": manifest.counts.shared,
        "names given twice": manifest.counts.repeats,
        "concepts without a name, left out": manifest.counts.nameless,
    }
    console.table(("", manifest.name), [*facts, *((what, f"{count:,}") for what, count in words.items())])
    if named:
        console.table(("id", "names"), [(one, ", ".join(names)) for one, names in named])


def _table(scores: "Scores") -> None:
    """The table of a run."""
    first = next(iter(scores.strict.values()))
    console.line(
        f"{scores.corpus}/{scores.split} with {scores.knowledge}: {first.mentions:,} mentions, {first.linked:,} with a "
        f"concept, {first.known:,} whose concept is in the knowledge base; {first.composite:,} of several concepts."
    )
    rows = []
    for name, score in scores.strict.items():
        headline, reference = score.recall["recall@1"], scores.reference[name].recall
        others = (score.recall[metric] for metric in COLUMNS.values())
        shown = [headline.value, *(one.value for one in others), *(one.value for one in reference.values())]
        interval = f"{100 * headline.low:.1f}–{100 * headline.high:.1f}"
        rows.append((name, interval, *(f"{100 * value:.1f}" for value in shown)))
    console.table(("system", "95 %", "@1", *COLUMNS, "ref@1", "ref@5"), rows)
