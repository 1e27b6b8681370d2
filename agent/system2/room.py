"""Whether prompts leave room for an answer in what the model reads."""

from collections.abc import Sequence

from models.types import LanguageModel, Prompt

_ROLE_BYTES = 64
"""More than a template puts around a message; a token has at least one byte."""


def too_long(lm: LanguageModel, prompts: Sequence[Prompt]) -> str:
    """What is too long among prompts; empty when all fit. Only those that may be are counted."""
    limit = lm.context_tokens
    long = [prompt for prompt in prompts if _bytes(prompt) >= limit]
    tokens = max((lm.count_tokens(prompt) for prompt in long), default=0)
    return (
        f"a prompt of {tokens:,} tokens, and the model reads {limit:,}" if tokens >= limit else ""
    )


def _bytes(prompt: Prompt) -> int:
    """At least as many as the prompt has tokens."""
    return sum(len(message.content.encode()) + _ROLE_BYTES for message in prompt.messages)
