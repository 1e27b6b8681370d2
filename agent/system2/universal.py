"""Universal self-consistency: the model picks the answer that most samples agree with (2311.17311).

For free text, which no count of equal answers can decide.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from agent.system2.families import UNIVERSAL
from agent.system2.method import Call, Steps
from agent.system2.prompts import read_prompts
from agent.system2.reading import one
from memory.answers import Kind, kind_of
from memory.records import Vote
from models.types import Finish, Generation

NAME = UNIVERSAL
_MAX_TOKENS = 8
_WORDS = 4
"""An answer of fewer words is not free text: its spelling decides."""
_NUMBER = re.compile(r"\d+")


class UniversalConsistency:
    """One call over the texts of all samples, and the number it replies with.

    Args:
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME
    family = "words"

    def __init__(self, prompts: Path | None = None) -> None:
        self._choose = read_prompts(NAME, prompts)["choose"]

    def fits(self, votes: Sequence[Vote]) -> bool:
        """Whether votes are free texts, at least two, that no count can decide."""
        texts = _texts(votes)
        free = [len(text.split()) >= _WORDS and kind_of(text) is Kind.TEXT for text in texts]
        return len(texts) > 1 and all(free)

    def sample(self, question: str, votes: Sequence[Vote]) -> Steps:
        """One stage: the choice.

        Args:
            question: What the votes answer.
            votes: Of one method.

        Returns:
            The sample; its vote is for the answer that was chosen.
        """
        texts = _texts(votes)
        reply = yield from one(self.call(question, texts))
        at = self.chosen(reply, len(texts))
        if at is None:
            return Vote(NAME, None, reply.text, 0, "it chose none of the texts")
        return Vote(NAME, texts[at], reply.text, 0)

    def call(self, question: str, texts: Sequence[str]) -> Call:
        """Ask which text is most consistent with the others.

        Args:
            question: What they answer.
            texts: The samples, at least one.

        Returns:
            A greedy call; the texts are numbered from 1.
        """
        numbered = "\n\n".join(
            f"Response {number}:\n{text.strip()}" for number, text in enumerate(texts, 1)
        )
        prompt = self._choose.prompt(question=question, responses=numbered)
        return Call("choose", prompt, stop=("\n",), max_tokens=_MAX_TOKENS, temperature=0.0)

    def chosen(self, reply: Generation, count: int) -> int | None:
        """Read the reply.

        Args:
            reply: What the model wrote.
            count: How many texts it was shown.

        Returns:
            Index of the text, from 0; None when no number of one of them was given.
        """
        match = _NUMBER.search(reply.text)
        if match is None or (reply.finish is Finish.LENGTH and match.end() == len(reply.text)):
            return None  # 1 may be the half of 12
        number = int(match[0])
        return number - 1 if 1 <= number <= count else None


def _texts(votes: Sequence[Vote]) -> list[str]:
    """Different answers, in the order in which they came."""
    return list(dict.fromkeys(vote.answer for vote in votes if vote.answer is not None))
