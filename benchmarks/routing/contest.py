"""Every policy over the same outcomes: as it comes, and with what other questions say of it.

A policy that looks at System 1's drafts is fitted on held-out questions of the log. The log repeats
nothing, so there a cache could never be right: its threshold is chosen on validation questions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.routing import gates
from benchmarks.routing.caches import Cached, FoundBefore, SimilarityIndex
from benchmarks.routing.calibrated import Believed, believed
from benchmarks.routing.policies import (
    AlwaysSystem1,
    AlwaysSystem2,
    Chosen,
    ChosenBefore,
    Oracle,
    Ours,
    RoutingPolicy,
    Served,
    TwoSampleDisagreement,
    replay,
)
from benchmarks.routing.rivals import (
    HELD_OUT,
    STREAM,
    VALIDATION,
    CacheResult,
    Choice,
    Peers,
    RouteResult,
    Side,
)
from benchmarks.routing.scores import DRAWS, Difference, Scores, differences, score
from benchmarks.routing.stream import StreamItem
from router.binomial import clopper_pearson_upper
from router.risk import least_items

OURS = "ours"
ANY = -1.0
"""A threshold that every cosine is above."""

COSINES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 0.999)


@dataclass(frozen=True, slots=True)
class ByChange:
    """What a policy did with the questions of one change.

    Attributes:
        change: What they are to earlier ones.
        questions: How many.
        right: Of which were answered right.
        fast: Of which System 2 did not answer.
        wrong_fast: Of which were answered wrong.
    """

    change: str
    questions: int
    right: int
    fast: int
    wrong_fast: int


@dataclass(frozen=True, slots=True)
class Row:
    """A policy on the stream.

    Attributes:
        name: Which.
        threshold: Its least similarity, confidence or score; None without one.
        scores: Of all questions.
        less_ours: Its scores less ours, by score.
        changes: What it did with each change.
    """

    name: str
    threshold: float | None
    scores: Scores
    less_ours: Mapping[str, Difference]
    changes: Sequence[ByChange]


@dataclass(frozen=True, slots=True)
class Point:
    """A policy at one threshold, on the questions it is chosen on and on the stream."""

    threshold: float
    chosen_on: Scores
    stream: Scores


@dataclass(frozen=True, slots=True)
class Contest:
    """What came of all policies.

    Attributes:
        rows: One a policy, ours last.
        sweeps: By policy, what each threshold would have given.
        confidences: How far ours can be believed, and token scores.
        notes: What could not be shown, in words.
    """

    rows: Sequence[Row]
    sweeps: Mapping[str, Sequence[Point]]
    confidences: Sequence[Believed]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A policy that is ready; it is replayed once."""

    name: str
    threshold: float | None
    policy: RoutingPolicy


@dataclass(frozen=True, slots=True)
class _Sweep:
    """A policy at any of some thresholds.

    Attributes:
        name: Which.
        side: What its threshold is chosen on.
        thresholds: Rising.
        default: As it comes; None has no default to show.
        policy: Makes it, for a side's name and a threshold.
    """

    name: str
    side: str
    thresholds: Sequence[float]
    default: float | None
    policy: Callable[[str, float], RoutingPolicy]


@dataclass(frozen=True, slots=True)
class Bound:
    """The most errors that System 1 may make, as our own router's settings have it."""

    max_error: float
    delta: float


def contest(
    sides: Mapping[str, Side],
    items: Sequence[StreamItem],
    peers: Peers,
    learned: frozenset[str],
    bound: Bound,
    draws: int = DRAWS,
) -> Contest:
    """Replay everybody.

    Args:
        sides: The held-out questions, those of validation, and the stream's with our verdicts.
        items: The stream's, as they were made.
        peers: What was run elsewhere.
        learned: Skills that semantic-router may give to System 1.
        bound: What thresholds are chosen for.
        draws: Of the bootstrap.

    Returns:
        What came of it.
    """
    sweeps = list(_sweeps(sides, peers, learned))
    points = {sweep.name: _points(sweep, sides) for sweep in sweeps}
    notes: list[str] = []
    entries = [
        _Entry("always System 1", None, AlwaysSystem1()),
        _Entry("always System 2", None, AlwaysSystem2()),
        _Entry("oracle", None, Oracle()),
    ]
    for sweep in sweeps:
        if sweep.default is not None:
            default = sweep.policy(STREAM, sweep.default)
            entries.append(_Entry(f"{sweep.name}, as it comes", _shown(sweep.default), default))
        ways = {
            "chosen": _chosen(points[sweep.name], bound.max_error),
            "certified": _certified(points[sweep.name], len(sides[sweep.side].items), bound),
        }
        for way, threshold in ways.items():
            if threshold is None:
                notes.append(f"{sweep.name}: no threshold can be {way} on {_WORDS[sweep.side]}")
            else:
                policy = sweep.policy(STREAM, threshold)
                entries.append(_Entry(f"{sweep.name}, {way}", _shown(threshold), policy))
    if peers.routes is not None:
        fitted, why = _fitted(peers.routes, learned, bound.max_error)
        entries += fitted
        notes += why
    entries.append(_Entry("two samples agree", None, TwoSampleDisagreement()))
    token_gates = _gates(sides[HELD_OUT], bound)
    entries += [_Entry(name, gate.threshold, gate) for name, gate in token_gates.items()]
    asked = sides[STREAM]
    entries += [
        _Entry(f"{OURS}, with recall", None, Ours(asked.own, recall=True)),
        _Entry(OURS, None, Ours(asked.own)),
    ]
    rows = _rows(entries, asked, items, draws)
    plain = {name: gate for name, gate in token_gates.items() if name in _SCORES}
    return Contest(rows, points, believed(asked.items, asked.own, plain), notes)


