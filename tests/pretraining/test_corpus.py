"""From PubMed files to shards: what is taken and dropped, in which order files hold, whoever does the work."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.pretraining import corpus, manifest, noise, ragged, streams, vocabulary
from mnlu_instruct.pretraining.extraction import Choice
from mnlu_instruct.pretraining.noise import Noise
from mnlu_instruct.pretraining.shards import Corpus
from mnlu_instruct.prompting import chat
from mnlu_instruct.readers.pubmed_xml import Citation, read
from mnlu_instruct.workers import process_pool
from tests.pretraining.files import WORDS, abstracts, citation, deletions, written
from tests.support import REAL, needs_real_corpora

SAMPLE = REAL / "pubmed"
GPT2 = REAL.parent / "re-study" / "tokenizers" / "gpt2"
"""The pieces of GPT-2, which are BART's."""
VOCABULARY = 400


def built(folder: Path, out: Path, choice: Choice = Choice(), workers: int = 1) -> manifest.Manifest:  # noqa: B008
    planned = corpus.plan(folder, choice, None, VOCABULARY)
    with process_pool(workers) as pool:
        return corpus.write(planned, out, pool, lambda *_: None)


def texts(out: Path) -> dict[int, str]:
    """The documents of a corpus, by PubMed id."""
    tokenizer = chat.load_tokenizer(str(out / manifest.TOKENIZER))
    found = Corpus(out, [shard["name"] for shard in manifest.verify(out)["shards"]])
    tokens, counts = found.read(np.arange(len(found)), 10**6)
    parts = np.split(tokens, np.cumsum(counts)[:-1])
    return {int(pmid): tokenizer.decode(part.tolist()) for pmid, part in zip(found.ids, parts, strict=True)}


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_later_files_replace_and_delete_what_earlier_ones_have(tmp_path: Path) -> None:
    files = {
        "pubmed21n0002.xml.gz": citation(1, "One, of the second file.") + citation(7, "Seven.......", version=1),
        "pubmed21n0010.xml": citation(2, "Two, which comes again.") + citation(4, "Four is here again.") + deletions(3),
        "pubmed21n0001.xml.gz": "".join(citation(n, f"{n}, of the first file.") for n in (1, 2, 3, 4, 6))
        + citation(7, "Seven, version 2.", version=2) + citation(5, "Five, once.") + citation(5, "Five, twice."),
        "pubmed21n0009.xml": deletions(4, 99) + citation(6),
    }  # fmt: skip
    made = built(written(tmp_path / "xml", files), tmp_path / "out")
    assert texts(tmp_path / "out") == {
        1: "One, of the second file.",
        2: "Two, which comes again.",
        4: "Four is here again.",
        5: "Five, twice.",
        7: "Seven, version 2.",
    }
    assert [one["file"] for one in made["files"]] == sorted(files)
    # Six holds in its later record, which has no abstract.
    assert made["dropped"] == {"deleted by a later file": 2, "no abstract": 1, "replaced by a later record": 5}
    counts = made["counts"]
    assert (counts["citations"], counts["documents"], counts["deletions"]) == (13, 5, 3)


CITATIONS = "".join(
    (
        citation(1, "AIM: Of <i>mice</i>.", "Then, men were tried."),
        citation(2, "UNLABELLED: Of cells.", language="fre"),
        citation(3),
        citation(4, more="<OtherAbstract Type='PIP'><AbstractText>Other.</AbstractText></OtherAbstract>"),
        citation(5, " "),
        citation(6, "Of the heart, retracted.", link="RetractionIn"),
        citation(7, "Of that retraction.", link="RetractionOf"),
        citation(8, "Ten chars."),
        citation(9, "Eleven &lt;s&gt;"),
        citation(10, "It was long. (ABSTRACT TRUNCATED AT 250 WORDS)"),
        "<PubmedBookArticle><BookDocument/></PubmedBookArticle>",
    )
)


@pytest.mark.parametrize(
    ("choice", "expected", "dropped"),
    [
        (
            Choice(),
            {1: "Of mice. Then, men were tried.", 2: "Of cells.", 9: "Eleven <s>", 10: "It was long."},
            {"retracted": 1, "notice of a retraction": 1, "shorter than 9 characters": 0, "another language": 0},
        ),
        (Choice(retracted=True), {6: "Of the heart, retracted.", 7: "Of that retraction."}, {"retracted": 0}),
        (Choice(languages=("eng", "ger")), {1: "Of mice. Then, men were tried."}, {"another language": 1}),
        (Choice(labels=True), {1: "AIM: Of mice. Then, men were tried.", 2: "Of cells."}, {}),
        (Choice(titles=True), {1: "A title. Of mice. Then, men were tried."}, {}),
        (Choice(notes=True), {10: "It was long. (ABSTRACT TRUNCATED AT 250 WORDS)"}, {}),
        (Choice(shortest=13), {1: "Of mice. Then, men were tried."}, {"shorter than 13 characters": 4}),
    ],
)  # fmt: skip
def test_each_choice_is_counted(tmp_path: Path, choice: Choice, expected: dict[int, str], dropped: Any) -> None:
    if choice.shortest == 11:
        choice = Choice(9, choice.languages, choice.retracted, choice.notes, choice.labels, choice.titles)
    made = built(written(tmp_path / "xml", {"one.xml": CITATIONS}), tmp_path / "out", choice)
    found = texts(tmp_path / "out")
    assert expected.items() <= found.items()
    assert {reason: made["dropped"].get(reason, 0) for reason in dropped} == dropped
    always = {"no abstract": 1, "only another abstract": 1, "abstract without text": 1, "book or chapter": 1}
    assert always.items() <= made["dropped"].items()
    assert len(found) + sum(made["dropped"].values()) == made["counts"]["citations"] == 11
    assert made["counts"]["labelled"] == 2
    assert made["counts"]["notes"] == (10 in found and not choice.notes)


