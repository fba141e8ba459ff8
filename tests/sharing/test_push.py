"""What is sent to a hub, and what never is: texts under an agreement, scores of a part of a test set."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import terms
from mnlu_instruct.sharing.upload import prepared
from tests.dataset.test_build import built
from tests.sharing.hub_here import Hub, hub
from tests.support import failed, mnlu

CARD = "---\nlibrary_name: transformers\ntags: [medical]\n---\n\n# tuned\n\nWords.\n"


@pytest.fixture(scope="module")
def here() -> Iterator[Hub]:
    with hub() as found:
        yield found


def pushed(*words: str | Path, here: Hub, token: str = "hf_right") -> "subprocess.CompletedProcess[str]":
    """`mnlu push` with the hub that is here."""
    return mnlu("push", *words, **surroundings(here.address, token))


def surroundings(address: str, token: str) -> dict[str, str]:
    """The environment of a command that sends to a hub; `LC_ALL` makes it start anew, as the address is read early."""
    return {"HF_ENDPOINT": address, "HF_TOKEN": token, "HF_HUB_OFFLINE": "0", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data") / "set"
    built(out, corpora=["demo"], tasks=["dc", "nli"], n=40, validation=0.3)
    return out


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the demo suite whose answers are a baseline's."""
    folder = tmp_path_factory.mktemp("run")
    done = mnlu("eval", "--engine", "baseline", "--model", "majority", "--suite", "demo", "--out", folder / "run")
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.fixture
def model(run: Path, tmp_path: Path) -> Path:
    """A model's folder as training leaves it, and beside it a run whose model it is said to be."""
    folder = tmp_path / "tuned"
    (folder / "checkpoint-10").mkdir(parents=True)
    (folder / "checkpoint-10" / "optimizer.pt").write_bytes(b"x")
    for name in ("config.json", "model.safetensors", "training_args.bin", "trainer_state.json", ".hidden"):
        (folder / name).write_bytes(b"{}")
    (folder / terms.NAME).write_text("{}", "utf-8")
    (folder / "README.md").write_text(
        "---\nlibrary_name: transformers\ntags: [medical]\n---\n\n# tuned\n\nWords.\n", "utf-8"
    )
    shutil.copytree(run, tmp_path / "run")
    about = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    (tmp_path / "run" / "run.json").write_text(json.dumps({**about, "model": str(folder), "engine": "vllm"}), "utf-8")
    return folder


def test_a_data_set_arrives_whole_and_private(data: Path, here: Hub) -> None:
    done = pushed(data, "me/set", here=here)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"Sent to {here.address}/datasets/me/set."
    assert here.private["datasets/me/set"] is True
    assert here.files["datasets/me/set"] == {path.name: path.read_bytes() for path in data.iterdir()}
    assert any(name.startswith("validation-") for name in here.files["datasets/me/set"])


def test_only_files_of_the_data_set_are_sent(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "x")
    (tmp_path / "x" / "notes.txt").write_text("patients seen on Monday", "utf-8")
    assert sorted(path.name for path in prepared(tmp_path / "x", []).files) == sorted(
        path.name for path in data.iterdir() if path.name != "README.md"
    )


def test_a_card_that_the_hub_refuses(model: Path, here: Hub) -> None:
    text = (model / "README.md").read_text("utf-8").replace("---\nlibrary", "---\nlicense: unknown-licence\nlibrary")
    (model / "README.md").write_text(text, "utf-8")
    failed(pushed(model, "me/refused", here=here), "The hub refuses the card", "must be one of those known")
    assert "models/me/refused" not in here.files


def test_a_dry_run_sends_nothing(data: Path, here: Hub) -> None:
    done = pushed(data, "me/dry", "--dry-run", "--json", here=here)
    said = json.loads(done.stdout)
    assert said["sent"] is False and said["kind"] == "dataset"
    assert sorted(said["files"]) == sorted(path.name for path in data.iterdir())
    assert said["bytes"] == sum(path.stat().st_size for path in data.iterdir())
    assert "datasets/me/dry" not in here.private


def test_texts_under_an_agreement_are_never_sent(tmp_path: Path, here: Hub) -> None:
    built(tmp_path / "x", corpora=["n2c2-2022-sdoh", "trialstop"], tasks=["ee", "dc"])
    failed(
        pushed(tmp_path / "x", "me/x", "--public", here=here),
        "must not be passed on: n2c2-2022-sdoh (data use agreement)",
    )
    assert "datasets/me/x" not in here.private


def test_a_data_set_that_was_changed_is_not_sent(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "x")
    next((tmp_path / "x").glob("train-*")).write_bytes(b"PAR1")
    with pytest.raises(UserError, match="was changed after the build"):
        prepared(tmp_path / "x", [])


