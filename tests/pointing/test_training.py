"""A tiny model learns nested and discontinuous mentions by heart; its run is scored and compared as all others."""

import json
from pathlib import Path

import pytest

from mnlu_instruct import assets
from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import compare, scorecard
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.pointing import evaluation, training
from mnlu_instruct.pointing.recipe import PointerRecipe, pointer_recipe
from mnlu_instruct.pointing.seeds import over_seeds
from mnlu_instruct.pointing.sentences import Sentence
from mnlu_instruct.pointing.target import Found
from mnlu_instruct.report import write
from tests.support import failed, mnlu

INLINE = """my legs and arms ached badly
1,1,4,4 ADR|3,4 ADR

the IL-9 receptor gene is new
1,1 Protein|1,2 Protein|1,3 DNA

no trouble at all


the left atrium is dilated today
1,2,4,4 ADR

IL-9 binds IL-9
0,0 Protein|2,2 Protein|0,0 DNA

"""
CORPUS = """
from mnlu_instruct.readers.inline import inline
from mnlu_instruct.sources.declaration import Corpus, Local

toy = Corpus(
    name="toy", title="Toy", role="eval", domain="biomedical", tasks=("ner",), source=Local("made up", "open"),
    licence="none", cite="none", splits={"train": ("toy.txt",), "test": ("toy.txt",)}, read=inline(),
    entities={"ADR": "Reaction", "Protein": "Protein", "DNA": "Gene"},
)
"""
SHAPE = {f"{half}_{name}": value for half in ("encoder", "decoder") for name, value in
         {"layers": 1, "attention_heads": 2, "ffn_dim": 64}.items()}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "toy").mkdir()
    (folder / "toy" / "toy.txt").write_text(INLINE, "utf-8")
    (folder / "toy.py").write_text(CORPUS, "utf-8")
    return folder


def recipe(data: Path, out: Path, **changes: object) -> PointerRecipe:
    keys = {
        "config": {**SHAPE, "d_model": 64, "dropout": 0.0, "max_position_embeddings": 64},
        "vocabulary": 300,
        "corpus": str(data / "toy.py"),
        "train": ("train",) * 16,
        "dev": {"every": 1, "most": 5},
        "beams": 1,
        "ratio": 1.0,
        "epochs": 5,
        "first_dev": 5,
        "batch": 5,
        "learning_rate": 3e-3,
        "warmup": 0.1,
        "out": out,
    }
    return PointerRecipe(**{**keys, **changes})


def silent(stage: str, share: float) -> None:
    pass


