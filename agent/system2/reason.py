"""System 2 over many questions at once: their samples run side by side and share batches."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from agent.system2.case import Case, Sample
from agent.system2.method import Call, Method
from agent.system2.room import too_long
from agent.system2.settings import System2Settings
from agent.system2.task import Task
from agent.system2.universal import UniversalConsistency
from agent.variants.variant import Variant
from agent.verify import Verifier
from memory.records import CUT, Record, Vote
from models.types import Cancelled, Generation, LanguageModel, Request, Sampling

_LAST_WAIT_S = 0.2
"""How long programs may run on after a stop, all of them together; each has one more look."""


class Step(StrEnum):
    """What happened to a question."""

    STAGE = "stage"
    VOTE = "vote"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened while thinking.

    Attributes:
        step: What.
        question: Whose.
        method: The method at work.
        stage: The stage that begins; empty for other steps.
        samples: Samples that begin this stage, or votes that have come in.
        vote: The vote that came in; None for other steps.
        lead: The answer that leads so far; None without one.
        tokens: Generated for the question so far.
        done: Questions decided.
        total: Questions in all.
    """

    step: Step
    question: str
    method: str
    stage: str
    samples: int
    vote: Vote | None
    lead: str | None
    tokens: int
    done: int
    total: int


OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What System 2 made of a question.

    Attributes:
        record: Not stored yet; its skill is not known here.
        prompt_tokens: Tokens read.
        cut_short: Whether a cancel or the time limit took a sample, a round or a check from it.
    """

    record: Record
    prompt_tokens: int
    cut_short: bool


class Reasoner:
    """System 2: each question's methods in turn, each put to a vote.

    Args:
        lm: The teacher; always asked without an adapter.
        settings: Budgets and sampling.
        verifier: Says when a vote is decided and what it is worth.
        universal: Picks among free texts, which no vote can decide.
    """

    def __init__(
        self,
        lm: LanguageModel,
        settings: System2Settings,
        verifier: Verifier,
        universal: UniversalConsistency,
    ) -> None:
        self._lm = lm
        self._settings = settings
        self._verifier = verifier
        self._universal = universal

    def reason(
        self,
        tasks: Sequence[Task],
        *,
        cancelled: Cancelled | None = None,
        on_event: OnEvent | None = None,
    ) -> list[Outcome]:
        """Think questions through, all of them sharing batches.

        Args:
            tasks: Questions and methods.
            cancelled: Asked at every step, and while programs run; samples that were whole by then
                still count, programs too that end within a moment, and what was paid for the others
                is kept.
            on_event: Told of stages, votes and decided questions as they come.

        Returns:
            An outcome for each task, in order. Seconds are shared out by generated tokens.
        """
        run = _Run(
            tasks, self._lm, self._settings, self._verifier, self._universal, on_event, cancelled
        )
        if tasks and not run.stopped():
            self._lm.run(run.opening(), run.on_done, cancelled=run.stopped)
        return run.outcomes()

    def room(self, task: Task) -> str | None:
        """Why a question cannot be reasoned about; None when it can be.

        Args:
            task: With its methods.

        Returns:
            A reason, when a prompt of it is longer than the model reads.
        """
        prompts = [
            call.prompt for method in task.methods for call in _first_calls(method, task.question)
        ]
        failure = too_long(self._lm, prompts)
        return f"the question makes {failure}" if failure else None


def _first_calls(method: Method, question: str) -> tuple[Call, ...]:
    steps = method.sample(question)
    calls = next(steps, ())  # two equal answers are judged without a call
    steps.close()
    return calls


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Whose continuations a request's are: for each sample, which of its calls, and the budget."""

    samples: tuple[Sample, ...]
    call: int
    reserved_tokens: int


