"""Precision and coverage of `verified` under every pair of thresholds, as tables and as JSON."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agent.system2.method import Method
from agent.system2.settings import System2Settings, VerifySettings
from agent.tables import table
from benchmarks.replay import Count, KindResult, Replay, total
from benchmarks.votes import Asked

AGREEMENTS = (0.5, 0.7, 0.9)
PROBABILITIES = (0.8, 0.9, 0.95)
"""Thresholds that are tried, besides the settings' own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One method under one pair of thresholds.

    Attributes:
        method: Whose vote it is.
        min_agreement: Of its samples.
        min_probability: By all methods' votes; None where its own agreement alone decides.
        kinds: What came of each kind.
    """

    method: str
    min_agreement: float
    min_probability: float | None
    kinds: Sequence[KindResult]


@dataclass(frozen=True, slots=True)
class Sampler:
    """One method's rounds that stop, held against all samples drawn, all else alike."""

    method: str
    adaptive: Count
    fixed: Count

    @property
    def ratio(self) -> float:
        """Own samples of the one over those of the other."""
        return self.adaptive.samples / self.fixed.samples


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was counted.

    Attributes:
        mixes: The kinds of each mix, by its name.
        rows: Every method under every pair of thresholds.
        own: Every method under the settings' own thresholds.
        samplers: One a method.
    """

    mixes: Mapping[str, Collection[str]]
    rows: Sequence[Row]
    own: Sequence[Row]
    samplers: Sequence[Sampler]


def report(
    asked: Sequence[Asked],
    methods: Sequence[Method],
    system2: System2Settings,
    verify: VerifySettings,
    mixes: Mapping[str, Collection[str]],
) -> Report:
    """Replay every method's vote under every pair of thresholds.

    Args:
        asked: Questions with the votes of all methods.
        methods: The methods; those that the settings name check the others.
        system2: How samples are drawn.
        verify: The settings' own thresholds.
        mixes: Kinds that are counted together, by name.

    Returns:
        The counts; none of a method that fits no question.
    """
    names = {method.name: method for method in methods}
    checkers = [names[name] for name in system2.methods if name in names]
    replay = Replay(asked, checkers, system2)
    fitting = [m for m in methods if any(m.fits(each.item.question) for each in asked)]
    rows = [
        _row(replay, method, settings) for method in fitting for settings in _thresholds(verify)
    ]
    own = [_row(replay, method, verify) for method in fitting]
    samplers = [
        Sampler(row.method, total(row.kinds), total(replay.run(method, verify, adaptive=False)))
        for method, row in zip(fitting, own, strict=True)
    ]
    return Report(mixes, rows, own, samplers)


def _thresholds(verify: VerifySettings) -> list[VerifySettings]:
    """Every pair of thresholds, and for each agreement one method's word alone."""
    found = []
    for agreement in sorted({*AGREEMENTS, verify.min_agreement}):
        update = {"min_agreement": agreement, "unlike_methods": False}
        found.append(verify.model_copy(update=update))
        for probability in sorted({*PROBABILITIES, verify.min_probability}):
            update |= {"min_probability": probability, "unlike_methods": True}
            found.append(verify.model_copy(update=update))
    return found


def _row(replay: Replay, method: Method, verify: VerifySettings) -> Row:
    likely = verify.min_probability if verify.unlike_methods else None
    return Row(method.name, verify.min_agreement, likely, replay.run(method, verify))


def in_words(shown: Report) -> str:
    """The report's tables: thresholds by mix, then kinds, then samplers.

    Args:
        shown: The report.

    Returns:
        Lines of text.
    """
    parts = []
    for mix, kinds in shown.mixes.items():
        lines = [_line(row, _of(row.kinds, kinds)) for row in shown.rows]
        parts.append(f"== {mix}, {len(kinds)} kinds\n{table(_HEADER, lines)}")
    for row in shown.own:
        title = f"== kinds by {row.method}, agreement {row.min_agreement:g}"
        parts.append(f"{title}\n{table(_KINDS, [_kind_line(kind) for kind in row.kinds])}")
    lines = [_sampler_line(sampler) for sampler in shown.samplers]
    parts.append(f"== rounds that stop, against all samples drawn\n{table(_SAMPLERS, lines)}")
    return "\n\n".join(parts)


_HEADER = (
    "method", "agreement", "probability", "verified", "precision", "low", "high", "coverage",
    "samples/q", "checks/q", "tokens/q",
)  # fmt: skip
_KINDS = ("kind", "n", "clear", "right", "verified", "right", "kappa", "trusted", "why")
_SAMPLERS = ("method", "samples/q", "of all", "ratio", "precision", "of all", "coverage", "of all")


def _line(row: Row, count: Count) -> tuple[object, ...]:
    low, high = count.precision_interval()
    n = max(1, count.questions)
    return (
        row.method,
        row.min_agreement,
        "alone" if row.min_probability is None else f"{row.min_probability:.2f}",
        count.verified,
        *(_share(share) for share in (count.precision, low, high, count.coverage)),
        *(f"{sum_ / n:.1f}" for sum_ in (count.samples, count.checks, count.tokens)),
    )


def _kind_line(result: KindResult) -> tuple[object, ...]:
    count = result.count
    return (
        result.kind,
        count.questions,
        count.clear,
        _share(count.clear_right / count.clear if count.clear else None),
        count.verified,
        _share(count.precision),
        result.trust.kappa,
        result.trust.trusted,
        result.trust.reason,
    )


def _sampler_line(sampler: Sampler) -> tuple[object, ...]:
    both = (sampler.adaptive, sampler.fixed)
    return (
        sampler.method,
        *(f"{count.samples / count.questions:.1f}" for count in both),
        sampler.ratio,
        *(_share(count.precision) for count in both),
        *(_share(count.coverage) for count in both),
    )


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.1%}"


def _of(results: Sequence[KindResult], kinds: Collection[str]) -> Count:
    return total([result for result in results if result.kind in kinds])


def as_object(shown: Report) -> dict[str, object]:
    """The report as JSON takes it.

    Args:
        shown: The report.

    Returns:
        Rows by mix, kinds under the settings' own thresholds, samplers.
    """
    return {
        "mixes": {
            mix: [_row_object(row) | _count_object(_of(row.kinds, kinds)) for row in shown.rows]
            for mix, kinds in shown.mixes.items()
        },
        "kinds": [
            _row_object(row)
            | {
                "kind": result.kind,
                "trusted": result.trust.trusted,
                "reason": result.trust.reason,
                "kappa": result.trust.kappa,
                "accuracy": dict(result.trust.accuracy),
            }
            | _count_object(result.count)
            for row in shown.own
            for result in row.kinds
        ],
        "samplers": [
            {
                "method": sampler.method,
                "ratio": sampler.ratio,
                "adaptive": _count_object(sampler.adaptive),
                "fixed": _count_object(sampler.fixed),
            }
            for sampler in shown.samplers
        ],
    }


def _row_object(row: Row) -> dict[str, object]:
    return {
        "method": row.method,
        "min_agreement": row.min_agreement,
        "min_probability": row.min_probability,
        "unlike_methods": row.min_probability is not None,
    }


def _count_object(count: Count) -> dict[str, object]:
    return {name: getattr(count, name) for name in Count.__slots__} | {
        "precision": count.precision,
        "precision_interval": count.precision_interval(),
        "coverage": count.coverage,
        "coverage_interval": count.coverage_interval(),
    }
