"""Held-out questions that came after an adapter: it drafts them when idle, and they certify it.

A certificate stands on the drafts that its adapter had made by then. More of them allow more, and
the newest are likest to what comes. Without this they would count only from the next promotion on;
where its candidate is rejected, a consolidation has drafted the trusted ones alone. An adapter
whose certificate a killed process left withdrawn gets it again likewise.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.settle import relabelling, settle
from agent.switch import active_subject
from trainer.student import readable

if TYPE_CHECKING:
    from agent.build import Parts
    from models.adapters import Adapter
    from models.types import Cancelled

LEAST = 8
"""Questions for which a model is loaded."""

GROWTH = 0.25
"""New questions wait until there are so many for each that is drafted. The fewer times an adapter
is certified, the fewer chances there are of a certificate by luck; see `router.risk.level`."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What came of it.

    Attributes:
        drafted: Questions that were drafted.
        too_long: Ids of records that are longer than the student reads; they stay as they are.
        serves: What the router serves now, in words.
    """

    drafted: int
    too_long: frozenset[int]
    serves: str

    def in_words(self) -> str:
        """One line."""
        if not self.drafted:
            return f"certified again; {self.serves}"
        return f"{self.drafted} newer held-out questions drafted; {self.serves}"


def is_behind(parts: "Parts", passed_over: Collection[int] = ()) -> bool:
    """Whether the active adapter should be certified again.

    It should where it has no certificate, where audits have suspended a skill, once, and where many
    questions have come.

    Args:
        parts: A home's; none of its models is loaded.
        passed_over: Ids of records that do not count.

    Returns:
        False where no adapter of the base in force is active.
    """
    journal, version = parts.shelf.journal, parts.registry.active_version()
    certified = parts.router.path(version).exists()
    behind = not certified or parts.shelf.audits.unheeded(version)
    if not behind:
        waiting = len(set(journal.undrafted(version)).difference(passed_over))
        behind = waiting >= LEAST and waiting >= GROWTH * len(journal.drafted(version))
    return behind and _active(parts) is not None  # reads the weights' identity: asked last


def catch_up(parts: "Parts", cancelled: "Cancelled | None" = None) -> CaughtUp | None:
    """Have the active adapter draft all held-out questions that it has not, and certify it again.

    Args:
        parts: A home's.
        cancelled: As for `draft_newer`.

    Returns:
        What came of it; None where no adapter of the base in force is active, or it was cancelled.
    """
    drafted = draft_newer(parts, cancelled)
    return None if drafted is None else CaughtUp(*drafted, settle(parts, ()).after)


def draft_newer(
    parts: "Parts", cancelled: "Cancelled | None" = None
) -> tuple[int, frozenset[int]] | None:
    """Have the active adapter draft all held-out questions that it has not.

    Safe beside other processes: an adapter that is retired meanwhile keeps its drafts. The
    certificate is withdrawn, for it knows nothing of them, nor of what was suspended since.

    Args:
        parts: A home's.
        cancelled: Asked at every step; then nothing is kept, for whatever drafts next drafts all.

    Returns:
        How many it drafted, and the ids of records that are longer than it reads; None where no
        adapter of the base in force is active, or it was cancelled.
    """
    adapter = _active(parts)
    if adapter is None:
        return None
    journal, audits = parts.store.journal, parts.store.audits
    waiting = parts.store.get_many(journal.undrafted(adapter.version))
    short = [record for record in waiting.values() if readable(parts.student, record.question)]
    questions = [record.question for record in short]
    drafts = parts.system1.draft(questions, adapter, cancelled=cancelled) if short else []
    if cancelled is not None and cancelled():
        return None
    made = {record.id: draft for record, draft in zip(short, drafts, strict=True)}
    if made or audits.unheeded(adapter.version):
        with relabelling(parts):  # killed behind it, the adapter has no certificate, and is behind
            journal.save_drafts(adapter.version, made)
            audits.heed(adapter.version)
    return len(made), frozenset(waiting.keys() - made.keys())


def _active(parts: "Parts") -> "Adapter | None":
    """The active adapter if it is one of the base in force, else None."""
    subject = active_subject(parts)
    return None if subject is None else parts.registry.active_of(subject.base)