class _Run:
    """One call of `reason`: turns generations into votes, and votes into further requests."""

    def __init__(
        self,
        tasks: Sequence[Task],
        lm: LanguageModel,
        settings: System2Settings,
        verifier: Verifier,
        universal: UniversalConsistency,
        on_event: OnEvent | None,
        cancelled: Cancelled | None,
    ) -> None:
        self._lm = lm
        self._settings = settings
        self._verifier = verifier
        self._universal = universal
        self._on_event = on_event
        self._cancelled = cancelled
        self._start_s = time.perf_counter()
        self._stopped_s = math.inf
        self._cases = [Case(task) for task in tasks]
        self._tickets: list[_Ticket] = []
        self._done = 0

    def stopped(self) -> bool:
        """Whether a cancel has come, or the seconds of all questions are used up."""
        late = self._seconds() >= self._settings.max_seconds * len(self._cases)
        return late or (self._cancelled is not None and self._cancelled())

    def opening(self) -> list[Request]:
        """The first requests of every question."""
        return [request for case in self._cases for request in self._next_method(case)]

    def on_done(self, number: int, generations: list[Generation]) -> list[Request]:
        """Hand a request's continuations to their samples.

        Args:
            number: In order of arrival.
            generations: Each sample's, one behind the other.

        Returns:
            What is to be asked because of them.
        """
        ticket = self._tickets[number]
        case = ticket.samples[0].case
        case.settle(ticket.reserved_tokens, generations)
        each = len(generations) // len(ticket.samples)
        stages = [
            (sample, sample.advance())  # all begin their own work before one is waited for
            for at, sample in enumerate(ticket.samples)
            if sample.take(ticket.call, generations[at * each : (at + 1) * each])
        ]
        return [request for stage in stages for request in self._ask_next([stage])]

    def outcomes(self) -> list[Outcome]:
        """What became of each question; the seconds are shared out by generated tokens."""
        seconds = self._seconds()
        total = sum(case.spent_tokens for case in self._cases)
        found = []
        for case in self._cases:
            share = case.spent_tokens / total if total else 1 / len(self._cases)
            verification = self._verifier.verify(case.own_votes(), case.question)
            picked = [v.answer for v in case.votes if v.method == self._universal.name and v.answer]
            record = Record(
                question=case.question,
                answer=picked[0] if picked else verification.answer,
                status=verification.status,
                method=case.method_name,
                agreement=verification.agreement,
                votes=tuple(case.votes),
                seconds=seconds * share,
                reason=verification.reason,
            )
            cut_short = case.cut_short or not case.decided
            found.append(Outcome(record, case.prompt_tokens, cut_short))
        return found

    def _seconds(self) -> float:
        return time.perf_counter() - self._start_s

    def _out_of_patience(self) -> bool:
        """Whether all is stopped, and what was at work by itself has had its last wait."""
        if not self.stopped():
            return False
        seconds = self._seconds()
        self._stopped_s = min(self._stopped_s, seconds)
        return seconds - self._stopped_s >= _LAST_WAIT_S

    def _next_method(self, case: Case) -> list[Request]:
        """Begin a question's next method."""
        case.methods_begun += 1
        n = min(self._settings.first_samples, self._settings.max_samples)
        return self._begin(case, case.current, n)

    def _begin(
        self, case: Case, method: Method, n: int, variant: Variant | None = None
    ) -> list[Request]:
        """Begin n samples."""
        question = case.question if variant is None else variant.question
        steps = [method.sample(question) for _ in range(n)]
        return self._start([Sample(case, method.name, each, variant) for each in steps])

    def _start(self, samples: Sequence[Sample]) -> list[Request]:
        samples[0].case.under_way += len(samples)
        return self._advance(samples)

    def _advance(self, samples: Sequence[Sample]) -> list[Request]:
        """Let samples of one question go on, and ask what they ask."""
        return self._ask_next([(sample, sample.advance()) for sample in samples])

    def _ask_next(self, stages: Sequence[tuple[Sample, tuple[Call, ...]]]) -> list[Request]:
        """Ask what samples of one question ask; equal calls are asked once."""
        requests: list[Request] = []
        asking: dict[tuple[Call, ...], list[Sample]] = {}
        for sample, asked in stages:
            if calls := asked or self._finish_work(sample):
                asking.setdefault(calls, []).append(sample)
            else:
                requests += self._ended(sample)
        for calls, alike in asking.items():
            # A later stage may quote an earlier one; one question must not end all the others.
            if failure := too_long(self._lm, [call.prompt for call in calls]):
                requests += self._give_up(alike, failure)
                continue
            self._tell(Step.STAGE, alike[0], stage=calls[0].stage, samples=len(alike))
            for at, call in enumerate(calls):
                requests += self._ask(call, at, alike)
        return requests

    def _finish_work(self, sample: Sample) -> tuple[Call, ...]:
        """What a sample asks once its own work is done; none when it has ended or is stopped."""
        case, looked_s = sample.case, self._seconds()
        while not sample.ended:
            if calls := sample.advance():
                return calls
            case.waited_s, looked_s = case.waited_s + self._seconds() - looked_s, self._seconds()
            # All others wait meanwhile: where programs loop, that is for one question's seconds.
            if case.waited_s >= self._settings.max_seconds or self._out_of_patience():
                case.cut_short |= sample.give_up(CUT)
        return ()

    def _ask(self, call: Call, at: int, samples: Sequence[Sample]) -> list[Request]:
        """Ask one call for several samples, as far as the question's budget goes."""
        case, wanted = samples[0].case, call.max_tokens or self._settings.max_tokens
        copies = len(samples) * call.n
        max_tokens = case.reserve(wanted, copies, self._settings.max_question_tokens)
        if max_tokens == 0:
            budget = self._settings.max_question_tokens
            limit = f"the {budget} tokens of system2.max_question_tokens are used up"
            return self._give_up(samples, limit)
        self._tickets.append(_Ticket(tuple(samples), at, max_tokens * copies))
        temperature = self._settings.temperature if call.temperature is None else call.temperature
        seed = self._settings.seed
        sampling = Sampling(
            n=copies,
            temperature=temperature,
            top_k=self._settings.top_k,
            top_p=self._settings.top_p,
            max_tokens=max_tokens,
            stop=call.stop,
            seed=None if seed is None else seed + len(case.votes),
        )
        return [Request(call.prompt, sampling)]

    def _give_up(self, samples: Sequence[Sample], failure: str) -> list[Request]:
        """End samples that can't go on; their question asks no more."""
        samples[0].case.exhausted = True
        ended = [sample for sample in samples if sample.give_up(failure)]
        return [request for sample in ended for request in self._ended(sample)]

    def _ended(self, sample: Sample) -> list[Request]:
        """Count a sample's vote; when it was the last under way, say what comes next."""
        case = sample.case
        case.under_way -= 1
        if sample.vote is not None:
            case.votes.append(sample.vote)
            self._tell(Step.VOTE, sample, samples=len(case.votes), vote=sample.vote)
        if case.under_way or case.decided:
            return []
        requests = [] if case.cut_short else self._more(case)
        if not requests:
            case.decided = True
            self._done += 1
            self._tell(Step.DECIDED, sample, samples=len(case.votes))
        return requests

    def _more(self, case: Case) -> list[Request]:
        """Another round, another method, or the checks; nothing when the question is decided."""
        own = case.own_votes()
        if case.checking or case.exhausted:
            return []
        if wanted := self._verifier.wanted(own, case.question):
            return self._begin(case, case.current, min(wanted, self._settings.round_samples))
        if all(vote.answer is None for vote in case.votes):
            return self._next_method(case) if case.methods_begun < len(case.task.methods) else []
        case.checking = True
        if not self._verifier.verify(own, case.question).status.trusted:
            return self._choose(case, own)
        return [
            request
            for check in case.task.checks.get(case.current.name, ())
            for request in self._begin(
                case, check.method or case.current, self._settings.check_samples, check.variant
            )
        ]

    def _choose(self, case: Case, own: Sequence[Vote]) -> list[Request]:
        """Have the model pick among free texts, which equal answers can't decide."""
        if not self._universal.fits(own):
            return []
        steps = self._universal.sample(case.question, own)
        return self._start([Sample(case, self._universal.name, steps, None)])

    def _tell(
        self,
        step: Step,
        sample: Sample,
        *,
        samples: int,
        stage: str = "",
        vote: Vote | None = None,
    ) -> None:
        if self._on_event is None:
            return
        case = sample.case
        lead = self._verifier.verify(case.own_votes(), case.question).answer
        self._on_event(
            Event(
                step=step,
                question=case.question,
                method=sample.method,
                stage=stage,
                samples=samples,
                vote=vote,
                lead=lead,
                tokens=case.spent_tokens,
                done=self._done,
                total=len(self._cases),
            )
        )
