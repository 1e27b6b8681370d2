"""Whether `method = "auto"` pays: answers verified a token, against every method used alone.

Replayed from votes (`benchmarks.replay`) as `learn` goes: block by block, each block planned with
what memory knows of its skills by then. Every method has as many samples to draw from as the file
holds of each. The order of the questions is drawn several times; all go through each in turn.
"""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.system2.families import AUTO, FAMILIES
from agent.system2.method import Method
from agent.system2.plan import DIRECT, Planner
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.think import evidence_of
from agent.tables import table
from agent.trust import Trust
from agent.verify import AgreementVerifier
from benchmarks.replay import replayed, right
from benchmarks.votes import Asked
from memory.records import Record
from memory.rows import in_chunks

SEEN = 200
"""Questions before those that are counted."""

ORDERS = 10
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """What came of the questions after the first 200, by one way to choose.

    Attributes:
        method: Used alone; "auto" chooses.
        per_1000_tokens: Answers verified for 1000 generated tokens, checks included; one an order.
        verified: Share of the questions, over all orders.
        precision: Share of the verified that are right; None without any.
    """

    method: str
    per_1000_tokens: tuple[float, ...]
    verified: float
    precision: float | None


def choices(
    asked: Sequence[Asked],
    methods: Sequence[Method],
    system2: System2Settings,
    verify: VerifySettings,
    orders: int = ORDERS,
) -> list[Choice]:
    """Go through the questions by auto, and by each method that thinks.

    Args:
        asked: Questions with the votes of all methods; those of a kind are one skill.
        methods: To choose among, by preference.
        system2: How samples are drawn.
        verify: What must hold.
        orders: How often the questions are gone through; at least once.

    Returns:
        Auto, then each method; nothing with too few questions, or without a method that thinks.
    """
    thinking = [method.name for method in methods if method.family != DIRECT]
    if len(asked) <= SEEN or not thinking:
        return []
    shuffled = [random.Random(seed).sample(list(asked), len(asked)) for seed in range(orders)]
    limited = system2.model_copy(update={"max_samples": max(1, system2.max_samples // 2)})
    return [_choice(name, shuffled, methods, limited, verify) for name in (AUTO, *thinking)]


def _choice(
    name: str,
    orders: Sequence[Sequence[Asked]],
    methods: Sequence[Method],
    system2: System2Settings,
    verify: VerifySettings,
) -> Choice:
    paid, verified, right_ones = [], 0, 0
    for seed, order in enumerate(orders):
        planner = Planner(methods, None if name == AUTO else name, verify, seed=seed)
        records = _learn(order, planner, system2, verify)[SEEN:]
        trusted = [
            (each.item, record)
            for each, record in zip(order[SEEN:], records, strict=True)
            if record.status.trusted
        ]
        spent = sum(record.tokens for record in records)
        paid.append(1000 * len(trusted) / max(1, spent))  # none where the method fits no question
        verified += len(trusted)
        right_ones += sum(right(item, record.answer or "") for item, record in trusted)
    counted = sum(len(order) - SEEN for order in orders)
    precision = right_ones / verified if verified else None
    return Choice(name, tuple(paid), verified / counted, precision)


def _learn(
    order: Sequence[Asked], planner: Planner, system2: System2Settings, verify: VerifySettings
) -> list[Record]:
    """What memory holds of the questions in the end, in order."""
    verifier = AgreementVerifier(verify, system2)
    trust = Trust(verify, verifier, FAMILIES)
    records: dict[str, list[Record]] = {each.item.kind: [] for each in order}
    for block in in_chunks(order, _BLOCK):
        evidence = {kind: evidence_of(trust, kind, held) for kind, held in records.items()}
        known = [evidence[each.item.kind] for each in block]
        tasks = planner.plan([each.item.question for each in block], known)
        for each, task in zip(block, tasks, strict=True):
            records[each.item.kind].append(replayed(each, task, verifier, system2))
        for kind, held in records.items():
            verdicts = trust.weigh(kind, held).verdicts
            records[kind] = [
                replace(record, status=verdict.status, reason=verdict.reason)
                for record, verdict in zip(held, verdicts, strict=True)
            ]
    found = {record.question: record for held in records.values() for record in held}
    return [found[each.item.question] for each in order]


def in_words(found: Sequence[Choice]) -> str:
    """The choices as a table, auto's yield over each method's beside it.

    Args:
        found: As `choices` returns them.

    Returns:
        Lines of text.
    """
    if not found:
        return (
            f"== choosing the method: told with more than {SEEN} questions and a method that "
            "`system2.methods` lets auto choose"
        )
    auto = found[0].per_1000_tokens
    rows = []
    for choice in found:
        ratios = [a / b if b else None for a, b in zip(auto, choice.per_1000_tokens, strict=True)]
        known = [ratio for ratio in ratios if ratio is not None]
        spread = (statistics.median(known), min(known), max(known)) if known else (None,) * 3
        rows.append(
            (
                choice.method,
                f"{statistics.median(choice.per_1000_tokens):.2f}",
                *(None if value is None else f"{value:.2f}" for value in spread),
                f"{choice.verified:.1%}",
                None if choice.precision is None else f"{choice.precision:.1%}",
            )
        )
    header = ("method", "verified/1000 tokens", "auto/it", "low", "high", "verified", "precision")
    return f"== choosing the method, after {SEEN} questions\n{table(header, rows)}"
