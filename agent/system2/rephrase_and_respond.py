"""Rephrase and respond: put the question in fuller words, then answer it (2311.04205)."""

from pathlib import Path

from agent.system2.method import Call, Steps
from agent.system2.prompts import read_prompts
from agent.system2.reading import Written, marked_vote, no_vote, one
from models.types import Finish

NAME_1 = "rephrase_and_respond_1"
NAME_2 = "rephrase_and_respond_2"
_PROMPTS = "rephrase_and_respond"


class RephraseAndRespond1:
    """Both in one call.

    Args:
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME_1
    family = "words"

    def __init__(self, prompts: Path | None = None) -> None:
        self._both = read_prompts(_PROMPTS, prompts)["both"]

    def fits(self, question: str) -> bool:  # noqa: ARG002 - the protocol's
        """Anything can be put in other words."""
        return True

    def sample(self, question: str) -> Steps:
        """One stage: the question in other words, and its answer.

        Args:
            question: A standalone question.

        Returns:
            The sample.
        """
        reply = yield from one(Call("both", self._both.prompt(question=question)))
        return marked_vote(NAME_1, question, [Written("both", self._both.written(reply))], reply)


class RephraseAndRespond2:
    """A call that rewrites the question, and one that answers from both.

    Args:
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME_2
    family = "words"

    def __init__(self, prompts: Path | None = None) -> None:
        stages = read_prompts(_PROMPTS, prompts)
        self._rephrase, self._respond = stages["rephrase"], stages["respond"]

    def fits(self, question: str) -> bool:  # noqa: ARG002 - the protocol's
        """Anything can be put in other words."""
        return True

    def sample(self, question: str) -> Steps:
        """Two stages: rephrase, respond. A rewriting that was cut may have lost a detail.

        Args:
            question: A standalone question.

        Returns:
            The sample.
        """
        first = yield from one(Call("rephrase", self._rephrase.prompt(question=question)))
        rewritten = self._rephrase.written(first).strip()
        written = [Written("rephrase", rewritten)]
        if first.finish is Finish.LENGTH:
            return no_vote(NAME_2, written, "cut at the token limit while rephrasing")
        if not rewritten:
            return no_vote(NAME_2, written, "the question was not rephrased")
        prompt = self._respond.prompt(question=question, rewritten=rewritten)
        second = yield from one(Call("respond", prompt))
        written.append(Written("respond", self._respond.written(second)))
        return marked_vote(NAME_2, question, written, second)
