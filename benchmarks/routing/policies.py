"""Ways to decide who answers, replayed over what each system said of every question.

Pure arithmetic: the outcomes are computed once, elsewhere, so all policies see the very same
drafts and the very same reasoning. A question that is deferred pays for what was drafted too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memory.answers import same
from models.types import FloatArray


@dataclass(frozen=True, slots=True)
class Own:
    """What our own router and memory made of a question.

    Attributes:
        tried: Whether it was worth a draft.
        accepted: Whether the draft was good enough to be served.
        confidence: Calibrated P(the draft is right), tried or not; None where it can't be told.
        recalled: A trusted answer to the very same question, in memory; None without one.
        seconds: Spent deciding, once the question was embedded: neighbours, skill, both verdicts.
    """

    tried: bool
    accepted: bool
    confidence: float | None
    recalled: str | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What each system said of a question, and what it cost; nothing where it was not asked.

    Only what the models made, so that it can be kept. Whether it is right, and what our router
    makes of it, is worked out at every replay.

    Attributes:
        question: As it is asked.
        gold: The right answer.
        embedding: float32 (D,), unit length.
        embedding_seconds: Of it.
        system1_answer: The draft; None when it has no answer.
        system1_logprobs: Of the draft's tokens, natural, each <= 0.
        system1_entropies: Of the distributions they come from, whole, in nats.
        system1_first_margin: Log-probability of its likeliest first token less the second's.
        system1_complete: False when it was cut at the limit.
        system1_second_answer: A second draft, sampled.
        system1_tokens: Generated for one draft.
        system1_seconds: Of one draft; two are drawn in one batch, in the same time.
        system2_answer: What reasoning came to; None for nothing.
        system2_verified: Whether it was verified.
        system2_tokens: Generated for it.
        system2_seconds: Of it.
    """

    question: str
    gold: str
    embedding: FloatArray
    embedding_seconds: float = 0.0
    system1_answer: str | None = None
    system1_logprobs: tuple[float, ...] = ()
    system1_entropies: tuple[float, ...] = ()
    system1_first_margin: float = 0.0
    system1_complete: bool = False
    system1_second_answer: str | None = None
    system1_tokens: int = 0
    system1_seconds: float = 0.0
    system2_answer: str | None = None
    system2_verified: bool = False
    system2_tokens: int = 0
    system2_seconds: float = 0.0

    @property
    def system1_right(self) -> bool:
        """Whether the draft is right."""
        return self.right(self.system1_answer)

    @property
    def system2_right(self) -> bool:
        """Whether reasoning came to the right answer."""
        return self.right(self.system2_answer)

    def right(self, answer: str | None) -> bool:
        """Whether an answer is right; None is not."""
        return answer is not None and same(answer, self.gold, self.question)


@dataclass(frozen=True, slots=True)
class Served:
    """What a policy answered.

    Attributes:
        answer: None for nothing.
        right: Whether it is right.
        fast: Whether it was answered without System 2.
        tokens: Generated, drafts that were not used included.
        seconds: Likewise.
    """

    answer: str | None
    right: bool
    fast: bool
    tokens: int
    seconds: float


class RoutingPolicy(Protocol):
    """Decides who answers; may remember what it saw."""

    def decide(self, item: Outcome) -> Served:
        """Answer the next question; only what the policy may know of it by then is looked at."""
        ...


def replay(policy: RoutingPolicy, outcomes: Sequence[Outcome]) -> list[Served]:
    """Go through the questions in order.

    Args:
        policy: Fresh: what it learns on the way stays in it.
        outcomes: Of the stream's questions.

    Returns:
        What was served, in order.
    """
    return [policy.decide(item) for item in outcomes]


def drafted(item: Outcome, *, drafts: int = 1, seconds: float = 0.0) -> Served:
    """The draft is served.

    Args:
        item: The question.
        drafts: How many were drawn, in one batch.
        seconds: Spent deciding, besides.

    Returns:
        The answer with what it cost.
    """
    tokens, spent = drafts * item.system1_tokens, seconds + item.system1_seconds
    return Served(item.system1_answer, item.system1_right, True, tokens, spent)


def deferred(item: Outcome, *, drafts: int = 0, seconds: float = 0.0) -> Served:
    """System 2 reasons.

    Args:
        item: The question.
        drafts: How many were drawn before, in one batch.
        seconds: Spent deciding, besides.

    Returns:
        The answer with what it cost.
    """
    tokens = item.system2_tokens + drafts * item.system1_tokens
    spent = seconds + item.system2_seconds + (item.system1_seconds if drafts else 0.0)
    return Served(item.system2_answer, item.system2_right, False, tokens, spent)


class AlwaysSystem1:
    """Every draft is served."""

    def decide(self, item: Outcome) -> Served:
        """Serve the draft."""
        return drafted(item)


class AlwaysSystem2:
    """Every question is reasoned about, and nothing is drafted."""

    def decide(self, item: Outcome) -> Served:
        """Serve what reasoning came to."""
        return deferred(item)


class Oracle:
    """Drafts where the draft is right and nowhere else: what no router can save more than."""

    def decide(self, item: Outcome) -> Served:
        """Serve right drafts, else reason."""
        return drafted(item) if item.system1_right else deferred(item)


class TwoSampleDisagreement:
    """The draft is served when a second one, sampled, says the same."""

    def decide(self, item: Outcome) -> Served:
        """Serve the draft, or defer when the two differ or one has no answer."""
        first, second = item.system1_answer, item.system1_second_answer
        agree = first is not None and second is not None and same(first, second, item.question)
        return drafted(item, drafts=2) if agree else deferred(item, drafts=2)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a router that does not draft said of a question.

    Attributes:
        fast: Whether System 1 is to answer.
        seconds: That it took to say so, once the question was embedded.
    """

    fast: bool
    seconds: float


class ChosenBefore:
    """A router that looks at the question alone, and was run elsewhere.

    Args:
        chosen: For each of the stream's questions, in order.
    """

    def __init__(self, chosen: Sequence[Chosen]) -> None:
        self._chosen = iter(chosen)

    def decide(self, item: Outcome) -> Served:
        """Serve the draft or reason, as was chosen."""
        chosen = next(self._chosen)
        serve = drafted if chosen.fast else deferred
        return serve(item, seconds=item.embedding_seconds + chosen.seconds)


class Ours:
    """Our own router: its verdicts, and what its drafts cost, whether they were served or not.

    Args:
        own: What it makes of each of the stream's questions, in order.
        recall: Whether the very same question is answered from memory, as `memory.recall` has it.
    """

    def __init__(self, own: Sequence[Own], *, recall: bool = False) -> None:
        self._own = iter(own)
        self._recall = recall

    def decide(self, item: Outcome) -> Served:
        """Serve what memory or System 1 may, else reason."""
        own = next(self._own)
        seconds = item.embedding_seconds + own.seconds
        if self._recall and own.recalled is not None:
            return Served(own.recalled, item.right(own.recalled), True, 0, seconds)
        if own.accepted:
            return drafted(item, seconds=seconds)
        return deferred(item, drafts=int(own.tried), seconds=seconds)
