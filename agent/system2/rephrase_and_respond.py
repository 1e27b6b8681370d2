"""Rephrase and respond: put the question in fuller words, then answer it (2311.04205)."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

from agent.system2 import pair
from agent.system2.method import Answers, Call, Method, Steps
from agent.system2.prompts import FewShot, read_prompts
from agent.system2.reading import Written, marked_vote, no_vote, one, transcript
from agent.verify import tally
from memory.records import Vote
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
        responses: Answers to each rewriting, put to a vote of their own (2407.06023, coin flip).
    """

    name = NAME_2
    family = "words"

    def __init__(self, prompts: Path | None = None, responses: int = 1) -> None:
        self._responses = responses
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
        rewritten, failure = yield from _rewrite(self._rephrase, question)
        written = [Written("rephrase", rewritten)]
        if failure:
            return no_vote(NAME_2, written, failure)
        prompt = self._respond.prompt(question=question, rewritten=rewritten)
        (replies,) = yield (Call("respond", prompt, n=self._responses),)
        written += [Written("respond", self._respond.written(reply)) for reply in replies]
        return _most([marked_vote(NAME_2, question, written, reply) for reply in replies], question)


def _most(votes: Sequence[Vote], question: str) -> Vote:
    """What most of some votes are for; a vote for nothing where no answer has more than half."""
    count = tally(votes, question)
    if count.answer is None or len(votes) == 1:
        return votes[0]
    if count.lead * 2 <= count.samples:
        why = f"no answer has more than half of {count.samples} responses"
        return replace(votes[0], answer=None, failure=why)
    return replace(votes[0], answer=count.answer, failure="")


class Rephrased:
    """Another method, asked the question as the model has put it in fuller words.

    Not a method by itself but a perturbation: what is asked stays the same, so the answer must.

    Args:
        method: Who is asked; its name stands on the votes.
        prompts: A folder with a user's prompts; None is ours.
    """

    def __init__(self, method: Method, prompts: Path | None = None) -> None:
        self.name = method.name
        self.family = method.family
        self._method = method
        self._rephrase = read_prompts(_PROMPTS, prompts)["rephrase"]

    def fits(self, question: str) -> bool:
        """A judge's pair is nothing to put in other words: it is the answers that are judged."""
        return pair.parse(question) is None and self._method.fits(question)

    def sample(self, question: str) -> Steps:
        """A stage that rephrases, then those of the method.

        Args:
            question: A standalone question.

        Returns:
            The sample.
        """
        rewritten, failure = yield from _rewrite(self._rephrase, question)
        written = Written("rephrase", rewritten)
        if failure:
            return no_vote(self.name, [written], failure)
        vote = yield from self._method.sample(rewritten)
        return replace(vote, text=transcript([written, Written(self.name, vote.text)]))


def _rewrite(
    prompt: FewShot, question: str
) -> Generator[tuple[Call, ...], Answers, tuple[str, str]]:
    """The stage that rephrases: what it wrote, and why that is of no use; empty when it is."""
    reply = yield from one(Call("rephrase", prompt.prompt(question=question)))
    rewritten = prompt.written(reply).strip()
    if reply.finish is Finish.LENGTH:
        return rewritten, "cut at the token limit while rephrasing"
    return rewritten, "" if rewritten else "the question was not rephrased"
