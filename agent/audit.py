"""Audits: a random few of System 1's answers are reasoned about later, by System 2.

What they show is watched skill by skill, and over all skills that still answer. Once too many are
wrong, the skill (or all of them) is suspended for the adapter that answered, in the database, so
that the next answer of any process knows. Another adapter starts without suspensions. What a person
says of an audited question counts over System 2's word (`agent.suspensions`).

An answer that System 2 can't verify, or whose question somebody forgot meanwhile, is undecided: it
counts neither way. What was forgotten is not stored again.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.remember import remember
from agent.suspensions import Reconsidered, is_right, reconsider
from agent.system2.think import System2
from memory.audits import ALL_SKILLS, Audit
from memory.recall import Memory
from memory.records import Decision, Route
from models.types import Cancelled
from router.policy import Router


@dataclass(frozen=True, slots=True)
class AuditRun:
    """What came of one run.

    Attributes:
        right: Answers that were right.
        wrong: Answers that were wrong.
        undecided: Answers that could not be verified.
        changed: What was suspended by them, or is suspended no more.
    """

    right: int = 0
    wrong: int = 0
    undecided: int = 0
    changed: Reconsidered = field(default_factory=Reconsidered)

    @property
    def audits(self) -> int:
        """Answers that were settled."""
        return self.right + self.wrong + self.undecided

    def in_words(self) -> str:
        """One line."""
        counts = f"{self.right} right, {self.wrong} wrong, {self.undecided} undecided"
        return "; ".join([f"{self.audits} fast answers audited: {counts}", *self.changed.words()])


def why_suspended(suspended: dict[str, str], skill: str | None) -> str | None:
    """Why a skill's answers may not be served, in words.

    Args:
        suspended: An adapter's reasons by skill, as the store has them.
        skill: The skill; None without one.

    Returns:
        A reason; None while they may.
    """
    return suspended.get(skill or ALL_SKILLS) or suspended.get(ALL_SKILLS)


class Auditor:
    """Picks answers to audit, and audits them.

    Args:
        memory: Where answers wait and outcomes go.
        system2: Who judges.
        router: Says how many are picked, how many may be wrong, and what inputs are usual.
        seed: Picks the same ones again; None is another choice each time.
    """

    def __init__(
        self, memory: Memory, system2: System2, router: Router, seed: int | None = None
    ) -> None:
        self._memory = memory
        self._audits = memory.store.audits
        self._system2 = system2
        self._router = router
        self._settings = router.settings
        self._random = random.Random(seed)  # noqa: S311 - a sample, not a secret

    def pick(self, decisions: Iterable[Decision]) -> None:
        """Have a random share of System 1's answers wait for an audit.

        Args:
            decisions: As they were logged; only what the router let through may be among them,
                since the bound is about nothing else.
        """
        picked = [
            decision
            for decision in decisions
            if decision.route is Route.SYSTEM1 and self._random.random() < self._settings.audit_rate
        ]
        if picked:
            self._audits.queue(picked)

    def run(self, limit: int, cancelled: Cancelled | None = None) -> AuditRun:
        """Audit the answers that have waited longest; safe beside other runs.

        Args:
            limit: At most so many.
            cancelled: Asked at every step; what is decided by then counts, the rest waits on.

        Returns:
            What came of it.
        """
        due = self._audits.due(limit)
        self._reason([audit for audit in due if self._is_open(audit)], cancelled)
        stopped = cancelled is not None and cancelled()
        counts = {True: 0, False: 0, None: 0}
        records = self._memory.store.find_many([audit.question for audit in due])
        for audit, record in zip(due, records, strict=True):
            right = is_right(audit, record)
            if stopped and right is None:
                continue
            counts[right] += self._audits.settle(audit.id, right, record.id if record else None)
        adapters = dict.fromkeys(audit.adapter for audit in due)
        memory = self._memory
        changed = reconsider(memory.store, self._router, adapters, memory.neighbors_many)
        return AuditRun(counts[True], counts[False], counts[None], changed)

    def _is_open(self, audit: Audit) -> bool:
        """Whether a question can and must be reasoned about: not forgotten, not too long."""
        if not audit.question or self._system2.room(audit.question) is not None:
            return False
        record = self._memory.store.find(audit.question)
        return record is None or not record.status.trusted

    def _reason(self, audits: Sequence[Audit], cancelled: Cancelled | None) -> None:
        """Reason and remember; what was forgotten meanwhile is not called back, nor is a skill."""
        known = {skill.name for skill in self._memory.store.journal.skills()}
        skills = [audit.skill if audit.skill in known else None for audit in audits]
        outcomes = self._system2.think([a.question for a in audits], skills, cancelled=cancelled)
        known_still = self._audits.unforgotten([audit.id for audit in audits])
        kept = [at for at, audit in enumerate(audits) if audit.id in known_still]
        remember(
            self._memory,
            self._system2,
            [outcomes[at] for at in kept],
            [skills[at] for at in kept],
        )