_WORDS = {HELD_OUT: "held-out questions", VALIDATION: "validation questions"}


def _shown(threshold: float) -> float | None:
    return None if threshold == ANY else threshold


def _sweeps(sides: Mapping[str, Side], peers: Peers, learned: frozenset[str]) -> Iterator[_Sweep]:
    if peers.cache is not None:
        found = peers.cache
        thresholds = sorted(found.runs[STREAM])
        policy = partial(_gptcache, found, sides)
        yield _Sweep("GPTCache", VALIDATION, thresholds, found.default, policy)
    for name, verified in (("plain", False), ("verified", True)):
        policy = partial(_similarity, sides, verified)
        yield _Sweep(f"{name} similarity cache", VALIDATION, COSINES, None, policy)
    if peers.routes is not None:
        semantic = partial(_semantic, peers.routes.runs, learned)
        yield _Sweep("semantic-router", HELD_OUT, (ANY, *COSINES), ANY, semantic)


def _gptcache(
    found: CacheResult, sides: Mapping[str, Side], side: str, threshold: float
) -> RoutingPolicy:
    lookups = [one.lookup for one in found.runs[side][threshold]]
    return Cached(FoundBefore(lookups), sides[side].log)


def _similarity(
    sides: Mapping[str, Side], verified: bool, side: str, threshold: float
) -> RoutingPolicy:
    return Cached(SimilarityIndex(threshold), sides[side].log, verified=verified)


def _semantic(
    runs: Mapping[str, Sequence[Choice]], learned: frozenset[str], side: str, threshold: float
) -> RoutingPolicy:
    """To System 1 where the best route is a skill it has learned, and sure enough."""
    return ChosenBefore(
        [
            Chosen(
                choice.route in learned
                and choice.confidence is not None
                and choice.confidence >= threshold,
                choice.seconds,
            )
            for choice in runs[side]
        ]
    )


def _fitted(
    routes: RouteResult, learned: frozenset[str], max_error: float
) -> tuple[list[_Entry], list[str]]:
    """After its own fit a confidence is a probability, so the threshold needs no search."""
    if routes.fitted is None:
        return [], [f"semantic-router could not be fitted: {routes.unfitted}"]
    threshold = 1 - max_error
    policy = _semantic(routes.fitted, learned, STREAM, threshold)
    return [_Entry("semantic-router, fitted", threshold, policy)], []


_SCORES = {
    "log-probability, scaled": gates.mean_logprob,
    "token entropy, scaled": gates.token_entropy,
    "whole entropy": gates.whole_entropy,
}


def _gates(held_out: Side, bound: Bound) -> dict[str, gates.TokenGate]:
    """Fitted on the held-out drafts: for the error there, and with a certificate as ours has."""
    return {
        name + shown: gates.fit(held_out.items, sure, bound.max_error, delta)
        for name, sure in _SCORES.items()
        for shown, delta in (("", None), (", certified", bound.delta))
    }


def _points(sweep: _Sweep, sides: Mapping[str, Side]) -> list[Point]:
    def at(side: str, threshold: float) -> Scores:
        return score(replay(sweep.policy(side, threshold), sides[side].items))

    return [Point(t, at(sweep.side, t), at(STREAM, t)) for t in sweep.thresholds]


def _chosen(points: Sequence[Point], max_error: float) -> float | None:
    """The lowest threshold that keeps the error on those questions, if only by misses."""
    kept = (p for p in points if not p.chosen_on.wrong_fast_rate > max_error)
    return next((point.threshold for point in kept), None)


def _certified(points: Sequence[Point], questions: int, bound: Bound) -> float | None:
    """The lowest threshold that is certified as ours is: tested from the highest to the first miss.

    One that serves too few for any certificate is no miss, and is passed over.
    """
    found = None
    for point in reversed(points):
        fast = round((1 - point.chosen_on.deferrals) * questions)
        wrong = round(point.chosen_on.wrong_fast_share * questions)
        if fast < least_items(bound.max_error, bound.delta):
            continue
        if clopper_pearson_upper(wrong, fast, bound.delta) > bound.max_error:
            break
        found = point.threshold
    return found


def _rows(
    entries: Sequence[_Entry], stream: Side, items: Sequence[StreamItem], draws: int
) -> list[Row]:
    served = [replay(entry.policy, stream.items) for entry in entries]
    units = [item.unit for item in items]
    return [
        Row(
            entry.name,
            entry.threshold,
            score(mine),
            differences(mine, served[-1], units, draws=draws),
            _changes(mine, items),
        )
        for entry, mine in zip(entries, served, strict=True)
    ]


def _changes(served: Sequence[Served], items: Sequence[StreamItem]) -> list[ByChange]:
    by: dict[str, list[Served]] = {}
    for one, item in zip(served, items, strict=True):
        by.setdefault(item.change.value, []).append(one)
    return [
        ByChange(
            change,
            len(group),
            sum(one.right for one in group),
            sum(one.fast for one in group),
            sum(one.fast and not one.right for one in group),
        )
        for change, group in sorted(by.items())
    ]