def test_a_model_goes_with_its_card_and_scores_and_without_what_resumes_it(model: Path, here: Hub) -> None:
    done = pushed(model, "me/tuned", "--results", model.with_name("run"), "--public", here=here)
    assert done.returncode == 0, done.stderr
    assert here.private["models/me/tuned"] is False
    sent = here.files["models/me/tuned"]
    assert set(sent) == {"README.md", "config.json", "model.safetensors", terms.NAME}
    card = ModelCard(sent["README.md"].decode())
    assert card.text.strip() == "# tuned\n\nWords."
    assert card.data.tags == ["medical"] and card.data.library_name == "transformers"
    scores = json.loads((model.with_name("run") / "scores.json").read_text("utf-8"))
    by_name = {one.dataset_name: one for one in card.data.eval_results}
    for name, score in scores["datasets"].items():
        assert by_name[name].metric_type == score["headline"]
        assert by_name[name].metric_value == pytest.approx(
            100 * score["metrics"][score["headline"]]["value"], abs=0.005
        )
        assert by_name[name].metric_args["mode"] == "strict" and by_name[name].dataset_split == "test"
    (mean,) = (one for name, one in by_name.items() if name not in scores["datasets"])
    assert mean.metric_value == scores["suites"]["demo"]["mean"]
    assert (model / "README.md").read_text("utf-8").startswith("---\nlibrary_name")  # its own card stays as it is


def test_scores_of_a_sample_are_left_out_and_said(model: Path, tmp_path: Path) -> None:
    asked = ["eval", "--engine", "baseline", "--model", "majority", "--suite", "demo", "--limit", "3", "--out"]
    done = mnlu(*asked, tmp_path / "few")
    assert done.returncode == 0, done.stderr
    about = json.loads((tmp_path / "few" / "run.json").read_text("utf-8"))
    (tmp_path / "few" / "run.json").write_text(json.dumps({**about, "model": str(model), "engine": "vllm"}), "utf-8")
    upload = prepared(model, [tmp_path / "few"])
    assert upload.scores == 0
    assert any("answered 3 of" in words for words in upload.left_out)
    assert "model-index" not in yaml.safe_load(upload.card.decode().split("---\n")[1])


def test_a_run_of_another_model_is_refused(model: Path, run: Path) -> None:
    with pytest.raises(UserError, match="is of the model majority, not of"):
        prepared(model, [run])


def test_a_model_that_learnt_from_such_texts_is_refused(model: Path, tmp_path: Path) -> None:
    (model / terms.NAME).write_text('{"n2c2-2022-sdoh": "data use agreement"}', "utf-8")
    with pytest.raises(UserError, match=r"learnt from texts that must not be passed on: n2c2-2022-sdoh \(data use"):
        prepared(model, [])
    base = tmp_path / "base"
    base.mkdir()
    (base / terms.NAME).write_text('{"cdsr": "forbidden by its licence"}', "utf-8")
    merged = tmp_path / "merged"
    merged.mkdir()
    assert terms.carry(model, base, merged).keys() == {"n2c2-2022-sdoh", "cdsr"}
    assert terms.of_model(merged) == terms.carry(model, base, merged)


def test_terms_pass_from_base_and_data_to_what_is_tuned(data: Path, tmp_path: Path) -> None:
    base, tuned = tmp_path / "base", tmp_path / "tuned"
    for folder in (base, tuned):
        folder.mkdir()
    assert terms.write(data, str(base), tuned) == {}
    (base / terms.NAME).write_text('{"cdsr": "forbidden by its licence"}', "utf-8")
    assert terms.write(data, str(base), tuned) == {"cdsr": "forbidden by its licence"}
    built(tmp_path / "x", corpora=["n2c2-2022-sdoh"], tasks=["ee"])
    assert terms.write(tmp_path / "x", None, tuned) == {"n2c2-2022-sdoh": "data use agreement"}
    (base / terms.NAME).write_text("[1", "utf-8")
    with pytest.raises(UserError, match=r"terms\.json can't be read"):
        terms.of_model(base)


def test_where_nothing_is_known_it_is_said(model: Path, here: Hub) -> None:
    (model / terms.NAME).unlink()
    done = pushed(model, "me/unknown", here=here)
    assert done.returncode == 0, done.stderr
    assert "doesn't say whose texts the model learnt" in " ".join(done.stderr.split())


def test_a_public_repository_takes_nothing_unasked(data: Path, here: Hub) -> None:
    here.private["datasets/me/open"] = False
    failed(pushed(data, "me/open", here=here), "me/open is there already, and public")
    assert "datasets/me/open" not in here.files
    assert pushed(data, "me/open", "--public", here=here).returncode == 0


@pytest.mark.parametrize(
    ("name", "token", "words"),
    [
        ("me/set", "hf_wrong", "The hub refuses (401): Invalid username or password."),
        ("me/a/b", "hf_right", "me/a/b is no name of a repository"),
        ("me/set", "", "The hub refuses (401)"),
    ],
)
def test_the_hubs_errors_are_sentences(name: str, token: str, words: str, data: Path, here: Hub) -> None:
    failed(pushed(data, name, here=here, token=token), words)


def test_a_hub_that_is_not_there(data: Path) -> None:
    failed(mnlu("push", data, "me/set", **surroundings("http://127.0.0.1:9", "x")), "The hub can't be reached")


def test_a_folder_with_neither(tmp_path: Path) -> None:
    failed(mnlu("push", tmp_path, "me/x"), "holds neither a data set (manifest.json) nor a model")
    failed(mnlu("push", tmp_path / "nowhere", "me/x"), "holds neither a data set (manifest.json) nor a model")


def test_scores_are_no_part_of_a_data_set(data: Path, run: Path) -> None:
    with pytest.raises(UserError, match="is a data set, and scores are of models"):
        prepared(data, [run])
