"""When an outcome of System 2 is trusted, and when its vote is decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scipy.special import betainc

from agent.system2.settings import System2Settings, VerifySettings
from memory import answers
from memory.records import Status, Vote


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of votes.

    Attributes:
        answer: What most votes gave, in the form most of those wrote it; None when all are for
            nothing.
        lead: Votes for it.
        second: Votes for the answer behind it.
        samples: All votes, those for nothing included.
    """

    answer: str | None
    lead: int
    second: int
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
    """Says whether an outcome may be trusted."""

    def verify(self, votes: Sequence[Vote]) -> Verification:
        """Judge the votes on one question."""

    def decided(self, votes: Sequence[Vote]) -> bool:
        """Whether more samples would most likely change nothing."""


def tally(votes: Sequence[Vote]) -> Tally:
    """Count votes, answers that mean the same together; ties go to the one that came first.

    Args:
        votes: Samples of any methods.

    Returns:
        The count.
    """
    given = [vote.answer for vote in votes if vote.answer is not None]
    if not given:
        return Tally(None, 0, 0, len(votes))
    keys = answers.vote_keys(given)
    ranked = Counter(keys).most_common(2)
    best, lead = ranked[0]
    forms = Counter(answer for answer, key in zip(given, keys, strict=True) if key == best)
    second = ranked[1][1] if len(ranked) > 1 else 0
    return Tally(forms.most_common(1)[0][0], lead, second, len(votes))


def lead_probability(lead: int, second: int) -> float:
    """Probability that the leader would win the vote of infinitely many samples.

    The Beta posterior of adaptive-consistency (arXiv 2305.11860): P(p > 1/2) for
    p ~ Beta(lead + 1, second + 1).

    Args:
        lead: Votes for the leader.
        second: Votes for the next.

    Returns:
        In (0, 1).
    """
    return 1.0 - float(betainc(lead + 1, second + 1, 0.5))


class AgreementVerifier:
    """Trusts an answer that enough samples gave, and a large enough share of them.

    Agreement is not truth: a model can make the same slip every time. The thresholds are settings.
    """

    def __init__(self, verify: VerifySettings, system2: System2Settings) -> None:
        self._verify = verify
        self._system2 = system2

    def verify(self, votes: Sequence[Vote]) -> Verification:
        """Judge the votes on one question.

        Args:
            votes: All samples that were paid for.

        Returns:
            Verified, or unverified with the reason.
        """
        count = tally(votes)
        wanted = f"{self._verify.min_votes} votes and {self._verify.min_agreement:.0%} are needed"
        if count.answer is None:
            failure = next((vote.failure for vote in votes if vote.failure), "nothing was sampled")
            reason = f"none of {count.samples} samples gave an answer ({failure})"
            return Verification(None, Status.UNVERIFIED, 0.0, reason)
        reason = f"{count.lead} of {count.samples} samples agree"
        if self._enough(count):
            return Verification(count.answer, Status.VERIFIED, count.agreement, reason)
        return Verification(
            count.answer, Status.UNVERIFIED, count.agreement, f"only {reason}; {wanted}"
        )

    def decided(self, votes: Sequence[Vote]) -> bool:
        """Whether sampling may stop: the budget is spent, or the outcome will hardly change.

        Args:
            votes: The samples so far.

        Returns:
            True when the leader is trusted and unlikely to be overtaken, or when no answer can
            reach the thresholds within the budget any more.
        """
        count = tally(votes)
        left = self._system2.max_samples - count.samples
        if left <= 0:
            return True
        best = Tally(count.answer, count.lead + left, count.second, count.samples + left)
        if not self._enough(best):
            return True
        certain = lead_probability(count.lead, count.second) >= self._system2.stop_probability
        return self._enough(count) and certain

    def _enough(self, count: Tally) -> bool:
        share = count.agreement + 1e-9 >= self._verify.min_agreement
        return count.lead >= self._verify.min_votes and share
