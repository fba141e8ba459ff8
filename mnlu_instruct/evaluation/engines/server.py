"""The engine `server`: any server with OpenAI's completions API, such as `vllm serve`, on one node or many."""

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
"""Sends the request about the prompt at an index."""

CONCURRENT = 256
"""Concurrent requests: enough for a server to fill its batches."""
RETRIES = 8
"""Retries of a request that is turned away (429), fails (5xx) or gets no answer, with waits that grow up to 8 s."""
LOGPROBS = 20
"""Of how many tokens vLLM's server tells the log-probability of, if it isn't told another number."""
SECONDS = 600.0
"""Timeout of a request."""


class Server:
    """A model on a server; its tokenizer is loaded here, as prompts are sent as token ids.

    Args:
        model: the folder or name of the tokenizer, and the name of the model where the server has several.
        url: the address, ending with `/v1`.

    Raises:
        UserError: no server answers there, or not with a list of models; it has several models, none of that name.
    """

    hint = "is 'vllm serve' running there? The address ends with /v1."

    apart = False

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
        # vLLM tells its context length. Other servers don't; they refuse prompts that are too long.
        self.context = int(getattr(chosen[0], "max_model_len", None) or 2**20)
        self.name = f"server {self.model}"
        # 'vllm serve' uses the penalty in the model's generation_config.json, unless a request gives another, and stops
        # at the tokens of that file and the tokenizer's end-of-text, not at the chat template's.
        own = {"repetition_penalty": 1.0, "stop_token_ids": chat.ends(self.tokenizer)}
        self.greedy = own if getattr(chosen[0], "owned_by", None) == "vllm" else {}

    @property
    def runs_on(self) -> str:
        """Where it runs; what numbers it has there isn't known."""
        return f"the server at {self.url}"

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
        """Send many requests concurrently; `done` gets each answer as it arrives.

        Raises:
            UserError: a request fails for good.
        """
        found: dict[int, Completion] = {}
        within = grammars or [None] * len(prompts)

        async def ask(client: AsyncOpenAI, index: int) -> Completion:
            return await self.complete(client, prompts[index], limits[index], within[index])

        for index, completion in self._answers(len(prompts), ask):
            found[index] = completion
            done({index: completion})
        return [found[index] for index in range(len(prompts))]

    async def complete(self, client: AsyncOpenAI, prompt: list[int], limit: int, grammar: str | None) -> Completion:
        """Send one request; `limit` is the most tokens of its answer."""
        answer = await client.completions.create(
            model=self.model,
            prompt=prompt,
            max_tokens=limit,
            temperature=0,
            extra_body=self.greedy | ({"structured_outputs": {"grammar": grammar}} if grammar else {}),
        )
        choice = answer.choices[0]
        tokens = answer.usage.completion_tokens if answer.usage else 0
        return Completion(choice.text, choice.finish_reason or "stop", tokens)

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        """Generate one token each, with the log-probabilities of the tokens asked about; only vLLM's server has these.

        If any is about more tokens than a server tells by default, that is asked first, before it costs anything.

        Raises:
            UserError: a request fails for good, or the server doesn't return them, or not of so many tokens.
        """

        async def ask(client: AsyncOpenAI, index: int) -> list[float]:
            asked = tokens[index]
            try:
                answer = await client.completions.create(
                    model=self.model,
                    prompt=prompts[index],
                    max_tokens=1,
                    temperature=0,
                    logprobs=len(asked),
                    extra_body={"logprob_token_ids": asked, "return_tokens_as_token_ids": True},
                )
            except openai.BadRequestError as error:
                if len(asked) <= LOGPROBS:
                    raise
                raise UserError(
                    f"{self.url} refuses a question with {len(asked)} options by likelihood: {_reason(error)}.",
                    f"start it with 'vllm serve --max-logprobs {most}'; its default is {LOGPROBS}.",
                ) from error
            told: Any = answer.choices[0].logprobs
            try:
                return [told.top_logprobs[0][f"token_id:{token}"] for token in asked]
            except NO_ANSWER as error:
                raise UserError(
                    f"{self.url} doesn't return the log-probabilities of given tokens.",
                    "'vllm serve' does (`logprob_token_ids`); use --by generation with other servers.",
                ) from error

        most = max(map(len, tokens), default=0)
        order = sorted(range(len(prompts)), key=lambda index: len(tokens[index]) < most)
        first = 1 if most > LOGPROBS else 0
        for some in (order[:first], order[first:]):

            async def ask_one(client: AsyncOpenAI, place: int, some: Sequence[int] = some) -> list[float]:
                return await ask(client, some[place])

            for place, likelihoods in self._answers(len(some), ask_one):
                done({some[place]: likelihoods})

    def _answers(self, count: int, ask: Ask[Found]) -> Iterator[tuple[int, Found]]:
        """Answers in the order in which they arrive."""
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
                    # Failed requests come last, so that the answers that arrived with them are kept.
                    yield from (task.result() for task in sorted(finished, key=_failed))
            finally:
                runner.run(_ended(pending, client))

    async def _answer(self, client: AsyncOpenAI, index: int, ask: Ask[Found]) -> tuple[int, Found]:
        try:
            return index, await ask(client, index)
        except openai.OpenAIError as error:
            raise self._error(error) from error
        except NO_ANSWER as error:
            raise UserError(f"The answer of {self.url} is not a completion.", self.hint) from error

    async def _models(self) -> list[openai.types.Model]:
        try:
            async with await self._client() as client:
                return [one async for one in client.models.list()]
        except openai.OpenAIError as error:
            raise self._error(error) from error
        except NO_ANSWER as error:
            raise UserError(f"The answer of {self.url} is not a list of models.", self.hint) from error

    async def _client(self) -> AsyncOpenAI:
        key = os.environ.get("OPENAI_API_KEY", "none")  # vLLM needs no key
        return AsyncOpenAI(base_url=self.url, api_key=key, max_retries=RETRIES, timeout=SECONDS)

    def _error(self, error: openai.OpenAIError) -> UserError:
        hint = f"{self.hint} Answers so far are kept: the same command goes on from there."
        return UserError(f"{self.url} fails: {_reason(error)}.", hint)


def _reason(error: openai.OpenAIError) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")


def _failed(task: asyncio.Task[tuple[int, Found]]) -> bool:
    return task.exception() is not None


async def _ended(pending: set[asyncio.Task[tuple[int, Found]]], client: AsyncOpenAI) -> None:
    """Cancel the pending requests and close all connections."""
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    await client.close()


NO_ANSWER = (ValueError, LookupError, TypeError, AttributeError)
"""The errors that answers raise which aren't JSON, or JSON of another shape."""
