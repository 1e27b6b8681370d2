"""System 2 with what memory knows of its skills: plans, reasons, and says what may be trusted."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.restate import restate, weighed
from agent.system2.plan import Evidence, Planner, Yield
from agent.system2.reason import OnEvent, Outcome, Reasoner
from agent.trust import Trust
from memory.answers import same
from memory.records import CUT, Record, Vote
from models.types import Cancelled

if TYPE_CHECKING:
    from memory.recall import Memory  # its index is heavy, and reports need none


_HEARSAY = 8
"""Votes that another skill's count for, at most."""


class System2:
    """Methods, checks and the skills' evidence, as the loop and `learn` use them.

    Args:
        memory: What was reasoned about before.
        reasoner: Samples and counts votes.
        planner: Chooses methods and checks.
        trust: Weighs a skill's votes.
    """

    def __init__(
        self, memory: "Memory", reasoner: Reasoner, planner: Planner, trust: Trust
    ) -> None:
        self._memory = memory
        self._reasoner = reasoner
        self._planner = planner
        self._trust = trust

    def think(
        self,
        questions: Sequence[str],
        skills: Sequence[str | None],
        *,
        check: bool = True,
        cancelled: Cancelled | None = None,
        on_event: OnEvent | None = None,
    ) -> list[Outcome]:
        """Reason about questions; nothing is stored.

        Args:
            questions: Standalone questions.
            skills: Each one's skill, where it has one.
            check: Whether answers are checked; needless where nobody will remember them.
            cancelled: Asked at every step.
            on_event: Told of stages, votes and decided questions.

        Returns:
            An outcome for each, in order, its record with its skill, and verified only as far as
            the skill's evidence and this batch's bear it out.
        """
        stored = {skill: self._records(skill) for skill in dict.fromkeys(skills)}
        known = {
            skill: evidence_of(self._trust, skill, records) for skill, records in stored.items()
        }
        tasks = self._planner.plan(questions, self._evidence(questions, skills, known))
        if not check:
            tasks = [replace(task, checks={}) for task in tasks]
        outcomes = self._reasoner.reason(tasks, cancelled=cancelled, on_event=on_event)
        named = [
            replace(outcome, record=replace(outcome.record, skill=skill))
            for outcome, skill in zip(outcomes, skills, strict=True)
        ]
        return self._weighed(named, stored)

    def restate(self, skills: Collection[str | None]) -> None:
        """Weigh stored records again, now that their skills have more votes.

        Args:
            skills: The skills that have changed; None stands for no skill, and is left out.
        """
        restate(self._memory.store, self._trust, skills)

    def room(self, question: str) -> str | None:
        """Why a question is too long to be reasoned about, in words; None when it is not."""
        (task,) = self._planner.plan([question], [Evidence()])
        return self._reasoner.room(task)

    def _records(self, skill: str | None) -> list[Record]:
        """A skill's newest records with votes; questions without one have nothing in common."""
        if skill is None:
            return []
        return weighed(self._memory.store, skill)

    def _evidence(
        self,
        questions: Sequence[str],
        skills: Sequence[str | None],
        known: Mapping[str | None, Evidence],
    ) -> list[Evidence]:
        """What is known of each question's skill, or else what paid in its nearest record's.

        Hearsay is little, but better than nothing. Questions of one new skill share theirs, so that
        checks are counted over the skill.
        """
        new = [q for q, skill in zip(questions, skills, strict=True) if not known[skill].yields]
        near = iter(self._memory.neighbors_many(new, 1))
        heard: dict[str | None, Evidence] = dict(known)
        by_skill: dict[str, Evidence] = {}
        found = []
        for skill in skills:
            if known[skill].yields:
                found.append(known[skill])
                continue
            nearest = next(near)
            told = nearest[0].record.skill if nearest else None
            if told not in heard:
                heard[told] = evidence_of(self._trust, told, self._records(told))
            yields = {name: y.at_most(_HEARSAY) for name, y in heard[told].yields.items()}
            evidence = Evidence(None, yields)
            found.append(evidence if skill is None else by_skill.setdefault(skill, evidence))
        return found

    def _weighed(
        self, outcomes: Sequence[Outcome], stored: dict[str | None, list[Record]]
    ) -> list[Outcome]:
        by_skill: defaultdict[str | None, list[int]] = defaultdict(list)
        for at, outcome in enumerate(outcomes):
            by_skill[outcome.record.skill].append(at)
        judged = list(outcomes)
        for skill, places in by_skill.items():
            new = [outcomes[at].record for at in places]
            questions = {record.question for record in new}
            old = [record for record in stored[skill] if record.question not in questions]
            verdicts = self._trust.weigh(skill, [*new, *old]).verdicts
            for at, verdict in zip(places, verdicts, strict=False):
                record = replace(outcomes[at].record, status=verdict.status, reason=verdict.reason)
                judged[at] = replace(outcomes[at], record=record)
        return judged


def evidence_of(trust: Trust, skill: str | None, records: Sequence[Record]) -> Evidence:
    """What is known of a skill.

    Args:
        trust: Weighs its votes.
        skill: Its name.
        records: All of its records, with their votes.

    Returns:
        How far its votes are borne out, and what each method gave in it.
    """
    if not records:
        return Evidence()
    weighed = trust.weigh(skill, records)
    return Evidence(weighed.trust, yields_of(records, weighed.clear))


def yields_of(records: Sequence[Record], clear: Sequence[bool]) -> dict[str, Yield]:
    """What each method's samples gave.

    Args:
        records: With their votes.
        clear: Whether each one's own vote is.

    Returns:
        Counts by method; variants are left out.
    """
    found: dict[str, list[int]] = {}
    for record, is_clear in zip(records, clear, strict=True):
        for vote in record.votes:
            if vote.variant or vote.failure == CUT:
                continue
            counts = found.setdefault(vote.method, [0, 0, 0, 0])
            own = vote.method == record.method
            # Where nothing is trusted yet, a clear vote is the best sign that a method suits: with
            # failures alone, the method in use would lose to any that was never tried, or to one
            # that checks it, were that only counted where it agrees.
            sign = record.status.trusted or is_clear
            counts[0] += sign and _gives(vote, record)
            counts[1] += sign or own or vote.answer is None
            counts[2] += vote.tokens
            counts[3] += 1
    return {method: Yield(*counts) for method, counts in found.items()}


def _gives(vote: Vote, record: Record) -> bool:
    """Whether a vote is for the record's answer."""
    if vote.answer is None or record.answer is None:
        return False
    return same(vote.answer, record.answer, record.question)
