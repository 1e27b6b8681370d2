"""The two routing questions: is System 1 worth a try, and is its draft good enough?

Whatever can't be told (no certification, another adapter's, a damaged file, a draft without
numbers) is left to System 2, and the verdict says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from memory.records import Draft, Neighbor, Skill, SkillStatus
from models.errors import CalibrationError
from router import files
from router.calibration import Subject
from router.certification import Case, Certification, certification, why_untried, why_unusable
from router.features import Features
from router.risk import Certificate
from router.settings import RouterSettings

__all__ = ["Case", "Policy", "Router", "RouterSettings", "Subject", "Verdict"]


class Policy(StrEnum):
    """Who decides."""

    AUTO = "auto"
    SYSTEM1 = "system1"
    SYSTEM2 = "system2"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer of the router.

    Attributes:
        accept: Whether System 1 may go on: draft, or serve its draft.
        reason: Why, in words.
        confidence: Calibrated P(the draft is right); None when it was not judged.
        threshold: The certified threshold; None when there is none.
        features: What was seen of the draft, by name; empty when it was not judged.
        certificate: What the threshold stands on; None when there is none.
    """

    accept: bool
    reason: str
    confidence: float | None = None
    threshold: float | None = None
    features: dict[str, float] = field(default_factory=dict)
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A certification as it lies on disk, and the certificate that holds now."""

    stamp: tuple[int, int, int]
    certification: Certification
    certificate: Certificate | None


class Router:
    """Routes by the certification of whichever adapter drafts."""

    def __init__(self, root: Path, settings: RouterSettings) -> None:
        """Read nothing yet.

        Args:
            root: Folder of certifications, `<home>/router`; need not exist.
            settings: When System 1 may answer.
        """
        self.root = root
        self.settings = settings
        self._loaded: dict[str, _Loaded] = {}

    @property
    def neighbors_wanted(self) -> int:
        """How many neighbours to search for: one may be the question itself and is left out."""
        return self.settings.neighbors + 1

    def path(self, adapter: str) -> Path:
        """Where an adapter's certification lies.

        Args:
            adapter: Its version.

        Returns:
            A JSON file, which need not exist.

        Raises:
            CalibrationError: The version is no file name.
        """
        if not adapter or Path(adapter).name != adapter:
            raise CalibrationError(f"{adapter!r} is no adapter version")
        return self.root / f"{adapter}.json"

    def certify(
        self, subject: Subject, cases: Sequence[Case], statuses: Mapping[str, SkillStatus]
    ) -> Certificate | None:
        """Certify an adapter on its holdout drafts and keep the result, replacing any earlier one.

        Args:
            subject: The adapter, base and encoder.
            cases: Held-out records of both halves with the adapter's drafts.
            statuses: Each skill's status from now on.

        Returns:
            The certificate, or None: everything goes to System 2 (`explain` says why).

        Raises:
            CalibrationError: A case is of another adapter, or of the training split.
        """
        result = certification(subject, cases, statuses, self.settings)
        files.write(self.path(subject.adapter), result)
        return result.certificate

    def load(self, adapter: str) -> Certification | None:
        """An adapter's certification, read again only when its file has changed.

        Args:
            adapter: Its version.

        Returns:
            The certification; None when the adapter was never certified.

        Raises:
            CalibrationError: The file is damaged or of an older format.
        """
        loaded = self._load(adapter)
        return loaded.certification if loaded else None

    def served_skills(self, subject: Subject) -> tuple[str, ...]:
        """The skills that a certificate lets an adapter answer now; none without one."""
        try:
            loaded = self._require(subject)
        except CalibrationError:
            return ()
        return loaded.certification.skills if loaded.certificate else ()

    def explain(self, subject: Subject) -> str:
        """What holds for an adapter now, in one line."""
        try:
            loaded = self._require(subject)
        except CalibrationError as error:
            return str(error)
        if loaded.certificate is None:
            return _uncertified(loaded, self.settings)
        return loaded.certificate.describe()

    def worth_a_try(
        self,
        question: str,
        subject: Subject,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        *,
        policy: Policy = Policy.AUTO,
    ) -> Verdict:
        """Is a draft worth paying for? Cheap: no model runs.

        Args:
            question: A standalone question.
            subject: The adapter that would draft, its base, and the encoder.
            skill: The question's skill; None when it is like no known one.
            neighbors: `neighbors_wanted` remembered questions near it.
            policy: Who decides.

        Returns:
            Whether to draft, and why.
        """
        if policy is not Policy.AUTO:
            return Verdict(policy is Policy.SYSTEM1, _ASKED[policy])
        try:
            loaded = self._require(subject)
        except CalibrationError as error:
            return Verdict(False, str(error))
        reason = self._why_untried(question, loaded, skill, neighbors)
        certificate = loaded.certificate
        return Verdict(
            accept=reason is None,
            reason=reason or "a learned skill with verified questions near",
            threshold=certificate.threshold if certificate else None,
            certificate=certificate,
        )

    def judge(
        self,
        draft: Draft,
        subject: Subject,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        *,
        policy: Policy = Policy.AUTO,
    ) -> Verdict:
        """Is a draft good enough to be served?

        Args:
            draft: System 1's draft.
            subject: The active adapter, its base, and the encoder.
            skill: The question's skill; None when it is like no known one.
            neighbors: The same neighbours as for `worth_a_try`.
            policy: Who decides; confidence and features are given whoever does, where they can be.

        Returns:
            Whether to serve it, and why.
        """
        verdict = self._judge(draft, subject, skill, neighbors)
        if policy is Policy.AUTO:
            return verdict
        return Verdict(
            accept=policy is Policy.SYSTEM1,
            reason=f"{_ASKED[policy]} (left to the router: {verdict.reason})",
            confidence=verdict.confidence,
            threshold=verdict.threshold,
            features=verdict.features,
            certificate=verdict.certificate,
        )

    def _judge(
        self, draft: Draft, subject: Subject, skill: Skill | None, neighbors: Sequence[Neighbor]
    ) -> Verdict:
        try:
            if draft.adapter != subject.adapter:
                raise CalibrationError(
                    f"the draft is of adapter {draft.adapter!r}, not of {subject.adapter!r}"
                )
            loaded = self._require(subject)
            seen = loaded.certification.measure(draft, neighbors, skill.name if skill else None)
            confidence = loaded.certification.calibrator.confidence(seen, subject)
        except CalibrationError as error:
            return Verdict(False, str(error))
        reason = (
            self._why_untried(draft.question, loaded, skill, neighbors)
            or why_unusable(draft)
            or loaded.certification.why_unsure(draft, skill.name if skill else None)
        )
        return _verdict(reason, confidence, seen, loaded.certificate)

    def _why_untried(
        self, question: str, loaded: _Loaded, skill: Skill | None, neighbors: Sequence[Neighbor]
    ) -> str | None:
        if loaded.certificate is None:
            return _uncertified(loaded, self.settings)
        name, status = (skill.name, skill.status) if skill else (None, None)
        reason = why_untried(question, name, status, neighbors, self.settings)
        if reason is None and not loaded.certification.covers(name):
            return f"the certificate covers no held-out draft of skill {name!r}"
        return reason

    def _require(self, subject: Subject) -> _Loaded:
        """What holds for this subject under these settings, or why nothing does."""
        loaded = self._load(subject.adapter)
        if loaded is None:
            raise CalibrationError(f"adapter {subject.adapter!r} has no calibrator yet")
        loaded.certification.require(subject, self.settings)
        return loaded

    def _load(self, adapter: str) -> _Loaded | None:
        path = self.path(adapter)
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CalibrationError(f"{path} cannot be read ({error})") from error
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        loaded = self._loaded.get(adapter)
        if loaded is None or loaded.stamp != stamp:
            found = files.read(path, _schema())
            loaded = _Loaded(stamp, found, found.under(self.settings))
            self._loaded[adapter] = loaded
        return loaded


_ASKED = {
    Policy.SYSTEM1: "System 1 was asked for",
    Policy.SYSTEM2: "System 2 was asked for",
}


@lru_cache(maxsize=1)
def _schema() -> TypeAdapter[Certification]:
    return TypeAdapter(Certification)


def _uncertified(loaded: _Loaded, settings: RouterSettings) -> str:
    adapter = loaded.certification.subject.adapter
    return f"adapter {adapter!r} is not certified: {loaded.certification.shortfall(settings)}"


def _verdict(
    reason: str | None, confidence: float, seen: Features, certificate: Certificate | None
) -> Verdict:
    threshold = certificate.threshold if certificate else None
    accept = reason is None and threshold is not None and confidence >= threshold
    if reason is None:
        sign = ">=" if accept else "<"
        described = certificate.describe() if certificate else ""
        reason = f"confidence {confidence:.3f} {sign} threshold {threshold:.3f} ({described})"
    return Verdict(accept, reason, confidence, threshold, seen.as_dict(), certificate)
