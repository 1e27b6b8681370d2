"""What holds once labels have changed: skills are weighed again, and the router certified again."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.restate import restate
from agent.suspensions import Reconsidered, reconsider
from agent.switch import certified, certified_again, labels_held, withdraw
from trainer.job import drop_examples

if TYPE_CHECKING:
    from agent.build import Parts


@dataclass(frozen=True, slots=True)
class Settled:
    """What changed.

    Attributes:
        before: What the router served before it, in words.
        after: What it serves now, in words.
        restated: Records that are trusted now and were not, or the other way round.
        audits: What was suspended, or is suspended no more, now that audits are judged again.
    """

    before: str
    after: str
    restated: int
    audits: Reconsidered = field(default_factory=Reconsidered)


def serves(parts: "Parts") -> str:
    """What the router lets the active adapter answer, in words."""
    return certified(parts, parts.registry.active_version()).why


@contextmanager
def relabelling(parts: "Parts") -> Iterator[None]:
    """Change labels or drafts, with nothing served by those that are no longer true.

    The active adapter's certificate goes first, and `settle` makes it again: a process that dies in
    between leaves everything to System 2.

    Args:
        parts: A home's.

    Yields:
        Nothing. Where an error comes of it, the adapter is certified again by what holds then.

    Raises:
        HomeError: The certificate cannot be removed; nothing was changed.
        HomeBusyError: Others hold the labels; likewise.
    """
    version = parts.registry.active_version()
    with ExitStack() as stack:
        with labels_held(parts):
            stack.callback(certified_again, parts, version)
            withdraw(parts, version)
            yield
        stack.pop_all()  # all went well: `settle` does it, once the skills are weighed


def settle(parts: "Parts", skills: Collection[str | None], before: str | None = None) -> Settled:
    """Weigh skills again that a person spoke of, and certify the active adapter again.

    Loads no weights but the encoder's: both follow from what memory holds.

    Args:
        parts: A home's.
        skills: Theirs; None stands for no skill, and is left out.
        before: What the router served before labels changed; None is what it serves now.

    Returns:
        What changed.
    """
    before = serves(parts) if before is None else before
    restated = restate(parts.store, parts.trust, skills)
    active = parts.registry.active_version()
    after = certified_again(parts, active).why
    adapters = dict.fromkeys([*parts.store.audits.adapters(), active])
    audits = reconsider(
        parts.store,
        parts.router,
        adapters,
        lambda questions, k: parts.memory.neighbors_many(questions, k),  # opened if asked
    )
    return Settled(before, after, restated, audits)


def forget(parts: "Parts", ids: Collection[int]) -> tuple[int, Settled]:
    """Remove records for good, and with them what certificates keep of their questions.

    All certificates go, and the active adapter's is made again; a retired one gets its own again
    when it is promoted. A process that dies in between leaves everything to System 2.

    Args:
        parts: A home's.
        ids: Of the records; those that do not exist are left out.

    Returns:
        How many were removed, and what changed.

    Raises:
        HomeError: A certificate or a run's examples cannot be removed; no record was.
    """
    before = serves(parts)
    skills = {record.skill for record in parts.store.get_many(list(ids)).values()}
    with labels_held(parts):
        drop_examples(parts.home.runs, ids)
        for certificate in parts.home.router.glob("*.json"):
            withdraw(parts, certificate.stem)
        removed = parts.memory.forget(ids)
    return removed, settle(parts, skills, before)