@pytest.fixture(scope="module", params=["word", "span"])
def trained(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    wanted = recipe(data, tmp_path_factory.mktemp("models"), mode=request.param)
    (told,) = training.train(wanted, data, False, silent).values()
    assert told.epochs[told.best] == 1
    assert told.sentences == (80, 5)
    return training.folder(wanted, 42)


def run(model: Path, data: Path, out: Path, **settings: object) -> scorecard.Scorecard:
    suite = suites.load(str(data / "toy.py"))
    asked = {"settings": Settings(), "masked": True, "beams": None, "progress": silent, **settings}
    return evaluation.evaluate(model, suite, data, out, **asked)  # type: ignore[arg-type]


def test_what_is_learnt_by_heart_is_found_in_every_mode_of_counting(trained: Path, data: Path, tmp_path: Path) -> None:
    scored = run(trained, data, tmp_path / "run")
    assert scored.datasets["toy"].metrics["f1"].value == 1
    for mode in ("strict", "relaxed", "places", "places-released"):
        metrics = scorecard.score([tmp_path / "run"], {}, mode).datasets["toy"].metrics
        assert {name: one.value for name, one in metrics.items()} == dict.fromkeys(metrics, 1.0), mode
    assert {"f1_discontinuous", "f1_with_discontinuous"} <= metrics.keys()
    assert sorted(path.name for path in trained.iterdir()) == [
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "training.json",
    ]  # fmt: skip


def test_runs_are_reported_and_compared(trained: Path, data: Path, tmp_path: Path) -> None:
    run(trained, data, tmp_path / "one")
    run(trained, data, tmp_path / "free", masked=False, beams=2)
    write([tmp_path / "one", tmp_path / "free"], tmp_path / "report.html", False, {})
    assert "seed-42" in (tmp_path / "report.html").read_text("utf-8")
    compared = compare.compare(tmp_path / "one", tmp_path / "free").datasets["toy"]
    assert compared.n == 5
    by_places = compare.compare(tmp_path / "one", tmp_path / "free", {}, "places", "f1_discontinuous").datasets["toy"]
    assert (by_places.difference.metric, by_places.difference.first) == ("f1_discontinuous", 1)
    with pytest.raises(UserError, match="Unknown metric of toy, counted as strict: 'f1_discontinuous'"):
        compare.compare(tmp_path / "one", tmp_path / "free", metric="f1_discontinuous")
    found = over_seeds([tmp_path / "one", tmp_path / "free"])["toy"]["f1"]
    assert found.values[str(tmp_path / "one")] == 1
    with pytest.raises(UserError, match="One run has no spread"):
        over_seeds([tmp_path / "one"])
    with pytest.raises(UserError, match="one is given twice"):
        over_seeds([tmp_path / "one", tmp_path / "free", tmp_path / "one"])


def test_a_finished_training_isnt_repeated_and_another_needs_leave(trained: Path, data: Path) -> None:
    mode = json.loads((trained / "training.json").read_text("utf-8"))["recipe"]["mode"]
    before = (trained / "model.safetensors").stat().st_mtime_ns
    training.train(recipe(data, trained.parent, mode=mode), data, False, silent)
    assert (trained / "model.safetensors").stat().st_mtime_ns == before
    with pytest.raises(UserError, match="seed-42 exists already"):
        training.train(recipe(data, trained.parent, mode=mode, batch=4), data, False, silent)


def test_texts_longer_than_the_window_count_as_answered_wrongly(
    trained: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation.sentences, "WINDOW", 12)
    scored = run(trained, data, tmp_path / "run").datasets["toy"]
    assert 0 < scored.too_long < 1
    assert 0 < scored.metrics["recall"].value < 1
    assert scored.metrics["precision"].value == 1


def test_training_sentences_longer_than_the_window_are_counted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluation.sentences, "WINDOW", 12)
    (told,) = training.train(
        recipe(data, tmp_path, train=["train"], epochs=1, first_dev=1), data, False, silent
    ).values()
    assert told.dropped == {"more pieces than the window": 5 - told.sentences[0]}
    assert told.sentences[0] > 0
    assert "training sentences are left out: more than 12 pieces, as toy/train/" in capsys.readouterr().err


