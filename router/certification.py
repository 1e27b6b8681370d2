"""What the router knows of one adapter: calibrator, certificate, and the evidence for both."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from memory.answers import same
from memory.records import (
    HOLDOUT,
    Draft,
    Neighbor,
    SkillStatus,
    Split,
    Status,
    question_key,
)
from models.errors import CalibrationError
from router import baselines, calibration, risk
from router.bounds import Bounds, Scored, bounds, shortfall
from router.calibration import Calibrator, Subject
from router.case import Case, gives
from router.features import Features, drafted
from router.monitor import far_mark
from router.place import PLACE, Evidence, Outcome, Place, place
from router.refusals import why_apart, why_unlike, why_unsure, why_untried, why_unusable
from router.risk import Labels
from router.settings import RouterSettings
from router.wording import Wording, wordings

logger = logging.getLogger(__name__)

_MEASURED_WITH = ("neighbors", "min_similarity", "min_promise")
"""Settings that say which drafts were held against their labels, and how they were measured."""

UNSURE_FACTOR = 2.0
"""A right draft may be this much less sure than any of the gate half was.

The least of so few is no limit: one in eleven right drafts lay under it, and one in thirty-five
under its double (docs/experiments.md).
"""

SURE_LOGPROB = -0.05
"""Tokens that are all 95% likely are sure enough, however sure the gate half was."""


@dataclass(frozen=True)
class Certification:
    """All that is needed to judge one adapter's drafts; one JSON file.

    Attributes:
        subject: The adapter, base and encoder it holds for.
        neighbors: `RouterSettings.neighbors` it was made with.
        min_similarity: `RouterSettings.min_similarity` it was made with.
        min_promise: `RouterSettings.min_promise` it was made with.
        calibrator: Of drafts; fitted on the gate half.
        promise: Of questions that have no draft yet; fitted likewise.
        evidence: How the drafts of the gate half came out.
        floors: By skill, the least `min_logprob` that is accepted.
        wordings: By skill, how the questions that System 1 has learned it from are worded; small
            skills have none.
        gate: Drafts of the gate half.
        scored: Drafts of the calibration half; of no other skill may one be accepted.
        labels: What they were held against.
        labels_of: Likewise, by skill.
        unverified: Drafts of the calibration half of which nobody knows whether they are right;
            `right` says whether System 2 bears them out.
        growth: Held-out questions of the calibration half for each that there was when the adapter
            was certified first, or that a certificate needs; at least 1.
        growth_of: Likewise, by skill.
        apart: By skill, words on whose questions nothing is served, and why.
        usual: By skill, the mean similarity below which its questions are called far
            (`monitor.far_mark`); small skills have none.
        baselines: By name, the threshold that a simpler policy would take.
        bounds: Under the settings that held then.
        max_error: Likewise.
        delta: Likewise.
        require_gold: Likewise.
    """

    subject: Subject
    neighbors: int
    min_similarity: float
    min_promise: float
    calibrator: Calibrator
    promise: Calibrator
    evidence: Evidence
    floors: dict[str, float]
    wordings: dict[str, Wording]
    gate: tuple[Scored, ...]
    scored: tuple[Scored, ...]
    labels: Labels
    usual: dict[str, float]
    baselines: dict[str, float]
    bounds: Bounds
    max_error: float
    delta: float
    require_gold: bool
    labels_of: dict[str, Labels] = field(default_factory=dict)
    unverified: tuple[Scored, ...] = ()
    growth: float = 1.0
    growth_of: dict[str, float] = field(default_factory=dict)
    apart: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def skills(self) -> frozenset[str]:
        """Skills with drafts in the calibration half."""
        return frozenset(item.skill for item in self.scored)

    def why_unsure(self, draft: Draft, skill: str | None) -> str | None:
        """Why a draft is unlike those certified, in words; None when it is like them."""
        return why_unsure(draft, skill, self.floors)

    def why_unlike(self, question: str, skill: str) -> str | None:
        """Why a question is worded unlike those that were learned well, in words; None if not."""
        apart = why_apart(question, skill, self.apart)
        return apart or why_unlike(question, skill, self.wordings)

    def place(self, question: str, neighbors: Sequence[Neighbor], skill: str | None) -> Place:
        """Where a question lies, as it was measured at certification."""
        return place(question, neighbors, self.evidence, skill=skill, k=self.neighbors)

    def measure(self, draft: Draft, neighbors: Sequence[Neighbor], lies: Place) -> Features:
        """The features of a draft of a question that lies there, as they were at certification."""
        return drafted(lies, draft, neighbors, k=self.neighbors)

    def why_unpromising(self, lies: Place) -> str | None:
        """Why a draft of a question that lies there is not worth its tokens; None when it is."""
        promise = self.promise.confidence(lies, self.subject)
        if promise >= self.min_promise:
            return None
        return (
            f"a draft would be right with {promise:.1%} by the question alone, below "
            f"{self.min_promise:.1%}"
        )

    def require(self, subject: Subject, settings: RouterSettings) -> None:
        """Refuse another subject, or settings that change what was measured.

        Args:
            subject: What drafts now.
            settings: What holds now.

        Raises:
            CalibrationError: Something differs.
        """
        self.subject.require(subject)
        for name in _MEASURED_WITH:
            mine, theirs = getattr(self, name), getattr(settings, name)
            if mine != theirs:
                raise CalibrationError(
                    f"router.{name} was {mine} when the adapter was certified and is {theirs} now: "
                    "set it back, or run `secondnature distill` to certify again"
                )

    def under(self, settings: RouterSettings) -> Bounds:
        """The bounds for the settings that hold now, from the same drafts.

        Args:
            settings: Their max_error, delta and require_gold count.

        Returns:
            The bounds, tested at the `risk.level` of the drafts' growth.
        """
        names = ("max_error", "delta", "require_gold")
        if all(getattr(self, name) == getattr(settings, name) for name in names):
            return self.bounds
        return self.tested(settings)

    def tested(self, settings: RouterSettings) -> Bounds:
        """The bounds that these drafts give under some settings, worked out anew."""
        return bounds(
            self.subject.adapter,
            self.gate,
            self.scored,
            self.labels,
            settings,
            self.unverified,
            self.labels_of,
            self.growth,
            self.growth_of,
        )

    def shortfall(self, settings: RouterSettings) -> str:
        """Why nothing is certified, in words."""
        return shortfall(
            self.gate, self.scored, self.labels, settings, self.unverified, self.growth
        )


def certification(
    subject: Subject,
    cases: Sequence[Case],
    statuses: Mapping[str, SkillStatus],
    settings: RouterSettings,
    learned: Mapping[str, Sequence[str]] | None = None,
    apart: Mapping[str, Mapping[str, str]] | None = None,
) -> Certification:
    """Fit on the gate half, certify on the calibration half.

    Only cases that would get as far as a verdict enter either: a skill that System 1 is tried on, a
    trusted neighbour near enough, a wording like those it was trained on, a complete draft with an
    answer and finite numbers, and in the calibration half a question that promises one, and a draft
    not far less sure than the gate half's right ones. The evidence is every trusted draft of the
    gate half. Nothing is fitted to cases of which nobody knows whether the draft is right; they are
    kept beside those that certify.

    Args:
        subject: The adapter, base and encoder.
        cases: Held-out records of both halves, in any order.
        statuses: Each skill's status, as the gate (on the gate half alone) left it.
        settings: The bound, and what counts as near.
        learned: By skill, the questions of the training split that the adapter was trained on, the
            newest last; without, any wording will do.
        apart: By skill, the words on whose questions answers are not trusted, and why: such cases
            are never served, and left out.

    Returns:
        The certification; its bounds hold nothing when the drafts don't suffice.

    Raises:
        CalibrationError: A case is of another adapter, of the training split, or its draft of
            another record.
    """
    for case in cases:
        case.require(subject)
    forms = {skill: dict(words) for skill, words in (apart or {}).items() if words}
    cases = [c for c in cases if not why_apart(c.record.question, c.record.skill, forms)]
    halves: dict[Split, list[Case]] = {half: [] for half in HOLDOUT}
    for case in cases:
        halves[case.record.split].append(case)
    judged = [case for case in halves[Split.GATE] if case.right is not None]
    evidence = Evidence(tuple(map(_outcome, judged)))
    usual = wordings(learned or {})
    places = {case.record.id: _lies(case, evidence, settings) for case in cases}
    seen = [(case, places[case.record.id]) for case in judged]
    seen = [(case, lies) for case, lies in seen if _finite(lies)]
    promise = calibration.fit(
        [lies for _, lies in seen], [bool(c.right) for c, _ in seen], subject, names=PLACE
    )

    def measured(some: Sequence[Case]) -> list[tuple[Case, Features]]:
        kept = [case for case in some if _reaches_verdict(case, statuses, usual, settings)]
        rows = [(case, _measure(case, places[case.record.id], settings)) for case in kept]
        return [(case, row) for case, row in rows if _finite(row)]

    gate = measured(judged)
    floors = _floors([case for case, _ in gate])
    certifying = [
        (case, row)
        for case, row in measured(halves[Split.CALIBRATION])
        if _is_sure(case, floors)
        and promise.confidence(places[case.record.id], subject) >= settings.min_promise
    ]
    held = [(case, row) for case, row in certifying if case.right is not None]
    open_ = [(case, row) for case, row in certifying if case.right is None]
    calibrator = calibration.fit(
        [row for _, row in gate], [bool(c.right) for c, _ in gate], subject
    )
    scored_gate, scored, unverified = (
        tuple(_scored(case, calibrator.confidence(row, subject)) for case, row in pairs)
        for pairs in (gate, held, open_)
    )
    labels = _labels(cases, scored)
    of_skill = {
        skill: [case for case in cases if case.record.skill == skill]
        for skill in dict.fromkeys(item.skill for item in scored)
    }
    labels_of = {
        skill: _labels(some, [item for item in scored if item.skill == skill])
        for skill, some in of_skill.items()
    }
    held_out = halves[Split.CALIBRATION]
    growth = _growth(held_out, settings)
    growth_of = {
        skill: _growth([case for case in held_out if case.record.skill == skill], settings)
        for skill in of_skill
    }
    logger.info(
        "router: %d of %d held-out drafts reach a verdict (%d gate, %d calibration)",
        len(gate) + len(held),
        len(cases),
        len(gate),
        len(held),
    )
    made = Certification(
        subject=subject,
        neighbors=settings.neighbors,
        min_similarity=settings.min_similarity,
        min_promise=settings.min_promise,
        calibrator=calibrator,
        promise=promise,
        evidence=evidence,
        floors=floors,
        wordings=usual,
        gate=scored_gate,
        scored=scored,
        labels=labels,
        usual=_usual([*gate, *held], settings.delta),
        baselines=baselines.thresholds(
            [(lies, case.judged.draft, bool(case.right)) for case, lies in seen],
            settings.max_error,
        ),
        bounds=Bounds(None),
        max_error=settings.max_error,
        delta=settings.delta,
        require_gold=settings.require_gold,
        labels_of=labels_of,
        unverified=unverified,
        growth=growth,
        growth_of=growth_of,
        apart=forms,
    )
    return replace(made, bounds=made.tested(settings))


def _growth(held: Sequence[Case], settings: RouterSettings) -> float:
    """How many more certify than by the first certificate, or than there must be for one."""
    least = risk.least_items(settings.max_error, settings.delta)
    return max(1.0, len(held) / max(sum(case.first for case in held), least))


def _reaches_verdict(
    case: Case,
    statuses: Mapping[str, SkillStatus],
    usual: Mapping[str, Wording],
    settings: RouterSettings,
) -> bool:
    record = case.record
    status = statuses.get(record.skill) if record.skill else None
    untried = why_untried(record.question, record.skill, status, case.neighbors, settings)
    return (
        untried is None
        and why_unusable(case.judged.draft) is None
        and why_unlike(record.question, record.skill, usual) is None
    )


def _floors(gate: Sequence[Case]) -> dict[str, float]:
    """How sure a draft must be: within `UNSURE_FACTOR` of the least sure right one of its skill."""
    floors: dict[str, float] = {}
    for case in gate:
        if case.right and case.record.skill is not None:
            floor = min(UNSURE_FACTOR * case.judged.draft.min_logprob, SURE_LOGPROB)
            floors[case.record.skill] = min(floor, floors.get(case.record.skill, floor))
    return floors


def _usual(rows: Sequence[tuple[Case, Features]], delta: float) -> dict[str, float]:
    by_skill: dict[str, list[float]] = {}
    for case, row in rows:
        by_skill.setdefault(str(case.record.skill), []).append(row.mean_similarity)
    marks = {skill: far_mark(near, delta) for skill, near in by_skill.items()}
    return {skill: mark for skill, mark in marks.items() if mark is not None}


def _is_sure(case: Case, floors: Mapping[str, float]) -> bool:
    return why_unsure(case.judged.draft, case.record.skill, floors) is None


def _outcome(case: Case) -> Outcome:
    return Outcome(question_key(case.record.question), case.record.skill, bool(case.right))


def _measure(case: Case, lies: Place, settings: RouterSettings) -> Features:
    return drafted(lies, case.judged.draft, case.neighbors, k=settings.neighbors)


def _lies(case: Case, evidence: Evidence, settings: RouterSettings) -> Place:
    record = case.record
    return place(
        record.question, case.neighbors, evidence, skill=record.skill, k=settings.neighbors
    )


def _scored(case: Case, confidence: float) -> Scored:
    record = case.record
    right = case.borne_out if case.right is None else case.right
    return Scored(confidence, right, str(record.skill), record.status.by_person)


def _labels(cases: Sequence[Case], scored: Sequence[Scored]) -> Labels:
    """How often a label that the draft agrees with is wrong, as far as people have said."""
    told = [case for case in cases if gives(case.judged.draft, case.voted)]
    wrong = sum(
        case.record.status is Status.REFUTED
        or not same(str(case.voted), str(case.record.answer), case.record.question)
        for case in told
    )
    gold = sum(item.gold for item in scored) / len(scored) if scored else 0.0
    return Labels(judged=len(told), wrong=wrong, gold=gold)


def _finite(row: Place) -> bool:
    return all(map(math.isfinite, row.values()))
