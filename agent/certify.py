"""Certifies the router for an adapter from its drafts of the held-out records."""

from collections.abc import Container, Mapping, Sequence

from agent.restate import weighed
from agent.trust import Trust
from memory.recall import Memory
from memory.records import HOLDOUT, JudgedDraft, Record
from router.bounds import Bounds
from router.policy import Case, Router, Subject


class Certifier:
    """Turns held-out drafts into the router's cases.

    Args:
        memory: Finds the records' neighbours.
        router: Keeps the certificate.
        trust: Says what votes alone would have verified.
    """

    def __init__(self, memory: Memory, router: Router, trust: Trust) -> None:
        self._memory = memory
        self._router = router
        self._trust = trust

    def certify(self, subject: Subject) -> Bounds:
        """Certify an adapter by what memory holds now: labels change, and records come.

        Held-out records that the adapter has not drafted are left out: `agent.catch_up` drafts
        them.

        Args:
            subject: The adapter, its base, and the encoder that finds neighbours.

        Returns:
            The new bounds.

        Raises:
            CalibrationError: Drafts and records do not go together.
        """
        store = self._memory.store
        journal = store.journal
        drafted = journal.drafts(subject.adapter, splits=HOLDOUT, trusted_only=False)
        drafts = {item.record_id: item for item in drafted}
        first = journal.drafted(subject.adapter, at_first=True)
        held = store.records(splits=HOLDOUT, with_votes=True)
        records = [record for record in held if record.id in drafts]
        statuses = {skill.name: skill.status for skill in store.journal.skills()}
        learned = self._learned(subject.adapter)
        cases = self._cases(records, drafts, first)
        skills = {record.skill for record in records if record.skill is not None}
        apart = {
            skill: self._trust.weigh(skill, weighed(store, skill)).trust.apart for skill in skills
        }
        return self._router.certify(subject, cases, statuses, learned, apart)

    def _cases(
        self, records: Sequence[Record], drafts: Mapping[int, JudgedDraft], first: Container[int]
    ) -> list[Case]:
        questions = [record.question for record in records]
        near = self._memory.neighbors_many(questions, self._router.neighbors_wanted)
        voted = self._voted({r.skill for r in records if r.status.by_person})
        return [
            Case(
                record,
                drafts[record.id],
                tuple(neighbors),
                voted.get(record.id) if record.status.by_person else None,
                record.id in first,
            )
            for record, neighbors in zip(records, near, strict=True)
        ]

    def _learned(self, version: str) -> dict[str, list[str]]:
        """The questions that an adapter was trained on, by skill, the newest last."""
        store = self._memory.store
        trained = store.get_many(sorted(store.journal.record_ids_of(version)))
        found: dict[str, list[str]] = {}
        for _, record in sorted(trained.items()):
            if record.skill is not None:
                found.setdefault(record.skill, []).append(record.question)
        return found

    def _voted(self, skills: set[str | None]) -> dict[int, str | None]:
        """What votes alone would have verified in skills that a person has judged records of."""
        found: dict[int, str | None] = {}
        for skill in skills - {None}:
            records = self._memory.store.records(skill=skill, with_votes=True)
            answers = self._trust.voted(skill, records)
            found |= {record.id: answer for record, answer in zip(records, answers, strict=True)}
        return found
