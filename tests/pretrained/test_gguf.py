"""GGUF files become folders with the same model; what is none, or can't be read, is one sentence."""

from pathlib import Path

import gguf as format
import numpy as np
import pytest
import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM

from mnlu_instruct.errors import UserError
from mnlu_instruct.pretrained import gguf
from mnlu_instruct.prompting import chat
from tests.prompting.families import FAMILIES
from tests.support import failed, mnlu

HIDDEN, INNER, HEADS, LAYERS, ROPE, CONTEXT = 64, 96, 4, 2, 100_000.0, 256
CHATML = FAMILIES["chatml, whose turns begin with the beginning-of-text"]
WORDS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "Ġt"]


def written(path: Path, architecture: str = "llama", kind: format.GGMLQuantizationType | None = None) -> Path:
    """A tiny Llama of random weights, with ChatML, as llama.cpp would write it; `kind` quantises its matrices."""
    writer = format.GGUFWriter(str(path), architecture)
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS // 2)
    writer.add_rope_freq_base(ROPE)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(WORDS)
    writer.add_token_types([3] * 3 + [1] * (len(WORDS) - 3))
    writer.add_token_merges(["Ġ t"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template(CHATML.template)
    random = np.random.default_rng(1)
    shapes = {"token_embd": (len(WORDS), HIDDEN), "output_norm": (HIDDEN,)}
    for layer in range(LAYERS):
        shapes |= {
            f"blk.{layer}.{name}": shape
            for name, shape in {
                "attn_norm": (HIDDEN,), "ffn_norm": (HIDDEN,), "attn_q": (HIDDEN, HIDDEN),
                "attn_k": (HIDDEN // 2, HIDDEN), "attn_v": (HIDDEN // 2, HIDDEN), "attn_output": (HIDDEN, HIDDEN),
                "ffn_gate": (INNER, HIDDEN), "ffn_up": (INNER, HIDDEN), "ffn_down": (HIDDEN, INNER),
            }.items()
        }  # fmt: skip
    for name, shape in shapes.items():
        values = random.normal(0, 0.1, shape).astype(np.float32)
        if kind is not None and len(shape) == 2:
            writer.add_tensor(f"{name}.weight", format.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def converted(source: Path, out: Path) -> gguf.Converted:
    return gguf.convert(source, out, overwrite=False, progress=lambda *_: None)


@pytest.mark.parametrize("kind", [None, format.GGMLQuantizationType.Q8_0], ids=["float32", "quantised"])
def test_the_folder_has_the_files_model(tmp_path: Path, kind: format.GGMLQuantizationType | None) -> None:
    made = converted(written(tmp_path / "tiny.gguf", kind=kind), tmp_path / "out")
    assert (made.architecture, made.tied, made.rope, made.context) == ("LlamaForCausalLM", True, ROPE, CONTEXT)
    from_file = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="tiny.gguf", dtype=torch.float32)
    saved = AutoModelForCausalLM.from_pretrained(made.folder, dtype=torch.float32)
    before, after = from_file.state_dict(), saved.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    tokenizer = chat.load_tokenizer(str(made.folder))
    assert tokenizer.convert_ids_to_tokens(chat.ends(tokenizer)) == ["<|im_end|>"]
    (ids,) = chat.prompt_ids(tokenizer, [[{"role": "user", "content": "Is it?"}]])
    assert tokenizer.decode(ids) == CHATML.asked


def test_the_command_and_its_checks(tmp_path: Path) -> None:
    source = written(tmp_path / "tiny.gguf")
    done = mnlu("models", "get", source, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "LlamaForCausalLM" in done.stdout and f"mnlu models check --model {tmp_path / 'out'}" in done.stdout
    failed(mnlu("models", "get", source, "--out", tmp_path / "out"), "exists")
    assert mnlu("models", "get", source, "--out", tmp_path / "out", "--overwrite").returncode == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04 an archive", "is no GGUF file"), (b"", "is no GGUF file"), (b"GGUF\x03\0\0\0", "can't be read")],
)
def test_what_is_no_gguf(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(UserError, match=words):
        converted(tmp_path / "x.gguf", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_architecture_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="architecture rwkv9 is not supported"):
        converted(written(tmp_path / "x.gguf", architecture="rwkv9"), tmp_path / "out")


def test_a_name_that_is_no_model_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    failed(mnlu("models", "get", "smollm3", "--out", tmp_path / "out"), "Unknown model 'smollm3'", "smollm2")
    failed(mnlu("models", "get", tmp_path / "x.gguf", "--out", tmp_path / "out"), "No file")
