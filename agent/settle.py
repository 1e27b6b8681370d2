"""What follows from a person's word: the skill is weighed again, and the router certified again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.certify import Certifier
from agent.restate import restate
from agent.switch import active_subject, certified
from models.errors import CalibrationError

if TYPE_CHECKING:
    from agent.build import Parts


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
