"""`mnlu link`: the mentions of a split → names of a knowledge base, by a model and by look-ups → recall of concepts.

A model is asked as in an evaluation, its answer begins as in training (`MENTION is`), and goes on with a name: beam
search over the trie of all names (`knowledge/beam.py`). The trie is made once for a knowledge base and a tokenizer, and
kept beside the knowledge base.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from mnlu_instruct import corpora, folders
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import engines, model_check
from mnlu_instruct.knowledge import base as bases
from mnlu_instruct.knowledge import beam, lookup, trie
from mnlu_instruct.knowledge.base import KnowledgeBase
from mnlu_instruct.knowledge.beam import Asked
from mnlu_instruct.knowledge.released import DROPS_COMPOSITES
from mnlu_instruct.knowledge.trie import Trie
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import chat, chat_format, packs, plain_text
from mnlu_instruct.prompting.packs import Pack
from mnlu_instruct.scoring import linking
from mnlu_instruct.scoring.linking import LinkingScore, Ranked, Released
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks import el
from mnlu_instruct.types import Document, Instance, Linked
from mnlu_instruct.workers import Progress

SCORES = "scores.json"
LOOKUPS = ("exact", "tfidf")
"""The systems that every run compares with."""
CANDIDATES = 50
"""The names that TF-IDF ranks: enough for five concepts."""
IS = "is"
"""The word before a name, in which tokens of names are looked for: `ovarian cancer is Ovarian Neoplasms`."""


class Settings(Struct, frozen=True):
    """How a model is asked: the prompt pack, beams, the power of the length that sums of log-probabilities are divided
    by, how many mentions at a time."""

    pack: str = "linking"
    beams: int = 5
    penalty: float = 1.0
    batch: int = 32


class Found(Struct, frozen=True):
    """A part of a mention with the names that a system gives, a line of `SYSTEM.jsonl`.

    Args:
        id: of the question; none, if the mention wasn't asked about, as it has no concept or is too long.
        words: that were asked about.
        annotated: the ids that annotators gave.
        scores: of the names, if the system has some.
    """

    id: str
    words: str
    annotated: tuple[str, ...]
    ranked: Ranked
    scores: tuple[float, ...] = ()


class Scores(Struct, frozen=True):
    """The scores of a run: by system, `strict` and as the released script counts."""

    corpus: str
    split: str
    knowledge: str
    content: str
    model: str | None
    strict: dict[str, LinkingScore]
    reference: dict[str, LinkingScore]


class Question(Struct, frozen=True):
    """A part of a mention, and its question, if it is asked about."""

    mention: str
    group: str
    annotated: tuple[str, ...]
    instance: Instance | None


Answers = tuple[Sequence[int], Sequence[float]]
"""Ranked names by their numbers, and their scores."""


def questions(corpus: Corpus, split: str, data: Path) -> list[Question]:
    """The parts of all mentions of a split, in the order of its files.

    Raises:
        UserError: the corpus isn't for linking, or can't be read.
    """
    rule = corpus.linking
    if rule is None:
        raise UserError(
            f"Corpus {corpus.name} doesn't say what its mentions are linked to.",
            "'mnlu corpora --task el' lists those that do; or declare `linking`.",
        )
    found = []
    for record in reading.records(corpus, split, data, Ledger()):
        assert isinstance(record, Document)
        asked: dict[str, list[Instance]] = {}
        for one in el.ask(record, corpus, Ledger()):
            asked.setdefault(el.mention_of(one), []).append(one)
        for mention in record.mentions:
            if mention.type not in corpus.ignored:
                name = f"{record.id}/{mention.id}"
                ids = tuple(dict.fromkeys(one for concept in mention.concepts for one in rule.accepted(concept)))
                found += [Question(name, record.group, ids, one) for one in asked.get(name, [None])]
    return found


def link(
    model: str | None,
    knowledge: Path,
    corpus: str,
    split: str,
    data: Path,
    out: Path,
    settings: Settings,
    progress: Progress,
    overwrite: bool = False,
) -> Scores:
    """Link the mentions of a split, and score what is found.

    Args:
        model: name or path; without one, only look-ups run.
        knowledge: the folder of a knowledge base.
        corpus: name or path.
        split: of the corpus.
        data: the folder of the corpora.
        out: the folder to write: a file of answers a system, and the scores.
        settings: how a model is asked.
        progress: told about shares of the work.
        overwrite: whether an earlier run there may be replaced.

    Raises:
        UserError: anything can't be read or doesn't fit together.
    """
    folders.check(out, overwrite, SCORES)
    base, declared = bases.opened(knowledge), corpora.get(corpus)
    packs.load(settings.pack).check(["el"])
    if model is not None:
        model_check.check(model, "transformers")
    asked = questions(declared, split, data)
    if not any(one.instance for one in asked):
        raise UserError(f"{declared.name}/{split} has no mention with a concept.", "choose another split.")
    instances = [one.instance for one in asked if one.instance is not None]
    systems = {} if model is None else {"model": by_model(model, base, instances, settings, progress)}
    systems |= {name: by_lookup(name, base, instances) for name in LOOKUPS}
    answers = {name: list(_found(asked, ranked, base)) for name, ranked in systems.items()}
    ranked = {name: [line.ranked for line in lines] for name, lines in answers.items()}
    released = Released(composites=declared.name not in DROPS_COMPOSITES)
    scores = Scores(
        corpus=declared.name,
        split=split,
        knowledge=base.manifest.name,
        content=base.manifest.content,
        model=model,
        strict={name: linking.strict(parts) for name, parts in ranked.items()},
        reference={name: linking.reference(parts, released) for name, parts in ranked.items()},
    )
    with folders.atomic_folder(out) as folder:
        for name, lines in answers.items():
            (folder / f"{name}.jsonl").write_bytes(b"".join(json.encode(line) + b"\n" for line in lines))
        (folder / SCORES).write_bytes(json.format(json.encode(scores), indent=2) + b"\n")
    return scores


def by_lookup(name: str, base: KnowledgeBase, instances: Sequence[Instance]) -> list[Answers]:
    """The names that a look-up gives; each mention's words are looked up once."""
    words = [one.asked["mention"] for one in instances]
    distinct = sorted(set(words))
    if name == "exact":
        found: dict[str, Answers] = {
            one: (ranked, [1.0] * len(ranked))
            for one, ranked in zip(distinct, lookup.exact(base, distinct), strict=True)
        }
    else:
        found = dict(zip(distinct, lookup.Trigrams(base).nearest(distinct, CANDIDATES), strict=True))
    return [found[one] for one in words]


