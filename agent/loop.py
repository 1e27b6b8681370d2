"""The loop: question -> memory | router -> System 1 | System 2 -> verify -> memory.

One pass answers any number of questions together, so that `ask` and `eval` walk the same path.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from agent.audit import Auditor, why_suspended
from agent.remember import remember as remember_outcomes
from agent.system1 import System1
from agent.system2.reason import OnEvent, Outcome
from agent.system2.think import System2
from memory.questions import clean_question, tag_of
from memory.recall import Memory
from memory.records import BASE, Decision, Draft, Neighbor, Record, Route, Skill
from models.adapters import Adapter
from models.errors import ContextOverflowError
from models.types import Cancelled
from router.policy import Policy, Router, Verdict


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision with the record behind it.

    Attributes:
        decision: As it was logged, or as it would have been.
        record: What was reasoned or remembered; None when System 1 answered.
        cut_short: Whether a cancel or the time limit came before it was whole.
    """

    decision: Decision
    record: Record | None = None
    cut_short: bool = False

    @property
    def unbegun(self) -> bool:
        """Whether a cancel came before anything was generated: there is nothing to log."""
        return self.cut_short and self.decision.tokens == 0


@dataclass(slots=True)
class _Case:
    """A question on its way through the loop."""

    question: str
    skill: Skill | None
    neighbors: list[Neighbor]
    verdict: Verdict = field(default_factory=lambda: Verdict(False, ""))
    draft: Draft | None = None
    seconds: float = 0.0
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the caller's tag for its skill, if any."""

    question: str
    skill: str | None = None


class Agent:
    """Both systems, the router and memory.

    Args:
        memory: What was asked before.
        router: Who answers.
        system1: The student.
        system2: The teacher.
        recall: How old a trusted answer to the very same question may be to be given again; None
            gives none.
        auditor: Picks fast answers that are reasoned about later; None is nobody.
    """

    def __init__(
        self,
        memory: Memory,
        router: Router,
        system1: System1,
        system2: System2,
        *,
        recall: timedelta | None = None,
        auditor: Auditor | None = None,
    ) -> None:
        self._memory = memory
        self._router = router
        self._system1 = system1
        self._system2 = system2
        self._recall = recall
        self._auditor = auditor

    def ask(
        self,
        question: str,
        *,
        policy: Policy,
        skill: str | None = None,
        cancelled: Cancelled | None = None,
        on_event: OnEvent | None = None,
    ) -> Answered:
        """Answer one question, remember what was reasoned, and log the decision.

        Args:
            question: As the user typed it.
            policy: Who decides.
            skill: The caller's tag, one line of at most 100 characters.
            cancelled: Asked at every step; what was reasoned by then is kept.
            on_event: Told how System 2 thinks.

        Returns:
            The decision with its id.

        Raises:
            QuestionError: The question is empty, not text, or too long; or the tag will not do.
            ContextOverflowError: It is longer than the model can read.
        """
        query = Query(clean_question(question), tag_of(skill))
        if policy is not Policy.SYSTEM1 and (why := self.room(query.question)) is not None:
            raise ContextOverflowError(f"{why}; shorten it or choose a model that reads more")
        (answered,) = self.answer(
            [query], policy=policy, remember=True, cancelled=cancelled, on_event=on_event
        )
        return answered

    def skill_names(self) -> frozenset[str]:
        """The skills that memory knows."""
        return frozenset(skill.name for skill in self._memory.store.journal.skills())

    def room(self, question: str) -> str | None:
        """Why a question is too long to be answered, in words; None when it is not."""
        return self._system2.room(question)

    def answer(
        self,
        queries: Sequence[Query],
        *,
        policy: Policy,
        remember: bool,
        cancelled: Cancelled | None = None,
        on_event: OnEvent | None = None,
    ) -> list[Answered]:
        """Answer questions together.

        Args:
            queries: Clean standalone questions.
            policy: Who decides.
            remember: Whether outcomes and decisions are stored; without, nothing is changed.
            cancelled: Asked at every step.
            on_event: Told how System 2 thinks.

        Returns:
            An answer for each, in order.
        """
        adapter = self._system1.active()
        cases = self._cases(queries)
        if policy is Policy.AUTO and self._recall is not None:
            self._recall_known(cases, adapter, self._recall)
        self._try_system1([c for c in cases if c.answered is None], adapter, policy, cancelled)
        deferred = [case for case in cases if case.answered is None]
        questions = [case.question for case in deferred]
        skills = [_name(case.skill) for case in deferred]
        outcomes = self._system2.think(
            questions, skills, check=remember, cancelled=cancelled, on_event=on_event
        )
        records = [outcome.record for outcome in outcomes]
        if remember:
            records = remember_outcomes(self._memory, self._system2, outcomes, skills)
        for case, outcome, record in zip(deferred, outcomes, records, strict=True):
            case.answered = _reasoned(case, outcome, record, adapter)
        answered = [case.answered for case in cases if case.answered is not None]
        if not remember:
            return answered
        log = self._memory.store.journal.log_decision
        logged = [
            item if item.unbegun else replace(item, decision=log(item.decision))
            for item in answered
        ]
        if policy is Policy.AUTO and self._auditor is not None:
            self._auditor.pick(item.decision for item in logged)
        return logged

    def _cases(self, queries: Sequence[Query]) -> list[_Case]:
        start = time.perf_counter()
        questions = [query.question for query in queries]
        near = self._memory.neighbors_many(questions, self._router.neighbors_wanted)
        known = {skill.name: skill for skill in self._memory.store.journal.skills()}
        found = self._memory.skills_of(questions, known.values())
        names = [query.skill or name for query, name in zip(queries, found, strict=True)]
        cases = [
            _Case(question, _skill(name, known), list(neighbors))
            for question, name, neighbors in zip(questions, names, near, strict=True)
        ]
        _share(cases, start)
        return cases

    def _recall_known(
        self, cases: Sequence[_Case], adapter: Adapter | None, longest: timedelta
    ) -> None:
        start, now = time.perf_counter(), datetime.now(UTC)
        records = self._memory.store.find_many([case.question for case in cases])
        _share(cases, start)
        for case, record in zip(cases, records, strict=True):
            if record is not None and record.status.trusted and _age(record, now) <= longest:
                why = f"the very same question is {record.status.value} in memory"
                seen = self._router.seen(case.question, case.skill, case.neighbors)
                case.verdict = Verdict(False, why, features=seen)
                decision = _decision(
                    case,
                    adapter,
                    route=Route.MEMORY,
                    answer=record.answer,
                    reason=why,
                    record_id=record.id,
                    verified=True,
                )
                case.answered = Answered(decision, record)

    def _try_system1(
        self,
        cases: Sequence[_Case],
        adapter: Adapter | None,
        policy: Policy,
        cancelled: Cancelled | None,
    ) -> None:
        """Draft where a draft is worth its tokens, and keep those that the router accepts."""
        subject = self._system1.subject(adapter)
        suspended = self._memory.store.audits.suspended(subject.adapter)
        for case in cases:
            case.verdict = self._router.worth_a_try(
                case.question,
                subject,
                case.skill,
                case.neighbors,
                policy=policy,
                suspended=why_suspended(suspended, _name(case.skill)),
            )
        trying = [case for case in cases if case.verdict.accept]
        if not trying:
            return
        start = time.perf_counter()
        questions = [case.question for case in trying]
        drafts = self._system1.draft(questions, adapter, cancelled=cancelled)
        for case, draft in zip(trying, drafts, strict=True):
            case.draft = draft
            case.verdict = self._router.judge(
                draft,
                subject,
                case.skill,
                case.neighbors,
                policy=policy,
                suspended=why_suspended(suspended, _name(case.skill)),
            )
        _share(trying, start)
        for case in trying:
            if case.verdict.accept and case.draft is not None:
                decision = _decision(
                    case,
                    adapter,
                    route=Route.SYSTEM1,
                    answer=case.draft.answer if case.draft.answer is not None else case.draft.text,
                    reason=case.verdict.reason,
                )
                cut_short = not case.draft.complete and cancelled is not None and cancelled()
                case.answered = Answered(decision, cut_short=cut_short)


