"""A tokenizer that counts bytes."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from mnlu_instruct.prompting import chat, templates


def byte_tokenizer() -> chat.Tokenizer:
    """A tokenizer of bytes, with a beginning and an end of text, and Zephyr's template."""
    vocabulary = {
        token: index for index, token in enumerate(["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())])
    }
    raw = Tokenizer(models.BPE(vocabulary, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    made.chat_template = templates.ZEPHYR
    return made