def by_model(
    model: str, base: KnowledgeBase, instances: Sequence[Instance], settings: Settings, progress: Progress
) -> list[Answers]:
    """The names that a model gives."""
    encoder = plain_text.is_encoder_decoder(model)
    tokenizer = chat.load_tokenizer(model)
    names = trie_of(base, tokenizer, encoder)
    pack = packs.load(settings.pack)
    asked = (_read if encoder else _continued)(tokenizer, pack, instances)
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM  # noqa: PLC0415 (seconds; look-ups need none)

    from mnlu_instruct.evaluation.engines import greedy, transformers_local  # noqa: PLC0415 (loads torch)

    auto = AutoModelForSeq2SeqLM if encoder else AutoModelForCausalLM
    loaded = transformers_local.loaded(model, auto, transformers_local.device())
    if encoder:
        start = greedy.first_token(loaded)
        asked = [Asked([start, *one.before], one.source) for one in asked]
    _check_lengths(asked, instances, loaded.config)
    done = 0

    def beat(count: int) -> None:
        nonlocal done
        done += count
        progress("linking", done / len(asked))

    with engines.reporting_failures("transformers"):
        found = beam.search(loaded, asked, names, settings.beams, settings.penalty, settings.batch, beat)
    return [
        ([name for one in hypotheses for name in one.names], [one.score for one in hypotheses for _ in one.names])
        for hypotheses in found
    ]


