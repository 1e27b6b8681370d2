"""Changes which adapter answers; the skills' statuses and the certificate follow. Loads no weights.

A status says how far the *active* adapter has taken a skill over, so it goes with the adapter; and
while an adapter was retired, people may have judged what its certificate stands on. The adapter
changes first, at once, and its old certificate is withdrawn. A process that dies before the rest
follows leaves everything to System 2; promoting the same version again puts it right.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.home import CONSOLIDATION, LABELS
from memory.journal import Journal
from memory.records import BASE, Skill, SkillStatus
from models import catalog
from models.errors import HomeBusyError, HomeError, ModelError, SecondNatureError
from router.policy import Subject

if TYPE_CHECKING:
    from agent.build import Parts


_log = logging.getLogger(__name__)

_WAIT_S = 180.0
"""Seconds; certifying by 100,000 records of 100 skills, all weighed, takes 60 on a slow core."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What the router lets an adapter answer.

    Attributes:
        skills: Those that its certificate covers; none when it has none.
        why: The certificate in words, or why there is none.
    """

    skills: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Switched:
    """What changed.

    Attributes:
        active: Who answers now: a version, or "base".
        previous: Who did before.
        certified: What the router lets it answer.
        changed: Skills with another status than before.
    """

    active: str
    previous: str
    certified: Certified
    changed: tuple[Skill, ...]


def promote(parts: "Parts", version: str) -> Switched:
    """Make a version the active one.

    Args:
        parts: The home's.
        version: Any adapter of the home; the active one has its skills' statuses put right.

    Returns:
        What changed.

    Raises:
        UnknownAdapterError: There is none of this name.
        WrongBaseError: It was trained on another model than `system1.model`.
        HomeBusyError: A consolidation is running.
    """
    with parts.home.alone(CONSOLIDATION, "a consolidation, promotion or rollback"):
        parts.registry.get(version)
        previous = parts.registry.active_version()
        parts.registry.promote(version, base_fingerprint=_base_fingerprint(parts))
        return _settle(parts, version, previous)


def rollback(parts: "Parts") -> Switched:
    """Go back to what answered before: an earlier version of this base, or the base.

    Args:
        parts: The home's.

    Returns:
        What changed.

    Raises:
        AdapterError: Nothing was active before.
        HomeBusyError: A consolidation is running.
    """
    with parts.home.alone(CONSOLIDATION, "a consolidation, promotion or rollback"):
        previous = parts.registry.active_version()
        parts.registry.rollback(base_fingerprint=_known_fingerprint(parts))
        return _settle(parts, parts.registry.active_version(), previous)


def certified(parts: "Parts", version: str) -> Certified:
    """What the router lets an adapter answer under the settings that hold now.

    Args:
        parts: The home's.
        version: Any adapter.

    Returns:
        The skills, and why these.
    """
    if version == BASE:
        return Certified((), "the base answers only when asked to; no adapter is active")
    try:
        subject = subject_of(parts, version)
    except ModelError as error:
        return Certified((), str(error))
    return Certified(parts.router.served_skills(subject), parts.router.explain(subject))


def certified_again(parts: "Parts", version: str) -> Certified:
    """Certify an adapter under the labels known now; where that fails, it may answer nothing.

    Where others hold the labels for long, they certify by what it would: whoever changes labels has
    withdrawn the certificate before.

    Its drafts are of the base that it was trained on, and so is the certificate, whatever the
    settings name by now. Loads no weights but the encoder's, and those only for new questions.

    Args:
        parts: The home's.
        version: Any adapter.

    Returns:
        What the router lets it answer: nothing where it cannot be certified.

    Raises:
        HomeError: Its old certificate cannot be removed.
    """
    if version == BASE:
        return certified(parts, version)
    from agent.certify import Certifier  # scipy: not for those who only look

    try:
        trained_on = parts.registry.get(version).manifest.base_fingerprint
        subject = Subject(version, trained_on, parts.settings.memory.encoder)
        with labels_held(parts):  # else one that read older labels could write over us
            Certifier(parts.memory, parts.router, parts.trust).certify(subject)
    except HomeBusyError as error:
        _log.warning("adapter %r was not certified again: %s", version, error)
    except SecondNatureError as error:
        withdraw(parts, version)
        return Certified(
            (),
            f"adapter {version!r} could not be certified again ({error}); once that is mended, "
            f"`secondnature adapters promote {version}` does it",
        )
    return certified(parts, version)


def statuses_under(version: str, skills: Sequence[Skill], journal: Journal) -> list[Skill]:
    """The skills as they stand when a version answers.

    Args:
        version: An adapter, or "base".
        skills: As they are.
        journal: Has the verdicts of the consolidation that made the version.

    Returns:
        Every skill: by that consolidation's verdict; one that it did not judge is not distilled.
    """
    made = [run for run in journal.consolidations() if run.candidate == version]
    verdicts = {verdict.skill: verdict.status for run in made for verdict in run.skills}
    return [
        replace(skill, status=verdicts.get(skill.name, _unlearned(skill.status)))
        for skill in skills
    ]


def _unlearned(status: SkillStatus) -> SkillStatus:
    return SkillStatus.LEARNING if status is SkillStatus.DISTILLED else status


def _settle(parts: "Parts", active: str, previous: str) -> Switched:
    withdraw(parts, active)
    journal = parts.store.journal
    before = journal.skills()
    after = statuses_under(active, before, journal)
    changed = [new for old, new in zip(before, after, strict=True) if new.status is not old.status]
    if changed:
        journal.save_statuses(changed)
    return Switched(active, previous, certified_again(parts, active), tuple(changed))


def labels_held(parts: "Parts") -> AbstractContextManager[None]:
    """Hold the lock of whoever changes labels or certifies by them, waiting for others.

    Args:
        parts: The home's.

    Returns:
        To be entered; not twice by one process.
    """
    return parts.home.alone(LABELS, "a change of labels", _WAIT_S)


def withdraw(parts: "Parts", version: str) -> None:
    """Remove an adapter's certificate: System 2 answers for it until it is certified again.

    Args:
        parts: The home's.
        version: Any adapter; one without a certificate has none to remove.

    Raises:
        HomeError: It cannot be removed.
    """
    path = parts.router.path(version)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        msg = (
            f"{path} cannot be removed ({error.strerror}), and may not hold any more: allow "
            "writing there, or remove it"
        )
        raise HomeError(msg) from error


def active_subject(parts: "Parts") -> Subject | None:
    """What the router's evidence must be about now; None for the base, or a base not pulled."""
    version = parts.registry.active_version()
    try:
        return None if version == BASE else subject_of(parts, version)
    except ModelError:
        return None


def subject_of(parts: "Parts", version: str) -> Subject:
    """What the router's evidence must be about when a version answers.

    Args:
        parts: The home's.
        version: An adapter.

    Returns:
        The version, the base that the settings name, and the encoder.

    Raises:
        ModelError: The base is not pulled.
    """
    return Subject(version, _base_fingerprint(parts), parts.settings.memory.encoder)


def _known_fingerprint(parts: "Parts") -> str | None:
    """Of the base that the settings name; None when it is not pulled, and nothing can answer."""
    try:
        return _base_fingerprint(parts)
    except ModelError:
        return None


def _base_fingerprint(parts: "Parts") -> str:
    return catalog.fingerprint(catalog.resolve(parts.settings.system1.model))