def test_a_special_token_in_a_text_is_text(tmp_path: Path) -> None:
    built(written(tmp_path / "xml", {"one.xml": citation(1, "A &lt;mask&gt; and &lt;/s&gt;.")}), tmp_path / "out")
    tokenizer = chat.load_tokenizer(str(tmp_path / "out" / manifest.TOKENIZER))
    tokens = np.load(tmp_path / "out" / "one.tokens.npy")
    assert not set(tokens.tolist()) & set(tokenizer.all_special_ids)


def test_workers_and_resumption_change_no_byte(tmp_path: Path) -> None:
    folder = written(tmp_path / "xml", {f"pubmed21n{n:04}.xml.gz": abstracts(50, 1 + 40 * n) for n in range(5)})
    whole = built(folder, tmp_path / "one")
    built(folder, tmp_path / "two", workers=2)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert whole["counts"]["documents"] == 210

    # Interrupted while it tokenises: what is there is used, and the result is the same.
    tokenised, calls = corpus._tokenised, []

    def failing(folder: Path, name: str, fate: Any) -> Any:
        calls.append(name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return tokenised(folder, name, fate)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "_tokenised", failing)
        with pytest.raises(KeyboardInterrupt) as raised:
            built(folder, tmp_path / "again")
        assert "7 finished steps are kept" in raised.value.__notes__[0]
        patch.setattr(corpus.extraction, "extract", None)
        assert not (tmp_path / "again").exists()
        built(folder, tmp_path / "again")
    assert len(calls) == 8
    assert hashes(tmp_path / "one") == hashes(tmp_path / "again")


@needs_real_corpora
def test_the_sample(tmp_path: Path) -> None:
    made = built(SAMPLE, tmp_path / "out")
    assert made["counts"]["citations"] == 115 and made["counts"]["deletions"] == 20
    assert made["dropped"] == {
        "abstract without text": 1,
        "no abstract": 22,
        "only another abstract": 3,
        "replaced by a later record": 5,
        "retracted": 5,
        "shorter than 11 characters": 1,
    }
    assert made["counts"]["documents"] == 78 and made["counts"]["notes"] == 4
    tokens = np.load(tmp_path / "out" / "pubmed-sample.tokens.npy", mmap_mode="r")
    assert tokens.dtype == np.uint16 and len(tokens) == made["counts"]["tokens"]
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "78 abstracts" in card and "replaced by a later record" in card


@needs_real_corpora
@pytest.mark.parametrize("pieces", [True, False])
def test_released_noise_masks_24_percent_of_the_sample(pieces: bool) -> None:
    """As on 4,000 abstracts; in the released form, whose sentences are tokenised one by one, or as they are."""
    raw = Tokenizer(models.BPE.from_file(*(str(GPT2 / name) for name in ("vocab.json", "merges.txt"))))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    file = File("sample.xml.gz", SAMPLE / "pubmed-sample.xml.gz")
    abstracts = [one.abstract() for one in read(file) if isinstance(one, Citation) and len(one.abstract()) > 10]
    released = [[f"{piece.strip('.')}." for piece in text.split(". ")] for text in abstracts]
    encoded = [
        [len(one.ids) for one in raw.encode_batch(parts if pieces else sentences(text))]
        for parts, text in zip(released, abstracts, strict=True)
    ]
    lengths = [cut(one, 510) for one in encoded]
    counts, sizes = np.array([len(one) for one in lengths]), np.array([size for one in lengths for size in one])
    spans = [
        noise._walked(sizes, counts, streams.keys(1, epoch, np.arange(len(counts))), Noise(style="released"))
        for epoch in range(300)
    ]
    assert sum(one.lengths.sum() for one in spans) / sizes.sum() / 300 == pytest.approx(0.240, abs=0.002)
    assert sum(len(one.lengths) for one in spans) / sizes.sum() / 300 == pytest.approx(0.084, abs=0.001)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])(?= )", text)