def trie_of(base: KnowledgeBase, tokenizer: chat.Tokenizer, encoder: bool) -> Trie:
    """The trie of a knowledge base's names in a tokenizer's vocabulary, made unless it is there.

    Raises:
        UserError: the trie that is there is broken.
    """
    mark = trie.fingerprint(tokenizer.get_vocab())
    folder = base.folder / "tries" / f"{mark[:16]}-{'source' if encoder else 'chat'}"
    if folder.is_dir():
        found = trie.opened(folder)
        trie.check(found, base.manifest.content, mark)
        return found
    made = trie.build(
        base.every_name(),
        lambda names: spelt(tokenizer, names, encoder),
        tokenizer.eos_token_id if encoder else chat_format.format_of(tokenizer).end,
        len(tokenizer),
        base.manifest.content,
        mark,
    )
    trie.save(made, folder)
    return made


def spelt(tokenizer: chat.Tokenizer, names: Sequence[str], encoder: bool) -> list[list[int]]:
    """The tokens of names after the word `is`, as they are in a model's training."""
    texts = [IS, *(f"{IS} {name}" for name in names)]
    if encoder:
        rows = [ids[:-1] for ids in plain_text.prompt_ids(tokenizer, [[{"content": text}] for text in texts])]
    else:
        rows = chat_format.encode(tokenizer, texts)
    before, *rows = rows
    for name, ids in zip(names, rows, strict=True):
        if ids[: len(before)] != before:
            raise UserError(
                f"The tokenizer joins the word '{IS}' and the name '{name}'.",
                "names can't be spelt after it; use another model.",
            )
    return [ids[len(before) :] for ids in rows]


def _read(tokenizer: chat.Tokenizer, pack: Pack, instances: Sequence[Instance]) -> list[Asked]:
    """What an encoder reads, and how the decoder begins."""
    sources = plain_text.prompt_ids(tokenizer, [pack.prompt(one) for one in instances])
    leads = plain_text.prompt_ids(tokenizer, [[{"content": el.lead(one)}] for one in instances])
    return [Asked(before[:-1], source) for before, source in zip(leads, sources, strict=True)]


def _continued(tokenizer: chat.Tokenizer, pack: Pack, instances: Sequence[Instance]) -> list[Asked]:
    """Prompts in the chat template, with how their answers begin."""
    prompts = [pack.prompt(one) for one in instances]
    asked = chat.prompt_ids(tokenizer, prompts)
    leads = chat.starts(tokenizer, prompts, [[el.lead(one)] for one in instances])
    return [Asked([*ids, *lead]) for ids, (lead,) in zip(asked, leads, strict=True)]


def _check_lengths(asked: Sequence[Asked], instances: Sequence[Instance], config: Any) -> None:
    """Check that the model has positions for what it reads and a name after it.

    Raises:
        UserError: it hasn't.
    """
    positions = getattr(config, "max_position_embeddings", None)
    for one, instance in zip(asked, instances, strict=True):
        if positions is not None and max(len(one.source), len(one.before) + trie.LONGEST) > positions:
            raise UserError(
                f"{instance.id} has {max(len(one.source), len(one.before)):,} tokens, too many for a model with "
                f"{positions:,} positions, {trie.LONGEST} of which are for a name.",
                "use a model with more.",
            )


def _found(asked: Sequence[Question], answers: Sequence[Answers], base: KnowledgeBase) -> Iterator[Found]:
    """The lines of a system's answers."""
    given = iter(answers)
    for one in asked:
        names, scores = next(given) if one.instance else ((), ())
        gold = one.instance.gold if one.instance else Linked(("",), one.annotated)
        assert isinstance(gold, Linked)
        yield Found(
            id=one.instance.id if one.instance else "",
            words=one.instance.asked["mention"] if one.instance else "",
            annotated=one.annotated,
            ranked=Ranked(
                mention=one.mention,
                group=one.group,
                gold=tuple(map(base.id, base.with_ids(gold.concepts))),
                names=tuple(map(base.name, names)),
                concepts=tuple(tuple(map(base.id, base.concepts(name))) for name in names),
                annotated=bool(one.annotated),
                several=len(one.annotated) > 1,
            ),
            scores=tuple(round(float(score), 4) for score in scores),
        )
