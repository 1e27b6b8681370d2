"""One world from its first certificate on: all is well, a skill goes wrong, another moves away.

Then a new adapter is certified on new drafts, under what holds by then.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.simulated.service import Service, Suspended
from benchmarks.simulated.world import Asked, Condition, Nature, World
from memory.audits import ALL_SKILLS
from memory.records import SkillStatus
from router.metrics import expected_calibration_error
from router.policy import Router, Subject
from router.settings import RouterSettings

LONGEST = 60_000
"""Questions after which a drift that is not noticed is given up."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What goes wrong with a skill.

    Attributes:
        name: In a word.
        skill: Which.
        to: How it is from then on.
        after: How it is once a new adapter has learned it.
    """

    name: str
    skill: str
    to: Condition
    after: Condition


ERRORS = Drift("errors", "rates", Condition(0.3, silent=1.0), Condition(0.03))
INPUTS = Drift("inputs", "dates", Condition(0.3, silent=1.0, nearest=0.7), Condition(0.02, 0, 0.7))


@dataclass(frozen=True, slots=True)
class Span:
    """What was served over some questions.

    Attributes:
        asked: Questions.
        served: Of these, those that were answered fast.
        wrong: Of these, the wrong ones.
    """

    asked: int
    served: int
    wrong: int

    @property
    def error(self) -> float:
        """Share of wrong fast answers; 0 where none was served."""
        return self.wrong / self.served if self.served else 0.0


@dataclass(frozen=True, slots=True)
class Before:
    """What was served while all was well.

    Attributes:
        overall: Over all skills.
        skills: Each skill that was served.
        certified: Whether anything was.
        suspended: What audits suspended nevertheless.
        stated: Calibration error of the probability that drafts state themselves; nan where none
            was judged.
        calibrated: The same of the router's.
    """

    overall: Span
    skills: Mapping[str, Span]
    certified: bool
    suspended: tuple[Suspended, ...]
    stated: float
    calibrated: float

    def unjustly(self, max_error: float) -> list[str]:
        """What was suspended though it kept to the limit; "" is all skills."""
        spans = {**self.skills, ALL_SKILLS: self.overall}
        return [s.skill for s in self.suspended if spans[s.skill].error <= max_error]


@dataclass(frozen=True, slots=True)
class Noticed:
    """How a drift ended.

    Attributes:
        drift: Its name.
        suspended: Whether the skill was, before the drift had been given up.
        reason: Why, in words; empty when it was not.
        answers: Fast answers of the skill from the drift to the suspension.
        audits: Of these, those that were audited.
        wrong: Of these answers, the wrong ones.
        others: Skills that nothing had happened to and that had kept to the limit all along, and
            were suspended meanwhile nevertheless.
        wait: Questions of the skill from the new certificate to its first fast answer; None when
            there was none.
        again: What the new adapter served of the skill.
    """

    drift: str
    suspended: bool
    reason: str
    answers: int
    audits: int
    wrong: int
    others: tuple[str, ...] = ()
    wait: int | None = None
    again: Span = Span(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a world is looked at.

    Attributes:
        before: Questions before anything goes wrong.
        after: Questions after the new certificate.
    """

    before: int = 1500
    after: int = 500