def cut(sizes: list[int], most: int) -> list[int]:
    """Sentences of a document that is cut after so many tokens."""
    ends = np.minimum(np.cumsum(sizes), most)
    return [size for size in np.diff(ends, prepend=0).tolist() if size]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "There are no PubMed files"),
        ({"a.xml": abstracts(1), "pubmed21n0001.xml": abstracts(1)}, "has no number in its name"),
        ({"pubmed21n0001.xml": abstracts(1), "pubmed21n1.xml.gz": abstracts(1)}, "have the same number"),
        ({"pubmed21n0001.xml": citation(1)}, "No citation in these files has an abstract"),
        ({"pubmed21n0001.xml": abstracts(1), "pubmed21n0002.xml": "<PubmedArticle/>"}, "without a PubMed id"),
    ],
)
def test_a_folder_that_makes_no_corpus_is_an_error_and_nothing_is_written(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    with pytest.raises(UserError) as raised:
        built(written(tmp_path / "xml", files), tmp_path / "out")
    assert words in raised.value.message and raised.value.hint
    assert not (tmp_path / "out").exists()


def test_a_file_without_any_document_makes_an_empty_shard(tmp_path: Path) -> None:
    folder = written(tmp_path / "xml", {"pubmed21n0001.xml": abstracts(9), "pubmed21n0002.xml": deletions(2)})
    made = built(folder, tmp_path / "out")
    assert [one["documents"] for one in made["shards"]] == [8, 0]
    assert WORDS.partition(".")[0] in texts(tmp_path / "out")[1]


def test_a_changed_shard_is_seen(tmp_path: Path) -> None:
    built(written(tmp_path / "xml", {"one.xml": abstracts(3)}), tmp_path / "out")
    manifest.verify(tmp_path / "out")
    np.save(tmp_path / "out" / "one.tokens.npy", np.zeros(3, np.uint16))
    with pytest.raises(UserError, match="changed after the build"):
        manifest.verify(tmp_path / "out")
    (tmp_path / "out" / "one.documents.npy").unlink()
    (tmp_path / "out" / "one.tokens.npy").unlink()
    with pytest.raises(UserError, match=r"tokens\.npy is missing"):
        manifest.verify(tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text('{"format": 2}', "utf-8")
    with pytest.raises(UserError, match="is no pretraining corpus"):
        manifest.read(tmp_path / "out")


def test_a_tokenizer_without_a_mask_is_refused(tmp_path: Path) -> None:
    tokenizer = vocabulary.trained([WORDS], VOCABULARY)
    tokenizer.mask_token = None
    tokenizer.save_pretrained(tmp_path / "tokenizer")
    folder = written(tmp_path / "xml", {"one.xml": abstracts(1)})
    with pytest.raises(UserError, match="no mask token, which text infilling needs"):
        corpus.plan(folder, Choice(), str(tmp_path / "tokenizer"), 0)


def test_a_given_tokenizer_stays_as_it_is(tmp_path: Path) -> None:
    tokenizer = vocabulary.trained([WORDS] * 9, VOCABULARY)
    tokenizer.save_pretrained(tmp_path / "tokenizer")
    folder = written(tmp_path / "xml", {"one.xml": abstracts(3)})
    made = corpus.write(
        corpus.plan(folder, Choice(), str(tmp_path / "tokenizer"), 0), tmp_path / "out", None, lambda *_: None
    )
    assert made["tokenizer"] == {"tokens": len(tokenizer), "hash": vocabulary.hashed(tokenizer)}
    assert texts(tmp_path / "out")[2].startswith(WORDS)


def test_what_noise_knows_of_a_vocabulary() -> None:
    tokenizer = vocabulary.trained([WORDS] * 9, VOCABULARY)
    alphabet = vocabulary.alphabet(tokenizer)
    pieces = tokenizer.convert_ids_to_tokens(alphabet.regular.tolist())
    assert not set(pieces) & {"<s>", "</s>", "<pad>", "<unk>", "<mask>"} and len(pieces) == len(tokenizer) - 5
    ids = tokenizer.encode(WORDS, add_special_tokens=False)
    counts = np.array([len(ids)])
    assert alphabet.begins_word[ids].sum() == WORDS.count(" ")
    assert noise._begins_sentence(np.array(ids), counts, alphabet).sum() == 4
    assert noise._begins_word(np.array(ids), counts, alphabet).sum() == len(WORDS.split())
    found = noise.add(np.array(ids), counts, streams.keys(1, 0, np.array([1])), alphabet, Noise())
    assert ragged.sums(found.covered, counts).tolist() == [-(-3 * len(ids) // 10)]


@pytest.mark.parametrize(("tokens", "kind"), [(50_265, np.uint16), (65_536, np.uint16), (65_537, np.uint32)])
def test_ids_take_16_bits_or_32(tokens: int, kind: type) -> None:
    assert vocabulary.smallest(tokens) is kind
    assert np.iinfo(kind).max >= tokens - 1
