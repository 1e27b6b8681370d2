"""Certifies the router for an adapter from its drafts of the held-out records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.trust import Trust
from memory.recall import Memory
from memory.records import HOLDOUT, JudgedDraft, Record
from router.bounds import Bounds
from router.policy import Case, Router, Subject
from trainer.consolidate import Candidate
from trainer.holdout import judged


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

    def certify(self, candidate: Candidate, base: Subject) -> None:
        """Certify a candidate before it is promoted; its file is keyed by its version.

        Args:
            candidate: With its drafts of the held-out records.
            base: The base that it was trained on, and the encoder that finds neighbours.
        """
        subject = replace(base, adapter=candidate.version)
        cases = self._cases(candidate.records, candidate.drafts)
        self._router.certify(subject, cases, candidate.statuses, self._learned(candidate.version))

    def recertify(self, subject: Subject) -> Bounds:
        """Certify what is active again, from what memory holds now: labels change, records come.

        Held-out records that the adapter has not drafted are left out: the next consolidation
        drafts them.

        Args:
            subject: The active adapter's.

        Returns:
            The new bounds.

        Raises:
            CalibrationError: Drafts and records do not go together.
        """
        store = self._memory.store
        drafted = store.journal.drafts(subject.adapter, splits=HOLDOUT, trusted_only=False)
        drafts = {item.record_id: item for item in drafted}
        held = store.records(splits=HOLDOUT, with_votes=True)
        records = [record for record in held if record.id in drafts]
        again = {record.id: judged(record, drafts[record.id].draft) for record in records}
        statuses = {skill.name: skill.status for skill in store.journal.skills()}
        learned = self._learned(subject.adapter)
        return self._router.certify(subject, self._cases(records, again), statuses, learned)

    def _cases(self, records: Sequence[Record], drafts: Mapping[int, JudgedDraft]) -> list[Case]:
        questions = [record.question for record in records]
        near = self._memory.neighbors_many(questions, self._router.neighbors_wanted)
        voted = self._voted({r.skill for r in records if r.status.by_person})
        return [
            Case(
                record,
                drafts[record.id],
                tuple(neighbors),
                voted.get(record.id) if record.status.by_person else None,
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