class Life:
    """One world with its router.

    Args:
        root: Folder for certificates.
        nature: How the world is drawn.
        settings: The router's.
        seed: Draws the world and what is audited.
    """

    def __init__(self, root: Path, nature: Nature, settings: RouterSettings, seed: int) -> None:
        self._world = World(nature, seed)
        self._names = [kind.name for kind in nature.kinds]
        self._seed = seed
        common = settings.model_copy(update={"per_skill": False})
        own = settings.model_copy(update={"per_skill": True})
        self._router, self._own = Router(root, common), Router(root, own)
        self._changed: dict[str, Condition] = {}
        self._service, self._by_skill = self._certify("v1")

    def before(self, questions: int) -> tuple[Before, Before]:
        """Ask while all is well.

        Args:
            questions: How many.

        Returns:
            What came of it under the common bound, and under each skill's own.
        """
        rows = []
        for _, item in zip(range(questions), self._asks("v1"), strict=False):
            verdict = self._service.answer(item)
            self._by_skill.answer(item)
            if verdict.confidence is not None:
                rows.append((math.exp(item.draft.mean_logprob), verdict.confidence, item.right))
        stated, calibrated, right = zip(*rows, strict=True) if rows else ((), (), ())
        errors = [expected_calibration_error(of, right) for of in (stated, calibrated)]
        return (
            _before(self._service, questions, *errors),
            _before(self._by_skill, questions, *errors),
        )

    def drift(self, drift: Drift) -> Noticed | None:
        """Let a skill go wrong, and ask on until it is suspended.

        Args:
            drift: What goes wrong.

        Returns:
            How that ended; None when the skill was not served any more before.
        """
        service, name = self._service, drift.skill
        if service.is_suspended(name) or not service.served[name]:
            return None
        self._changed[name] = drift.to
        counts = (service.served, service.audited, service.wrong)
        first, known = [count[name] for count in counts], len(service.suspended)
        for _, item in zip(range(LONGEST), self._asks("v1"), strict=False):
            service.answer(item)
            if service.is_suspended(name):
                break
        new = service.suspended[known:]
        reason = next((s.reason for s in new if s.skill in (name, ALL_SKILLS)), "")
        others = tuple(s.skill for s in new if s.skill not in self._changed and self._kept(s.skill))
        answers, audits, wrong = (
            count[name] - start for count, start in zip(counts, first, strict=True)
        )
        return Noticed(drift.name, bool(reason), reason, answers, audits, wrong, others)

    def recover(self, questions: int, noticed: Mapping[Drift, Noticed]) -> list[Noticed]:
        """Certify a new adapter that has learned what changed, and ask on.

        Args:
            questions: How many.
            noticed: How each drift ended.

        Returns:
            The same, with what was served of the skills again.
        """
        self._changed |= {drift.skill: drift.after for drift in noticed}
        self._service, _ = self._certify("v2")
        asked = dict.fromkeys(self._names, 0)
        wait: dict[str, int] = {}
        for _, item in zip(range(questions), self._asks("v2"), strict=False):
            asked[item.skill] += 1
            if self._service.answer(item).accept:
                wait.setdefault(item.skill, asked[item.skill])
        return [
            replace(
                ended,
                wait=wait.get(drift.skill),
                again=_span(self._service, asked[drift.skill], drift.skill),
            )
            for drift, ended in noticed.items()
        ]

    def _kept(self, skill: str) -> bool:
        """Whether a skill's fast answers have kept to the limit; for ALL_SKILLS always true."""
        wrong, served = self._service.wrong[skill], self._service.served[skill]
        return wrong <= self._router.settings.max_error * served

    def _asks(self, adapter: str) -> Iterator[Asked]:
        while True:
            yield self._world.ask(adapter, self._changed)

    def _certify(self, adapter: str) -> tuple[Service, Service]:
        """Both routers read the same file: the bounds of both are in it."""
        subject = Subject(adapter, base="simulated", encoder="simulated")
        statuses = dict.fromkeys(self._names, SkillStatus.DISTILLED)
        self._router.certify(subject, self._world.cases(adapter, self._changed), statuses)
        return (
            Service(self._router, subject, self._names, self._seed),
            Service(self._own, subject, self._names, self._seed),
        )


def _span(service: Service, asked: int, skill: str) -> Span:
    return Span(asked, service.served[skill], service.wrong[skill])


def _before(service: Service, asked: int, stated: float, calibrated: float) -> Before:
    served, wrong = service.served.total(), service.wrong.total()
    skills = {name: _span(service, asked, name) for name in service.served}
    found = tuple(service.suspended)
    return Before(Span(asked, served, wrong), skills, service.certified, found, stated, calibrated)
