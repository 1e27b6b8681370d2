"""One consolidation; whatever comes of it, the adapter that is active then is certified again."""

import logging
from typing import TYPE_CHECKING

from agent.catch_up import draft_newer
from agent.settle import settle
from models.errors import NothingToLearnError, SecondNatureError

if TYPE_CHECKING:
    from agent.build import Parts
    from memory.records import Consolidation
    from trainer.consolidate import Watch

_log = logging.getLogger(__name__)


def consolidate(parts: "Parts", watch: "Watch | None" = None) -> "Consolidation":
    """Train a candidate, and certify the router by what memory holds after it.

    People may have judged records while it trained, others may have come, and of those that a
    rejected candidate was asked the active adapter has drafted the trusted ones alone.

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
        _certify_again(parts, watch)
        raise
    _certify_again(parts, watch)
    return result


def _certify_again(parts: "Parts", watch: "Watch | None") -> None:
    if watch is not None:
        watch.stage("certifying the router for the active adapter")
    try:
        draft_newer(parts)
    except SecondNatureError as error:  # what was promoted is, whatever becomes of the rest
        _log.warning("newer held-out questions could not be drafted: %s", error)
    settle(parts, ())
