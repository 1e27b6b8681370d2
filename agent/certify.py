"""Certifies the router for an adapter from its drafts of the held-out records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.system1 import System1
from memory.recall import Memory
from memory.records import JudgedDraft, Record
from router.policy import Case, Router
from trainer.consolidate import Candidate


class Certifier:
    """Turns held-out drafts into the router's cases.

    Args:
        memory: Finds the records' neighbours.
        router: Keeps the certificate.
        system1: Names the subject that it holds for.
    """

    def __init__(self, memory: Memory, router: Router, system1: System1) -> None:
        self._memory = memory
        self._router = router
        self._system1 = system1

    def certify(self, candidate: Candidate) -> None:
        """Certify a candidate before it is promoted; its file is keyed by its version.

        Args:
            candidate: With its drafts of the held-out records.
        """
        subject = replace(self._system1.subject(None), adapter=candidate.version)
        cases = self._cases(candidate.records, candidate.drafts)
        self._router.certify(subject, cases, candidate.statuses)

    def _cases(self, records: Sequence[Record], drafts: Mapping[int, JudgedDraft]) -> list[Case]:
        questions = [record.question for record in records]
        near = self._memory.neighbors_many(questions, self._router.neighbors_wanted)
        return [
            Case(record, drafts[record.id], tuple(neighbors))
            for record, neighbors in zip(records, near, strict=True)
        ]
