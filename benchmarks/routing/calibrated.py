"""How far a stated confidence can be believed, on the stream: ours, and those of token scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.routing.gates import TokenGate, confidence
from benchmarks.routing.policies import Outcome, Own
from router.metrics import auroc, brier, expected_calibration_error


@dataclass(frozen=True, slots=True)
class Believed:
    """Confidences held against what was right.

    Attributes:
        name: Whose they are.
        drafts: Which drafts, in words.
        n: How many have a confidence.
        right: Share of these that is right; nan without any.
        stated: Their mean confidence; nan without any.
        ece: Expected calibration error, 10 bins of equal width; nan without any.
        brier: Mean squared error; nan without any.
        auroc: P(a right draft has the higher one); nan unless there are both kinds.
    """

    name: str
    drafts: str
    n: int
    right: float
    stated: float
    ece: float
    brier: float
    auroc: float


def believed(
    stream: Sequence[Outcome], own: Sequence[Own], gates: Mapping[str, TokenGate]
) -> list[Believed]:
    """Hold every confidence against the truth.

    Args:
        stream: What everybody said.
        own: What our router makes of it.
        gates: Token scores by name, with the temperature that was fitted on held-out questions.

    Returns:
        Ours for the drafts that are served, for those that are judged, and for all; others' for
        all.
    """
    return list(_believed(stream, own, gates))


def _believed(
    stream: Sequence[Outcome], own: Sequence[Own], gates: Mapping[str, TokenGate]
) -> Iterator[Believed]:
    every = list(zip(own, stream, strict=True))
    chosen = {
        "served": [(mine, item) for mine, item in every if mine.tried and mine.accepted],
        "judged: worth a try": [(mine, item) for mine, item in every if mine.tried],
        "all": every,
    }
    for drafts, judged in chosen.items():
        stated = [(mine.confidence, item.system1_right) for mine, item in judged]
        yield _figures("ours", drafts, [(c, right) for c, right in stated if c is not None])
    for name, gate in gates.items():
        sure = [(confidence(i, gate.score, gate.temperature), i.system1_right) for i in stream]
        yield _figures(name, "all", sure)


def _figures(name: str, drafts: str, pairs: Sequence[tuple[float, bool]]) -> Believed:
    stated, right = [c for c, _ in pairs], [r for _, r in pairs]
    n, nan = len(pairs), float("nan")
    return Believed(
        name=name,
        drafts=drafts,
        n=n,
        right=sum(right) / n if n else nan,
        stated=sum(stated) / n if n else nan,
        ece=expected_calibration_error(stated, right),
        brier=brier(stated, right),
        auroc=auroc(stated, right),
    )
