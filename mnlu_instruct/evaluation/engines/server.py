"""Any server that speaks OpenAI's completions, `vllm serve` above all: on this machine or others, one node or many."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import openai
from openai import AsyncOpenAI

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.engines.engine import Completion, Grammars
from mnlu_instruct.prompting import chat
from mnlu_instruct.prompting.packs import Message

Found = TypeVar("Found")
Ask = Callable[[AsyncOpenAI, int], Awaitable[Found]]
"""A request about the prompt of some place."""

CONCURRENT = 256
"""Requests under way at once: enough for a server to fill its batches."""
RETRIES = 8
"""Of a request that is turned away (429), fails (5xx) or gets no answer, after ever longer waits, up to 8 s each."""
SECONDS = 600.0
"""The longest wait for an answer."""


class Server:
    """A model behind an address; its tokenizer is here, so that prompts go out as token ids.

    Args:
        model: the folder or the name of the tokenizer, and the name of the model where the server has several.
        url: the address, with `/v1` at its end.

    Raises:
        UserError: nobody answers there, or not with a list of models; none of several is called so.
    """

    def __init__(self, model: str, url: str) -> None:
        self.url = url
        self.tokenizer = chat.load_tokenizer(model)
        with asyncio.Runner() as runner:
            served = runner.run(self._models())
        chosen = served if len(served) == 1 else [one for one in served if one.id == model]
        if not chosen:
            names = ", ".join(one.id for one in served) or "none"
            raise UserError(f"{url} serves no model '{model}'.", f"it serves: {names}.")
        self.model = chosen[0].id
        # vLLM says how long its context is; of another server it is not known, which refuses what is too long.
        self.context = int(getattr(chosen[0], "max_model_len", None) or 2**20)
        self.name = f"server {self.model}"
        # 'vllm serve' takes the penalty that the model's generation_config.json may name, if it isn't told of another.
        self.greedy = {"repetition_penalty": 1.0} if getattr(chosen[0], "owned_by", None) == "vllm" else {}

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """In the model's chat template."""
        return chat.prompt_ids(self.tokenizer, prompts)

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        """Many requests at once; each answer is told of as it comes.

        Raises:
            UserError: a request fails for good.
        """
        found: dict[int, Completion] = {}
        within = grammars or [None] * len(prompts)

        async def ask(client: AsyncOpenAI, index: int) -> Completion:
            grammar = within[index]
            answer = await client.completions.create(
                model=self.model,
                prompt=prompts[index],
                max_tokens=limits[index],
                temperature=0,
                extra_body=self.greedy | ({"structured_outputs": {"grammar": grammar}} if grammar else {}),
            )
            choice = answer.choices[0]
            tokens = answer.usage.completion_tokens if answer.usage else 0
            return Completion(choice.text, choice.finish_reason or "stop", tokens)

        for index, completion in self._answers(len(prompts), ask):
            found[index] = completion
            done({index: completion})
        return [found[index] for index in range(len(prompts))]

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        """One token each, with the likelihood of those asked about, as vLLM's server alone tells it.

        Raises:
            UserError: a request fails for good, or the server doesn't tell.
        """

        async def ask(client: AsyncOpenAI, index: int) -> list[float]:
            asked = tokens[index]
            answer = await client.completions.create(
                model=self.model,
                prompt=prompts[index],
                max_tokens=1,
                temperature=0,
                logprobs=len(asked),
                extra_body={"logprob_token_ids": asked, "return_tokens_as_token_ids": True},
            )
            told: Any = answer.choices[0].logprobs
            try:
                return [told.top_logprobs[0][f"token_id:{token}"] for token in asked]
            except NO_ANSWER as error:
                raise UserError(
                    f"{self.url} doesn't tell how likely the tokens are that it is asked about.",
                    "'vllm serve' does, by `logprob_token_ids`; other servers can be asked with --by generation.",
                ) from error

        for index, likelihoods in self._answers(len(prompts), ask):
            done({index: likelihoods})

    def _answers(self, count: int, ask: Ask[Found]) -> Iterator[tuple[int, Found]]:
        """Answers in the order in which they come."""
        waiting = iter(range(count))
        pending: set[asyncio.Task[tuple[int, Found]]] = set()
        with asyncio.Runner() as runner:
            client = runner.run(self._client())

            async def next_ones() -> set[asyncio.Task[tuple[int, Found]]]:
                for _, index in zip(range(CONCURRENT - len(pending)), waiting, strict=False):
                    pending.add(asyncio.create_task(self._answer(client, index, ask)))
                if not pending:
                    return set()
                finished, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                return finished

            try:
                while finished := runner.run(next_ones()):
                    pending -= finished
                    # Those that failed come last: what was answered beside them is kept.
                    yield from (task.result() for task in sorted(finished, key=_failed))
            finally:
                runner.run(_ended(pending, client))

    async def _answer(self, client: AsyncOpenAI, index: int, ask: Ask[Found]) -> tuple[int, Found]:
        try:
            return index, await ask(client, index)
        except openai.OpenAIError as error:
            raise self._error(error) from error
        except NO_ANSWER as error:
            raise UserError(f"{self.url} answers with something that is no completion.", HINT) from error

    async def _models(self) -> list[openai.types.Model]:
        try:
            async with await self._client() as client:
                return [one async for one in client.models.list()]
        except openai.OpenAIError as error:
            raise self._error(error) from error
        except NO_ANSWER as error:
            raise UserError(f"{self.url} answers with something that is no list of models.", HINT) from error

    async def _client(self) -> AsyncOpenAI:
        key = os.environ.get("OPENAI_API_KEY", "none")  # vLLM asks for none
        return AsyncOpenAI(base_url=self.url, api_key=key, max_retries=RETRIES, timeout=SECONDS)

    def _error(self, error: openai.OpenAIError) -> UserError:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        return UserError(f"{self.url} fails: {reason}.", f"{HINT} What was answered is kept: the same command goes on.")


def _failed(task: asyncio.Task[tuple[int, Found]]) -> bool:
    return task.exception() is not None


async def _ended(pending: set[asyncio.Task[tuple[int, Found]]], client: AsyncOpenAI) -> None:
    """Leave no request under way, and no connection open."""
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    await client.close()


NO_ANSWER = (ValueError, LookupError, TypeError, AttributeError)
"""What comes of bytes that are no JSON, or JSON of another shape."""
HINT = "is 'vllm serve' running there? The address ends with /v1."
