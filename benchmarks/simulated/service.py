"""Answers by the router's own verdicts, a random few of which are audited.

`Audits` does what `agent.audit.Auditor` does, with the same functions at the same limits and in the
same order, but keeps in memory what that keeps in the database: a row a decision would take most of
the time. An audit is judged at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.simulated.world import Asked
from memory.audits import ALL_SKILLS
from memory.records import Skill, SkillStatus
from router.monitor import watch, watch_inputs
from router.policy import Router, Subject, Verdict
from router.settings import RouterSettings


@dataclass(frozen=True, slots=True)
class Suspended:
    """What was suspended.

    Attributes:
        skill: Its name, or ALL_SKILLS.
        reason: Why, in words.
    """

    skill: str
    reason: str


class Audits:
    """What audits and questions have shown of one adapter.

    Args:
        settings: Limits.
        usual: By skill, how near to memory its certified questions mostly lay.
    """

    def __init__(self, settings: RouterSettings, usual: Mapping[str, float]) -> None:
        self._settings = settings
        self._usual = usual
        self._settled: list[tuple[str, bool]] = []
        self._far: dict[str, list[bool]] = {name: [] for name in usual}
        self._unread: set[str] = set()
        self.suspended: dict[str, str] = {}

    def why_suspended(self, skill: str) -> str | None:
        """Why a skill's answers may not be served; None while they may."""
        return self.suspended.get(skill) or self.suspended.get(ALL_SKILLS)

    def note(self, skill: str, mean_similarity: float) -> None:
        """Count a question for which there was a draft."""
        if skill in self._usual:
            far = mean_similarity < self._usual[skill]
            self._far[skill].append(far)
            self._unread |= {skill} if far else set()

    def settle(self, skill: str, wrong: bool) -> list[Suspended]:
        """Take an audit's outcome.

        Args:
            skill: The answer's skill.
            wrong: Whether it was found wrong.

        Returns:
            What is suspended from now on.
        """
        self._settled.append((skill, wrong))
        names = [*sorted({name for name, _ in self._settled}), ALL_SKILLS]
        found = []
        for name in names:
            if name in self.suspended:
                continue
            reason = self._too_wrong(name, skill, wrong) or self._moved(name)
            if reason is not None:
                self.suspended[name] = reason
                found.append(Suspended(name, reason))
        self._unread.clear()
        return found

    def _too_wrong(self, name: str, skill: str, wrong: bool) -> str | None:
        """An answer found right never raises the alarm, so only wrong ones are looked into."""
        if not wrong or name not in (skill, ALL_SKILLS):
            return None
        outcomes = [
            bad for of, bad in self._settled if (of == name if name else of not in self.suspended)
        ]
        bound = self._settings
        return watch(outcomes, bound.max_error, bound.delta, bound.audit_noise).reason

    def _moved(self, name: str) -> str | None:
        if name not in self._unread:  # likewise: only a far question raises it
            return None
        return watch_inputs(self._far[name], self._settings.delta)


class Service:
    """One adapter in service.

    Args:
        router: Decides; has certified the adapter.
        subject: The adapter's.
        skills: Those there are; System 1 is tried on all.
        seed: Picks what is audited.

    Attributes:
        served: Fast answers by skill.
        wrong: Of these, by skill, how many truly were.
        audited: Of these, by skill, how many were audited.
        suspended: Skills that were suspended, in order.
    """

    def __init__(self, router: Router, subject: Subject, skills: Iterable[str], seed: int) -> None:
        self._router = router
        self._subject = subject
        self._skills = {name: Skill(name, SkillStatus.DISTILLED) for name in skills}
        self._audits = Audits(router.settings, router.usual(subject.adapter))
        self._random = np.random.default_rng(seed)
        self.served: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.audited: Counter[str] = Counter()
        self.suspended: list[Suspended] = []

    def answer(self, asked: Asked) -> Verdict:
        """Answer one question fast, where the router lets it, and perhaps audit the answer.

        Args:
            asked: A question whose draft is this adapter's.

        Returns:
            The router's last verdict.
        """
        verdict = self._judge(asked)
        if verdict.confidence is not None:
            self._audits.note(asked.skill, verdict.features["mean_similarity"])
        if verdict.accept:
            self.served[asked.skill] += 1
            self.wrong[asked.skill] += not asked.right
            if self._random.random() < self._router.settings.audit_rate:
                self.audited[asked.skill] += 1
                self.suspended += self._audits.settle(asked.skill, not asked.seems_right)
        return verdict

    @property
    def certified(self) -> bool:
        """Whether a certificate lets any skill be answered."""
        return bool(self._router.served_skills(self._subject))

    def is_suspended(self, skill: str) -> bool:
        """Whether a skill, alone or with all, is answered no more."""
        return self._audits.why_suspended(skill) is not None

    def _judge(self, asked: Asked) -> Verdict:
        skill, question = self._skills[asked.skill], asked.draft.question
        why = self._audits.why_suspended(asked.skill)
        tried = self._router.worth_a_try(
            question, self._subject, skill, asked.neighbors, suspended=why
        )
        if not tried.accept:
            return tried
        return self._router.judge(asked.draft, self._subject, skill, asked.neighbors, suspended=why)
