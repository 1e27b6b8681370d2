"""What holds once labels have changed: skills are weighed again, and the router certified again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.certify import Certifier
from agent.restate import restate
from agent.switch import active_subject, certified
from models.errors import CalibrationError, NothingToLearnError

if TYPE_CHECKING:
    from agent.build import Parts
    from memory.records import Consolidation
    from trainer.consolidate import Watch


@dataclass(frozen=True, slots=True)
class Settled:
    """What changed.

    Attributes:
        before: What the router served before it, in words.
        after: What it serves now, in words.
        restated: Records that are trusted now and were not, or the other way round.
    """

    before: str
    after: str
    restated: int


def serves(parts: "Parts") -> str:
    """What the router lets the active adapter answer, in words."""
    return certified(parts, parts.registry.active_version()).why


def settle(parts: "Parts", skills: Collection[str | None]) -> Settled:
    """Weigh skills again that a person spoke of, and certify the active adapter again.

    Loads no weights but the encoder's: both follow from what memory holds.

    Args:
        parts: A home's.
        skills: Theirs; None stands for no skill, and is left out.

    Returns:
        What changed.
    """
    before = serves(parts)
    restated = restate(parts.store, parts.trust, skills)
    subject = active_subject(parts)
    if subject is None:
        return Settled(before, before, restated)
    try:
        Certifier(parts.memory, parts.router, parts.trust).recertify(subject)
    except CalibrationError as error:
        return Settled(before, str(error), restated)
    return Settled(before, serves(parts), restated)


def consolidate(parts: "Parts", watch: "Watch | None" = None) -> "Consolidation":
    """Train a candidate; where the active adapter stays, it is certified again.

    Args:
        parts: A home's.
        watch: Who is told.

    Returns:
        What happened, as it was stored.

    Raises:
        NothingToLearnError: Memory holds too little that is new; the router is certified again.
    """
    try:
        result = parts.consolidator().run(watch)
    except NothingToLearnError:
        settle(parts, ())
        raise
    if not result.promoted:
        settle(parts, ())
    return result
