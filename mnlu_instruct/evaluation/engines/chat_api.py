"""The engine `chat`: any service with OpenAI's chat completions API, which gets messages and has a template of its own.

No tokenizer is loaded: what the service makes of the messages isn't known, nor where a prompt gets too long.
"""

from collections.abc import Sequence
from typing import Any

import openai
from msgspec import json
from openai import AsyncOpenAI

from mnlu_instruct.evaluation.engines.engine import Completion
from mnlu_instruct.evaluation.engines.server import Server
from mnlu_instruct.prompting.packs import Message


class ChatApi(Server):
    """A model of a service, by its name there; a prompt's "ids" are the bytes of its messages as JSON.

    Requests are greedy (temperature 0) where the service allows it; what it doesn't allow is left out, and said in
    `runs_on`.
    """

    hint = "is the address right (it ends with /v1), is the model's name, and is OPENAI_API_KEY set?"

    def __init__(self, model: str, url: str) -> None:
        self.url, self.model, self.tokenizer = url, model, None
        self.name, self.context = f"chat {model}", 2**24
        self.limit_name, self.sampling = "max_tokens", {"temperature": 0}

    @property
    def runs_on(self) -> str:
        """Where it runs, and how it was asked."""
        return f"the service at {self.url}, {'temperature 0' if self.sampling else 'at its own temperature'}"

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """The bytes of the messages as JSON, from which they are read again."""
        return [list(json.encode(prompt)) for prompt in prompts]

    async def complete(self, client: AsyncOpenAI, prompt: list[int], limit: int, grammar: str | None) -> Completion:
        """Send one request; there are no grammars here."""
        answer = await self._create(client, json.decode(bytes(prompt)), limit)
        (choice, *_), usage = answer.choices, answer.usage
        counts = (usage.completion_tokens, usage.prompt_tokens) if usage else (0, None)
        return Completion(choice.message.content or "", choice.finish_reason or "stop", *counts)

    async def _create(self, client: AsyncOpenAI, messages: list[Message], limit: int) -> Any:
        """Send a request; if the service refuses a parameter by name, without it, from then on."""
        while True:
            sent = self.limit_name, self.sampling
            try:
                return await client.chat.completions.create(
                    model=self.model, messages=messages, **{self.limit_name: limit}, **self.sampling
                )  # type: ignore[call-overload]
            except openai.BadRequestError as error:
                if "max_completion_tokens" in str(error) and self.limit_name == "max_tokens":
                    self.limit_name = "max_completion_tokens"
                elif "temperature" in str(error) and self.sampling:
                    self.sampling = {}
                elif sent == (self.limit_name, self.sampling):  # else another request has changed them meanwhile
                    raise