def test_the_same_seed_makes_the_same_model(data: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        training.train(recipe(data, tmp_path / name, train=["train"], epochs=2, first_dev=2), data, False, silent)
    first, second = ((tmp_path / name / "seed-42" / "model.safetensors").read_bytes() for name in ("a", "b"))
    assert first == second


def test_an_interrupted_training_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    def interrupted(stage: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    short = {"train": ["train"] * 2, "epochs": 4, "first_dev": 1}
    with pytest.raises(KeyboardInterrupt):
        training.train(recipe(data, tmp_path / "a", **short), data, False, interrupted)
    assert not (tmp_path / "a" / "seed-42").exists()
    begun: list[float] = []
    told = [
        training.train(recipe(data, tmp_path / name, **short), data, False, lambda _, share: begun.append(share))[42]
        for name in ("a", "b")
    ]
    assert begun[0] > 0.5
    assert told[0].epochs == told[1].epochs
    first, second = ((tmp_path / name / "seed-42" / "model.safetensors").read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_model_of_other_types_is_refused(trained: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^demo-ner asks for Chemical, Disease, Gene; the model points at ADR, Protein, DNA"
    ):
        evaluation.evaluate(
            trained, suites.load("demo-ner"), data, tmp_path / "run", Settings(limit=1), True, None, silent
        )
    assert not (tmp_path / "run").exists()


def test_other_questions_are_refused(trained: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"asks .* questions; a pointer model answers ner questions alone"):
        evaluation.evaluate(trained, suites.load("demo-nli"), data, tmp_path / "run", Settings(), True, None, silent)


def test_long_training_sentences_are_cut_at_full_stops_outside_of_mentions() -> None:
    text = "a . b . c d . e"
    places = tuple((place, place + 1) for place in range(0, len(text), 2))
    one = Sentence("s", text, places, (Found((0,), 0), Found((2, 4), 1), Found((7,), 0)))
    cut = list(training.parts(one, 4))
    assert [(part.id, [text[start:end] for start, end in part.places]) for part in cut] == [
        ("s.1", ["a", "."]),
        ("s.2", ["b", ".", "c", "d", "."]),
        ("s.3", ["e"]),
    ]
    assert [part.mentions for part in cut] == [(Found((0,), 0),), (Found((0, 2), 1),), (Found((0,), 0),)]
    assert list(training.parts(one, 8)) == [one]


@pytest.mark.parametrize("name", [path.removesuffix(".yaml") for path in assets.names("recipes/pointer", "*.yaml")])
def test_recipes_validate(name: str) -> None:
    assert pointer_recipe(name).epochs >= 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": None}, "either a base or a config"),
        ({"base": "x"}, "either a base or a config"),
        ({"first_dev": 6}, "No epoch can be chosen: the first is 6, of 5"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(data: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        recipe(data, data, **changes)


def test_the_commands_say_what_is_wrong(data: Path, tmp_path: Path) -> None:
    failed(mnlu("pointer", "train", "nowhere"), "Unknown pointer recipe 'nowhere'")
    out = f"out={tmp_path}"
    missing = mnlu("pointer", "train", "cadec", "--set", out, "--set", "base=/nowhere", data=data)
    failed(missing, "cadec can't be trained on: cadec.train.id is not in")
    failed(
        mnlu("pointer", "eval", "--model", data, "--corpus", data / "toy.py", "--out", tmp_path / "x", data=data),
        "There is no model in",
    )


def test_the_commands_from_a_recipe_to_a_mean_over_seeds(data: Path, tmp_path: Path) -> None:
    written = recipe(data, tmp_path / "models", epochs=1, first_dev=1, seeds=(1, 2)).model_dump(mode="json")
    (tmp_path / "toy.yaml").write_text(json.dumps(written), "utf-8")
    told = mnlu("pointer", "train", tmp_path / "toy.yaml", "--json", data=data, OMP_NUM_THREADS="1")
    assert told.returncode == 0, told.stderr
    models = list(json.loads(told.stdout))
    assert [Path(model).name for model in models] == ["seed-1", "seed-2"]
    runs = [tmp_path / "run-1", tmp_path / "run-2"]
    for model, out in zip(models, runs, strict=True):
        asked = mnlu("pointer", "eval", "--model", model, "--corpus", data / "toy.py", "--out", out, data=data)
        assert asked.returncode == 0, asked.stderr
        assert "--mode places" in asked.stdout
    found = json.loads(mnlu("pointer", "seeds", *runs, "--mode", "places", "--json").stdout)["toy"]
    assert found["f1"]["mean"] == pytest.approx(sum(found["f1"]["values"].values()) / 2)
    assert {"f1_discontinuous", "f1_with_discontinuous"} <= found.keys()
    answered = (
        "eval",
        "--engine",
        "transformers",
        "--model",
        models[0],
        "--corpus",
        "demo-ner",
        "--out",
        tmp_path / "x",
    )
    failed(mnlu(*answered), "is a pointer model", "mnlu pointer eval")
