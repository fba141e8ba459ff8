"""Chat formats of families of models, as facts: templates in the shape of each family's, written anew."""

from dataclasses import dataclass

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from mnlu_instruct.prompting import chat, templates

ALTERNATE = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant.') }}{% endif %}{% endfor %}"
)
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def helpful(words: str) -> str:
    """ChatML with a system message by default."""
    told = f"{{{{ '<|im_start|>system\n{words}<|im_end|>\n' }}}}"
    return f"{{% if messages[0].role != 'system' %}}{told}{{% endif %}}{CHATML}"


LLAMA_2 = (
    "{% if messages[0].role == 'system' %}{% set told = '<<SYS>>\n' + messages[0].content + '\n<</SYS>>\n\n' %}"
    "{% set messages = messages[1:] %}{% else %}{% set told = '' %}{% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}"
    "{{ bos_token + '[INST] ' + (told if loop.first else '') + m.content.strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + m.content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
LLAMA_3 = (
    "{% for m in messages %}{{ (bos_token if loop.first else '') + '<|start_header_id|>' + m.role"
    " + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
MISTRAL_1 = (
    "{{ bos_token }}" + ALTERNATE + "{% for m in messages %}{% if m.role == 'user' %}"
    "{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ m.content + eos_token + ' ' }}{% endif %}{% endfor %}"
)
MISTRAL_3 = MISTRAL_1.replace("{{ m.content + eos_token + ' ' }}", "{{ ' ' + m.content + eos_token }}")
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    + ALTERNATE
    + "{% for m in messages %}{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n'"
    " + m.content | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
ZEPHYR = (
    "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
PHI_3 = (
    "{% for m in messages if m.role != 'system' %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
)


@dataclass(frozen=True)
class Family:
    """A family's template and tokenizer, and what becomes of a question and its answer.

    Attributes:
        template: its chat template.
        asked: the question "Is it?", ready for its answer, as it must be tokenised.
        told: what follows with the answer "(A)", up to and with the token that ends it.
        system: the question after the system message "Read.".
        bos, eos: the tokenizer's beginning and end of text.
        adds: whether the tokenizer puts the beginning before plain text.
        marks: its other special tokens.
        ends: the tokens that end an answer.
    """

    template: str
    asked: str
    told: str
    system: str
    bos: str | None
    eos: str
    adds: bool = False
    marks: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


IM = ("<|im_start|>", "<|im_end|>")
TURN = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
SMOL = "<|im_start|>system\nYou are a helpful AI assistant.<|im_end|>\n"
HEADED = "<|begin|><|start_header_id|>user<|end_header_id|>\n\nIs it?<|eot_id|>{}"
SAID = "<|start_header_id|>assistant<|end_header_id|>\n\n"
SEEN = "Read.\n\nIs it?"

FAMILIES = {
    "zephyr, of this package": Family(
        templates.ZEPHYR, "<s><|user|>\nIs it?</s>\n<|assistant|>\n", "(A)</s>",
        "<s><|system|>\nRead.</s>\n<|user|>\nIs it?</s>\n<|assistant|>\n", "<s>", "</s>", adds=True, ends=("</s>",),
    ),
    "zephyr": Family(
        ZEPHYR, "<s><|user|>\nIs it?</s>\n<|assistant|>", "\n(A)</s>",
        "<s><|system|>\nRead.</s>\n<|user|>\nIs it?</s>\n<|assistant|>", "<s>", "</s>", adds=True, ends=("</s>",),
    ),
    "plain": Family(
        templates.PLAIN, "Is it?\n\n", "(A)<|endoftext|>", "Read.\n\nIs it?\n\n", "<|endoftext|>", "<|endoftext|>",
        ends=("<|endoftext|>",),
    ),
    "plain, with a beginning": Family(
        templates.PLAIN, "</s>Is it?\n\n", "(A)</s>", "</s>Read.\n\nIs it?\n\n", "</s>", "</s>", adds=True,
        ends=("</s>",),
    ),
    "chatml": Family(
        CHATML, TURN.format("Is it?"), "(A)<|im_end|>",
        "<|im_start|>system\nRead.<|im_end|>\n" + TURN.format("Is it?"), None, "<|im_end|>", marks=IM,
        ends=("<|im_end|>",),
    ),
    "chatml, whose turns begin with the beginning-of-text": Family(
        helpful("You are a helpful AI assistant."), SMOL + TURN.format("Is it?"), "(A)<|im_end|>",
        "<|im_start|>system\nRead.<|im_end|>\n" + TURN.format("Is it?"), "<|im_start|>", "<|im_end|>", marks=IM,
        ends=("<|im_end|>",),
    ),
    "qwen": Family(
        helpful("You are a helpful AI assistant."), SMOL + TURN.format("Is it?"), "(A)<|im_end|>",
        "<|im_start|>system\nRead.<|im_end|>\n" + TURN.format("Is it?"), None, "<|endoftext|>", marks=IM,
        ends=("<|im_end|>", "<|endoftext|>"),
    ),
    "llama 2": Family(
        LLAMA_2, "<s>[INST] Is it? [/INST]", " (A) </s>", "<s>[INST] <<SYS>>\nRead.\n<</SYS>>\n\nIs it? [/INST]",
        "<s>", "</s>", adds=True, ends=("</s>",),
    ),
    "llama 3": Family(
        LLAMA_3, HEADED.format(SAID), "(A)<|eot_id|>",
        "<|begin|><|start_header_id|>system<|end_header_id|>\n\nRead.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nIs it?<|eot_id|>" + SAID,
        "<|begin|>", "<|end_of_text|>", adds=True, marks=("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        ends=("<|eot_id|>", "<|end_of_text|>"),
    ),
    "mistral 0.1": Family(
        MISTRAL_1, "<s>[INST] Is it? [/INST]", "(A)</s>", f"<s>[INST] {SEEN} [/INST]", "<s>", "</s>", adds=True,
        ends=("</s>",),
    ),
    "mistral 0.3": Family(
        MISTRAL_3, "<s>[INST] Is it? [/INST]", " (A)</s>", f"<s>[INST] {SEEN} [/INST]", "<s>", "</s>", adds=True,
        marks=("[INST]", "[/INST]"), ends=("</s>",),
    ),
    "gemma": Family(
        GEMMA, "<bos><start_of_turn>user\nIs it?<end_of_turn>\n<start_of_turn>model\n", "(A)<end_of_turn>",
        f"<bos><start_of_turn>user\n{SEEN}<end_of_turn>\n<start_of_turn>model\n", "<bos>", "<eos>", adds=True,
        marks=("<start_of_turn>", "<end_of_turn>"), ends=("<end_of_turn>", "<eos>"),
    ),
    "phi 3": Family(
        PHI_3, "<|user|>\nIs it?<|end|>\n<|assistant|>\n", "(A)<|end|>",
        f"<|user|>\n{SEEN}<|end|>\n<|assistant|>\n", "<s>", "<|endoftext|>",
        marks=("<|user|>", "<|assistant|>", "<|system|>", "<|end|>"), ends=("<|end|>", "<|endoftext|>"),
    ),
}  # fmt: skip


def byte_level(family: Family) -> chat.Tokenizer:
    """A tokenizer as GPT-2's: bytes, of which two line breaks are one token where nothing but blanks follow."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    model = models.BPE({one: index for index, one in enumerate([*alphabet, "ĊĊ"])}, [("Ċ", "Ċ")])
    raw = Tokenizer(model)
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    return _marked(raw, family)


def sentence_piece(family: Family) -> chat.Tokenizer:
    """A tokenizer as Llama 2's: a blank belongs to the word behind it, and stands before a text."""
    words = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *["▁", "(", "A", "▁(", "]("], *"IsitRead.[/NST]?)"]
    vocabulary = {word: index for index, word in enumerate(dict.fromkeys(words))}
    raw = Tokenizer(models.BPE(vocabulary, [("▁", "("), ("]", "(")], unk_token="<unk>", byte_fallback=True))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return _marked(raw, family)


def _marked(raw: Tokenizer, family: Family) -> chat.Tokenizer:
    raw.add_special_tokens([*filter(None, (family.bos, family.eos)), *family.marks])
    if family.adds and family.bos:
        place = raw.token_to_id(family.bos)
        raw.post_processor = processors.TemplateProcessing(f"{family.bos} $A", None, [(family.bos, place)])
    made = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token=family.bos, eos_token=family.eos)
    made.chat_template = family.template
    return made
