"""`mnlu quickstart --system biobart`: the system of BioBART on bundled texts, by the commands that a user would give.

A tiny BART is pretrained by text infilling, then tuned to name concepts, and to reply and summarize; a model that
points at words finds mentions. All of it shows that everything runs, not that a model learns.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import yaml

from mnlu_instruct import console, corpora
from mnlu_instruct.cli.quickstart import ENVIRONMENT, begin, stage
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Document, surface

NEEDED = {"trl": "train", "deepspeed": "train", "sklearn": "linking"}
MARK = "commands.txt"
MNLU = "from mnlu_instruct.cli import main; main()"
ABSTRACTS = 2_000
STAGES = {
    "Pretrain a tiny BART on abstracts": (
        "pubmed {out}/files --vocabulary 1000 --workers {processes} --out {out}/corpus",
        "pretrain tiny --set data={out}/corpus --set trainer.output_dir={out}/bart "
        "--set trainer.max_steps={pretrained}",
    ),
    "Tune it to name concepts, and link mentions": (
        "kb build tsv {out}/concepts.tsv --out {out}/kb",
        "build --tasks el --corpora demo-el --pack linking --set knowledge={out}/kb --set documents.n=300 --n 400 "
        "--out {out}/links",
        "train {out}/linker.yaml -- --num_processes 1",
        "link --model {out}/linker --kb {out}/kb --corpus demo-el --out {out}/linked",
    ),
    "Tune it to reply and to summarize": (
        "build --tasks dialogue,summ --corpora demo --pack biobart --n 400 --out {out}/texts",
        "train {out}/writer.yaml -- --num_processes 1",
        "eval --model {out}/writer --engine transformers --suite demo-generation --pack biobart --limit {asked} "
        "--too-long shorten --out {out}/runs/writer",
        "eval --model majority --engine baseline --suite demo-generation --pack biobart --limit {asked} "
        "--out {out}/runs/majority",
    ),
    "Train a model that points at mentions": (
        "pointer train tiny --set limit={pointed} --set out={out}/pointer",
        "pointer eval --model {out}/pointer/seed-1 --corpus demo-ner --out {out}/runs/pointer",
    ),
    "Report": ("report {out}/runs/writer {out}/runs/majority {out}/runs/pointer --out {out}/report.html",),
}
"""The commands by stage; values of a run stand for what is in braces."""
WHOLE = {"pretrained": 20, "tuned": 60, "asked": 50, "pointed": 200}
SHORT = {"pretrained": 5, "tuned": 5, "asked": 5, "pointed": 60}
"""The steps of the pretraining and of each tuning, the questions of a test set, the notes that pointing learns from."""
TRAINER = {
    "learning_rate": 1e-3, "per_device_train_batch_size": 8, "max_length": 512, "use_cpu": True, "bf16": False,
    "gradient_checkpointing": False, "save_strategy": "no", "logging_steps": 20,
}  # fmt: skip


def run(out: Path, processes: int, short: bool) -> None:
    """Run all commands, print them and what they print, and write everything to `out`, replacing what was there.

    Args:
        out: the folder to write.
        processes: the number of worker processes.
        short: only a few training steps and questions.

    Raises:
        UserError: an extra isn't installed, `out` holds something else, or a command fails.
    """
    begin(out, NEEDED, MARK)
    values = (SHORT if short else WHOLE) | {"processes": processes}
    _write_inputs(out, values["tuned"])
    times: dict[str, float] = {}
    for name, commands in STAGES.items():
        with stage(name, times):
            for command in commands:
                _mnlu(out, [part.format(out=out, **values) for part in command.split()])
    console.table(("stage", "seconds"), list(times.items()), totals=("all", sum(times.values())))
    console.output.print(f"Report with scores and answers: {out / 'report.html'}", soft_wrap=True)
    console.output.print(f"The commands: {out / MARK}", soft_wrap=True)


def _mnlu(out: Path, words: list[str]) -> None:
    """Show a command, run it, and keep it among those of the quickstart.

    Raises:
        UserError: it failed; it has said why.
    """
    written = shlex.join(["mnlu", *words])
    console.output.print(f"$ {written}", soft_wrap=True, markup=False, highlight=False)
    with (out / MARK).open("a", encoding="utf-8") as commands:
        commands.write(f"{written}\n")
    done = subprocess.run([sys.executable, "-c", MNLU, *words], check=False, env=os.environ | ENVIRONMENT)
    if done.returncode:
        raise UserError(f"A command ended with status {done.returncode}: {written}", "its error is above.")


def _write_inputs(out: Path, steps: int) -> None:
    """Write what the commands read: a file as PubMed has them, a list of concepts, and two training recipes."""
    documents = [
        record
        for record in reading.records(corpora.get("demo-ner"), "train", Path(), Ledger())
        if isinstance(record, Document)
    ]
    (out / "files").mkdir()
    (out / "files" / "pubmed26n0001.xml").write_text(_pubmed(documents[:ABSTRACTS]), "utf-8")
    names = {
        (concept, surface(record.text, mention.spans))
        for split in ("train", "test")
        for record in reading.records(corpora.get("demo-ner"), split, Path(), Ledger())
        if isinstance(record, Document)
        for mention in record.mentions
        for concept in mention.concepts
    }
    (out / "concepts.tsv").write_text("".join(f"{concept}\t{name}\n" for concept, name in sorted(names)), "utf-8")
    for name, data in (("linker", "links"), ("writer", "texts")):
        trainer = {**TRAINER, "output_dir": str(out / name), "max_steps": steps}
        recipe = {"model": {"base": str(out / "bart"), "dtype": "float32"}, "data": str(out / data), "trainer": trainer}
        (out / f"{name}.yaml").write_text(yaml.safe_dump(recipe), "utf-8")


def _pubmed(documents: list[Document]) -> str:
    """Documents as citations of a PubMed file: their titles, and their abstracts."""
    citations = "\n".join(
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{number}</PMID><Article><ArticleTitle>{escape(title)}'
        f"</ArticleTitle><Abstract><AbstractText>{escape(abstract.strip())}</AbstractText></Abstract></Article>"
        "</MedlineCitation></PubmedArticle>"
        for number, (title, abstract) in enumerate((_parts(one) for one in documents), 1)
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n{citations}\n</PubmedArticleSet>\n'


def _parts(document: Document) -> tuple[str, str]:
    """The title and the abstract of a document."""
    title, *rest = (document.text[passage.start : passage.end] for passage in document.passages)
    return title, " ".join(rest)
