"""Chain of thought: reason in words, then a fixed marker with the final answer (2205.11916)."""

from pathlib import Path

from agent.system2.method import Call, Steps
from agent.system2.prompts import read_prompts
from agent.system2.reading import Written, marked_vote, one

NAME = "chain_of_thought"


class ChainOfThought:
    """Reasoning in words; only an answer behind the marker counts.

    Args:
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME
    family = "words"

    def __init__(self, prompts: Path | None = None) -> None:
        self._reason = read_prompts(NAME, prompts)["reason"]

    def fits(self, question: str) -> bool:  # noqa: ARG002 - the protocol's
        """Anything can be reasoned about in words."""
        return True

    def sample(self, question: str) -> Steps:
        """One stage: the reasoning with its answer.

        Args:
            question: A standalone question.

        Returns:
            The sample.
        """
        reasoning = yield from one(Call("reason", self._reason.prompt(question=question)))
        written = Written("reason", self._reason.written(reasoning))
        return marked_vote(NAME, question, [written], reasoning)