def _age(record: Record, now: datetime) -> timedelta:
    """How long ago an outcome came in; after a clock's jump, as far from now either way."""
    return abs(now - record.updated_at) if record.updated_at else timedelta(0)


def _name(skill: Skill | None) -> str | None:
    return skill.name if skill else None


def _skill(name: str | None, known: dict[str, Skill]) -> Skill | None:
    """The named skill; a tag that nobody used before is a new one."""
    if name is None:
        return None
    return known.get(name, Skill(name, tagged=True))


def _share(cases: Sequence[_Case], start: float) -> None:
    """Share the time since `start` out evenly."""
    for case in cases:
        case.seconds += (time.perf_counter() - start) / len(cases)


def _reasoned(case: _Case, outcome: Outcome, record: Record, adapter: Adapter | None) -> Answered:
    case.seconds += outcome.record.seconds
    decision = _decision(
        case,
        adapter,
        route=Route.SYSTEM2,
        answer=record.answer,
        reason=f"{case.verdict.reason}; {record.reason}",
        record_id=record.id or None,
        verified=record.status.trusted,
    )
    decision = replace(
        decision,
        skill=record.skill if record.id else decision.skill,
        method=record.method,
        prompt_tokens=decision.prompt_tokens + outcome.prompt_tokens,
        tokens=decision.tokens + outcome.record.tokens,
    )
    return Answered(decision, record, outcome.cut_short)


def _decision(
    case: _Case,
    adapter: Adapter | None,
    *,
    route: Route,
    answer: str | None,
    reason: str,
    record_id: int | None = None,
    verified: bool | None = None,
) -> Decision:
    draft, stood_on = case.draft, case.verdict.certificate
    return Decision(
        question=case.question,
        route=route,
        answer=answer,
        confidence=case.verdict.confidence,
        threshold=case.verdict.threshold,
        reason=reason,
        skill=_name(case.skill),
        adapter=adapter.version if adapter else BASE,
        record_id=record_id,
        verified=verified,
        features=dict(case.verdict.features),
        certificate=asdict(stood_on) if stood_on else None,
        prompt_tokens=draft.prompt_tokens if draft else 0,
        tokens=draft.tokens if draft else 0,
        seconds=case.seconds,
    )
