"""Self-consistency over many questions at once: rounds of samples until each vote is decided."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from agent.system2.method import Method
from agent.system2.settings import System2Settings
from agent.verify import Verifier
from memory.records import Record, Vote
from models.types import Cancelled, Finish, Generation, LanguageModel, Sampling

OnDecided = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What System 2 made of a question.

    Attributes:
        record: Not stored yet; its skill is not known here.
        prompt_tokens: Tokens read.
    """

    record: Record
    prompt_tokens: int


@dataclass(slots=True)
class _Case:
    """A question under way."""

    question: str
    votes: list[Vote] = field(default_factory=list)
    prompt_tokens: int = 0
    seconds: float = 0.0
    method: str | None = None


class Reasoner:
    """System 2: methods in turn, each put to a vote.

    A later method is asked only where no sample of the earlier ones gave any answer: it is another
    way of thinking, not more of the same.

    Args:
        lm: The teacher; always asked without an adapter.
        methods: By preference.
        settings: Budgets and sampling.
        verifier: Says when a vote is decided and what it is worth.
    """

    def __init__(
        self,
        lm: LanguageModel,
        methods: Sequence[Method],
        settings: System2Settings,
        verifier: Verifier,
    ) -> None:
        self._lm = lm
        self._methods = methods
        self._settings = settings
        self._verifier = verifier

    def reason(
        self,
        questions: Sequence[str],
        *,
        cancelled: Cancelled | None = None,
        on_decided: OnDecided | None = None,
    ) -> list[Outcome]:
        """Think questions through, all of them sharing batches.

        Args:
            questions: Standalone questions.
            cancelled: Asked at every step; samples that were whole by then still count, and what
                was paid for the others is kept.
            on_decided: Called with (questions decided, questions in all) after each round.

        Returns:
            An outcome for each question, in order. Seconds are shared out evenly over a batch.
        """
        cases = [_Case(question) for question in questions]
        open_ = cases
        for method in self._methods:
            if not open_ or (cancelled is not None and cancelled()):
                break
            for case in open_:
                case.method = method.name
            self._vote(method, open_, cases, cancelled, on_decided)
            open_ = [case for case in open_ if all(vote.answer is None for vote in case.votes)]
        return [self._outcome(case) for case in cases]

    def room(self, question: str) -> str | None:
        """Why a question cannot be reasoned about with these methods; None when it can be.

        Args:
            question: A standalone question.

        Returns:
            A reason, when a prompt of it is longer than the model reads.
        """
        limit = self._lm.context_tokens
        if self._examples_tokens + len(question.encode()) < limit:
            return None  # a token has at least one byte
        tokens = max(self._lm.count_tokens(m.prompt(question)) for m in self._methods)
        if tokens < limit:
            return None
        return f"the question makes a prompt of {tokens:,} tokens, and the model reads {limit:,}"

    @cached_property
    def _examples_tokens(self) -> int:
        """Tokens of the longest prompt without its question."""
        return max(self._lm.count_tokens(method.prompt("")) for method in self._methods)

    def _vote(
        self,
        method: Method,
        members: Sequence[_Case],
        cases: Sequence[_Case],
        cancelled: Cancelled | None,
        on_decided: OnDecided | None,
    ) -> None:
        """Sample in rounds until each member's vote is decided."""
        undecided, n = list(members), self._settings.first_samples
        left = self._settings.max_samples
        while undecided and left > 0 and not (cancelled is not None and cancelled()):
            self._sample(method, undecided, min(n, left), cancelled)
            left -= n
            undecided = [case for case in undecided if not self._decided(case, method)]
            if on_decided is not None:
                on_decided(len(cases) - len(undecided), len(cases))
            n = self._settings.round_samples

    def _decided(self, case: _Case, method: Method) -> bool:
        return self._verifier.decided([vote for vote in case.votes if vote.method == method.name])

    def _sample(
        self, method: Method, members: Sequence[_Case], n: int, cancelled: Cancelled | None
    ) -> None:
        start = time.perf_counter()
        done = len(members[0].votes)
        seed = None if self._settings.seed is None else self._settings.seed + done
        sampling = Sampling(
            n=n,
            temperature=self._settings.temperature,
            top_k=self._settings.top_k,
            top_p=self._settings.top_p,
            max_tokens=self._settings.max_tokens,
            stop=method.stop,
            seed=seed,
        )
        prompts = [method.prompt(case.question) for case in members]
        generated = self._lm.generate(prompts, sampling, cancelled=cancelled)
        for case, samples in zip(members, generated, strict=True):
            case.votes += [_vote_of(method, sample) for sample in samples if sample.logprobs]
            case.prompt_tokens += samples[0].prompt_tokens
        share_s = (time.perf_counter() - start) / len(members)
        for case in members:
            case.seconds += share_s

    def _outcome(self, case: _Case) -> Outcome:
        votes = [vote for vote in case.votes if vote.method == case.method]
        verification = self._verifier.verify(votes)
        record = Record(
            question=case.question,
            answer=verification.answer,
            status=verification.status,
            method=case.method,
            agreement=verification.agreement,
            votes=tuple(case.votes),
            seconds=case.seconds,
            reason=verification.reason,
        )
        return Outcome(record, case.prompt_tokens)


def _vote_of(method: Method, sample: Generation) -> Vote:
    """A sample's vote; one that was cut off by a cancel says nothing, whatever it looks like."""
    if sample.finish is not Finish.CANCELLED:
        return method.read(sample)
    return Vote(method.name, None, sample.text, sample.completion_tokens, "cancelled")
