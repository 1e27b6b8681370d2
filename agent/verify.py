"""What one method's votes on a question amount to, and when its vote is decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, exp
from reprlib import repr as brief
from typing import Protocol

from scipy.special import betaln, binom

from agent.system2.settings import System2Settings, VerifySettings
from memory import answers
from memory.records import CUT, Status, Vote


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of votes.

    Attributes:
        answer: What most votes gave, in the form most of those wrote it; None when all are for
            nothing.
        lead: Votes for it.
        others: Votes for all other answers.
        samples: All votes, those for nothing included.
    """

    answer: str | None
    lead: int
    others: int
    samples: int

    @property
    def agreement(self) -> float:
        """Share of all samples that gave the answer."""
        return self.lead / self.samples if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Verification:
    """What votes amount to."""

    answer: str | None
    status: Status
    agreement: float
    reason: str


class Verifier(Protocol):
    """Says whether a vote is clear enough to be trusted."""

    def verify(self, votes: Sequence[Vote], question: str | None = None) -> Verification:
        """Judge one method's votes on one question."""

    def wanted(self, votes: Sequence[Vote], question: str | None = None) -> int:
        """Samples to draw before the vote can be decided; 0 when it is."""


def own_votes(votes: Sequence[Vote], method: str | None) -> list[Vote]:
    """A method's whole votes on the question as it stands; what was cancelled says nothing."""
    return [v for v in votes if v.method == method and not v.variant and v.failure != CUT]


def tally(votes: Sequence[Vote], question: str | None = None) -> Tally:
    """Count votes, answers that mean the same together; ties go to the one that came first.

    Args:
        votes: Samples of any methods.
        question: What they answer: it may ask for what else does not count (`answers.key`).

    Returns:
        The count.
    """
    given = [vote.answer for vote in votes if vote.answer is not None]
    if not given:
        return Tally(None, 0, 0, len(votes))
    keys = answers.vote_keys(given, question)
    ((best, lead),) = Counter(keys).most_common(1)
    forms = Counter(answer for answer, key in zip(given, keys, strict=True) if key == best)
    return Tally(forms.most_common(1)[0][0], lead, len(given) - lead, len(votes))


def lead_probability(lead: int, others: int, left: int) -> float:
    """Probability that the leader still leads when the samples that are left have voted.

    Adaptive-consistency (arXiv 2305.11860) with a budget: the shares have a Dirichlet posterior,
    all other answers are taken together as one rival, and what is left is drawn from it.

    Args:
        lead: Votes for the leader.
        others: Votes for all other answers.
        left: Samples to come.

    Returns:
        In [0, 1]; a tie is not a lead.
    """
    behind = min(left, (lead + left - others - 1) // 2)  # what the rival may draw and not tie
    return _drawn_at_most(behind, left, others, lead)


def reach_probability(lead: int, samples: int, needed: int, left: int) -> float:
    """Probability that the leader has the votes it needs when those that are left are in.

    The same posterior as in `lead_probability`, with all that is not a vote for the leader, votes
    for nothing included, taken together.

    Args:
        lead: Votes for the leader.
        samples: All votes so far.
        needed: Votes that it needs of all.
        left: Samples to come.

    Returns:
        In [0, 1].
    """
    return _drawn_at_most(lead + left - needed, left, samples - lead, lead)


def _drawn_at_most(most: int, n: int, hits: int, misses: int) -> float:
    """P(at most so many of n draws hit), the chance having a Beta(hits + 1, misses + 1)."""
    prior = betaln(hits + 1, misses + 1)
    return sum(
        float(binom(n, k) * exp(betaln(hits + 1 + k, misses + 1 + n - k) - prior))
        for k in range(min(most, n) + 1)
    )


class AgreementVerifier:
    """Trusts an answer that enough samples gave, and a large enough share of them.

    Agreement is not truth: a model can make the same slip every time. The thresholds are settings.
    """

    def __init__(self, verify: VerifySettings, system2: System2Settings) -> None:
        self._verify = verify
        self._system2 = system2

    def verify(self, votes: Sequence[Vote], question: str | None = None) -> Verification:
        """Judge the votes on one question.

        Args:
            votes: All samples that were paid for.
            question: It, as in `tally`.

        Returns:
            Verified, or unverified with the reason.
        """
        count = tally(votes, question)
        wanted = f"{self._verify.min_votes} votes and {self._verify.min_agreement:.0%} are needed"
        if count.answer is None:
            return Verification(None, Status.UNVERIFIED, 0.0, self._no_answer(votes))
        reason = f"{count.lead} of {count.samples} samples agree"
        if answers.declines(count.answer, question):
            said = f"{reason} on {brief(count.answer)}, which answers nothing"
            return Verification(count.answer, Status.UNVERIFIED, count.agreement, said)
        if self._enough(count):
            return Verification(count.answer, Status.VERIFIED, count.agreement, reason)
        return Verification(
            count.answer, Status.UNVERIFIED, count.agreement, f"only {reason}; {wanted}"
        )

    def wanted(self, votes: Sequence[Vote], question: str | None = None) -> int:
        """Samples that it takes, at the least, until sampling may stop.

        So a round is as large as it can be without drawing what one sample at a time would not.

        Args:
            votes: The samples so far.
            question: As in `tally`.

        Returns:
            0 when the budget is spent, or when the leader is trusted and unlikely to be overtaken,
            or unlikely to reach the thresholds within the budget. Else the fewest after which that
            may be so: all of them for the leader, or none.
        """
        count = tally(votes, question)
        more = 0
        while not (
            self._decided(replace(count, lead=count.lead + more, samples=count.samples + more))
            or self._decided(replace(count, samples=count.samples + more))
        ):
            more += 1
        return more

    def _decided(self, count: Tally) -> bool:
        """Whether the budget is spent, or more samples would most likely change nothing."""
        left = self._system2.max_samples - count.samples
        if left <= 0:
            return True
        sure = self._system2.stop_probability
        needed = self._needed(count.samples + left)
        if 1 - reach_probability(count.lead, count.samples, needed, left) >= sure:
            return True
        certain = lead_probability(count.lead, count.others, left) >= sure
        return self._enough(count) and certain

    def _no_answer(self, votes: Sequence[Vote]) -> str:
        """Why there is none: the first failure, or that no sample came to its end."""
        if not votes:
            return (
                "no sample came to its end: cancelled, or at the end of what a question may take, "
                f"system2.max_question_tokens = {self._system2.max_question_tokens}, "
                f"system2.max_seconds = {self._system2.max_seconds:g}"
            )
        failure = next((vote.failure for vote in votes if vote.failure), "no answer was given")
        return f"none of {len(votes)} samples gave an answer ({failure})"

    def _enough(self, count: Tally) -> bool:
        return count.lead >= self._needed(count.samples)

    def _needed(self, samples: int) -> int:
        """Votes that an answer needs of so many."""
        share = ceil(self._verify.min_agreement * samples - 1e-9)
        return max(self._verify.min_votes, share)
