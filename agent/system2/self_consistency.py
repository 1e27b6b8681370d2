"""Direct self-consistency: System 1's own question and instruction, sampled and put to a vote.

The baseline: no reasoning at all (2203.11171 without its chains).
"""

from agent.system2.method import Call, Steps
from agent.system2.reading import Written, no_vote, one
from memory import answers
from memory.records import Vote
from models.types import Finish
from trainer.student import MAX_TOKENS, student_prompt

NAME = "self_consistency"


class SelfConsistency:
    """System 1 voting on itself: what it is asked and how it is read are the same.

    Args:
        max_tokens: Most tokens of an answer.
    """

    name = NAME
    family = "direct"

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self._max_tokens = max_tokens

    def fits(self, question: str) -> bool:  # noqa: ARG002 - the protocol's
        """Anything can be answered at once."""
        return True

    def sample(self, question: str) -> Steps:
        """One stage: the answer.

        Args:
            question: A standalone question.

        Returns:
            The sample.
        """
        call = Call("answer", student_prompt(question), max_tokens=self._max_tokens)
        generation = yield from one(call)
        written = [Written("answer", generation.text)]
        if generation.finish is Finish.LENGTH:
            return no_vote(NAME, written, "cut at the token limit before the answer's end")
        answer = answers.extract(generation.text, question)
        if answer is None:
            return no_vote(NAME, written, "it is not a short answer, or only repeats the question")
        return Vote(NAME, answer, generation.text, 0)
