"""The two routing questions: is System 1 worth a try, and is its draft good enough?

Whatever can't be told (no certification, another adapter's, a damaged file, a draft without
numbers) is left to System 2, and the verdict says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from memory.records import BASE, Draft, Neighbor, Skill, SkillStatus
from models.errors import CalibrationError
from router import baselines, files
from router.baselines import CONFIDENCE_ONLY, SIMILARITY_ONLY
from router.bounds import Bounds
from router.calibration import Subject
from router.case import Case
from router.certification import Certification, certification
from router.features import drafted
from router.place import Evidence, place
from router.refusals import why_untried, why_unusable
from router.settings import RouterSettings
from router.verdict import Verdict, held_against

__all__ = ["ROUTES", "Case", "Policy", "Router", "RouterSettings", "Subject", "Verdict"]


class Policy(StrEnum):
    """Who decides."""

    AUTO = "auto"
    SYSTEM1 = "system1"
    SYSTEM2 = "system2"
    SIMILARITY_ONLY = SIMILARITY_ONLY
    CONFIDENCE_ONLY = CONFIDENCE_ONLY


ROUTES = (Policy.AUTO, Policy.SYSTEM1, Policy.SYSTEM2)
"""What may be asked for; the other policies are there to be measured against."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A certification as it lies on disk, and the bounds that hold now."""

    stamp: tuple[int, int, int]
    certification: Certification
    bounds: Bounds

    @property
    def holds(self) -> bool:
        """Whether any skill may be served."""
        return bool(self.bounds.overall or self.bounds.skills)


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
        self,
        subject: Subject,
        cases: Sequence[Case],
        statuses: Mapping[str, SkillStatus],
        learned: Mapping[str, Sequence[str]] | None = None,
        apart: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Bounds:
        """Certify an adapter on its holdout drafts and keep the result, replacing any earlier one.

        Args:
            subject: The adapter, base and encoder.
            cases: Held-out records of both halves with the adapter's drafts.
            statuses: Each skill's status from now on.
            learned: By skill, the questions that the adapter was trained on, the newest last.
            apart: By skill, the words on whose questions answers are not trusted, and why.

        Returns:
            The bounds; where they hold nothing, everything goes to System 2 (`explain` says why).

        Raises:
            CalibrationError: A case is of another adapter, or of the training split.
        """
        result = certification(subject, cases, statuses, self.settings, learned, apart)
        files.write(self.path(subject.adapter), result)
        return result.bounds

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
        skills = sorted(loaded.certification.skills)
        return tuple(s for s in skills if loaded.bounds.of(s, self.settings) is not None)

    def explain(self, subject: Subject) -> str:
        """What holds for an adapter now, in one line."""
        try:
            loaded = self._require(subject)
        except CalibrationError as error:
            return str(error)
        if not self.settings.per_skill:
            overall = loaded.bounds.overall
            return overall.describe() if overall else _uncertified(loaded, self.settings)
        served = self.served_skills(subject)
        if not served and loaded.bounds.missing:
            reasons = [loaded.bounds.why_not(s, self.settings) for s in loaded.bounds.missing]
            return "; ".join([f"adapter {subject.adapter!r} serves no skill", *reasons])
        if not served:
            return _uncertified(loaded, self.settings)
        return "; ".join(f"{name}: {loaded.bounds.skills[name].describe()}" for name in served)

    def usual(self, adapter: str) -> dict[str, float]:
        """By skill, how near to memory an adapter's certified questions mostly lay."""
        try:
            loaded = self._load(adapter)
        except CalibrationError:
            return {}
        return loaded.certification.usual if loaded else {}

    def bounds(self, subject: Subject) -> Bounds | None:
        """The bounds that hold for an adapter now; None when it can't be told."""
        try:
            return self._require(subject).bounds
        except CalibrationError:
            return None

    def worth_a_try(
        self,
        question: str,
        subject: Subject,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        *,
        policy: Policy = Policy.AUTO,
        suspended: str | None = None,
    ) -> Verdict:
        """Is a draft worth paying for? Cheap: no model runs.

        Args:
            question: A standalone question.
            subject: The adapter that would draft, its base, and the encoder.
            skill: The question's skill; None when it is like no known one.
            neighbors: `neighbors_wanted` remembered questions near it.
            policy: Who decides.
            suspended: Why audits keep System 1 off the skill; None when they don't.

        Returns:
            Whether to draft, and why.
        """
        if policy in _ASKED:
            seen = self.seen(question, skill, neighbors)
            return Verdict(policy is Policy.SYSTEM1, _ASKED[policy], features=seen)
        try:
            loaded = self._require(subject)
        except CalibrationError as error:
            return Verdict(False, str(error), features=self.seen(question, skill, neighbors))
        certified, name = loaded.certification, skill.name if skill else None
        lies = certified.place(question, neighbors, name)
        if policy is not Policy.AUTO:
            said = baselines.judge(policy.value, certified.baselines, question, neighbors)
            return Verdict(*said, features=lies.as_dict())
        try:
            reason = self._why_untried(
                question, loaded, skill, neighbors, suspended
            ) or certified.why_unpromising(lies)
        except CalibrationError as error:
            reason = str(error)
        return Verdict(
            accept=reason is None,
            reason=reason or "a skill that System 1 has learned from, with verified questions near",
            features=lies.as_dict(),
            certificate=loaded.bounds.of(name, self.settings),
        )

    def seen(
        self,
        question: str,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        draft: Draft | None = None,
    ) -> dict[str, float]:
        """What can be seen without a certification, by name: as where no draft was ever judged."""
        k, name = self.settings.neighbors, skill.name if skill else None
        lies = place(question, neighbors, Evidence(), skill=name, k=k)
        return (drafted(lies, draft, neighbors, k=k) if draft else lies).as_dict()

    def judge(
        self,
        draft: Draft,
        subject: Subject,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        *,
        policy: Policy = Policy.AUTO,
        suspended: str | None = None,
    ) -> Verdict:
        """Is a draft good enough to be served?

        Args:
            draft: System 1's draft.
            subject: The active adapter, its base, and the encoder.
            skill: The question's skill; None when it is like no known one.
            neighbors: The same neighbours as for `worth_a_try`.
            policy: Who decides; features are given whoever does, where they can be. Another than
                AUTO may have a question drafted that is not `worth_a_try`: no confidence then, for
                nothing like it is calibrated, nor are a skill's inputs known by it.
            suspended: As for `worth_a_try`.

        Returns:
            Whether to serve it, and why.
        """
        verdict = self._judge(draft, subject, skill, neighbors, suspended)
        if policy is Policy.AUTO:
            return verdict
        tried = self.worth_a_try(draft.question, subject, skill, neighbors, suspended=suspended)
        if not tried.accept:
            verdict = replace(verdict, confidence=None)
        if policy in _ASKED:
            reason = f"{_ASKED[policy]} (left to the router: {verdict.reason})"
            return replace(verdict, accept=policy is Policy.SYSTEM1, reason=reason)
        try:
            loaded = self._require(subject)
        except CalibrationError:
            return verdict
        known = loaded.certification.baselines
        accept, reason = baselines.judge(policy.value, known, draft.question, neighbors, draft)
        return replace(verdict, accept=accept, reason=reason)

    def _judge(
        self,
        draft: Draft,
        subject: Subject,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        suspended: str | None,
    ) -> Verdict:
        name = skill.name if skill else None
        try:
            if draft.adapter != subject.adapter:
                raise CalibrationError(
                    f"the draft is of adapter {draft.adapter!r}, not of {subject.adapter!r}"
                )
            loaded = self._require(subject)
        except CalibrationError as error:
            known = self.seen(draft.question, skill, neighbors, draft)
            return Verdict(False, str(error), features=known)
        certified, certificate = loaded.certification, loaded.bounds.of(name, self.settings)
        lies = certified.place(draft.question, neighbors, name)
        seen = certified.measure(draft, neighbors, lies)
        try:
            confidence = certified.calibrator.confidence(seen, subject)
            reason = (
                self._why_untried(draft.question, loaded, skill, neighbors, suspended)
                or certified.why_unpromising(lies)
                or why_unusable(draft)
                or certified.why_unsure(draft, name)
            )
        except CalibrationError as error:
            return Verdict(False, str(error), features=seen.as_dict(), certificate=certificate)
        return held_against(certificate, confidence, seen, reason)

    def _why_untried(
        self,
        question: str,
        loaded: _Loaded,
        skill: Skill | None,
        neighbors: Sequence[Neighbor],
        suspended: str | None,
    ) -> str | None:
        if not loaded.holds:
            return _uncertified(loaded, self.settings)
        name, status = (skill.name, skill.status) if skill else (None, None)
        reason = why_untried(question, name, status, neighbors, self.settings)
        if reason is not None or name is None:
            return reason
        if suspended is not None:
            return f"skill {name!r} is suspended ({suspended})"
        if name not in loaded.certification.skills:
            return f"the certificate covers no held-out draft of skill {name!r}"
        if loaded.bounds.of(name, self.settings) is None:
            if loaded.bounds.overall is None and not self.settings.per_skill:
                return _uncertified(loaded, self.settings)
            return loaded.bounds.why_not(name, self.settings)
        return loaded.certification.why_unlike(question, name)

    def _require(self, subject: Subject) -> _Loaded:
        """What holds for this subject under these settings, or why nothing does."""
        loaded = self._load(subject.adapter)
        if loaded is None:
            raise CalibrationError(_uncalibrated(subject.adapter))
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


def _uncalibrated(adapter: str) -> str:
    if adapter == BASE:
        return "no adapter is active yet, so no calibrator"
    return (
        f"adapter {adapter!r} has no calibrator yet; "
        f"the idle daemon or `secondnature adapters promote {adapter}` certifies it"
    )


def _uncertified(loaded: _Loaded, settings: RouterSettings) -> str:
    adapter = loaded.certification.subject.adapter
    return f"adapter {adapter!r} is not certified: {loaded.certification.shortfall(settings)}"
