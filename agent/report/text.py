"""A report as text, for a terminal."""

import math
from collections.abc import Sequence

from agent.decision_view import decision_lines
from agent.report.audits import SkillAudits
from agent.report.bounds import SkillBound
from agent.report.build import Cost, Report
from agent.report.reasoning import SkillReasoning
from agent.tables import table
from memory.records import Decision, Status

FORMULA = (
    "Saved is an estimate: each answer of System 1 or memory at System 2's mean cost for its\n"
    "skill (over all skills where it has none), less what it cost."
)

BOUNDS = (
    "Bounds of each skill's own held-out drafts; lacking: right ones more for router.max_error,\n"
    "a dash where no number of them would do."
)

YIELD = "Right: gave what is trusted, or a clear vote; auto leans to what is right most a token."


def render_text(
    report: Report,
    reasoning: Sequence[SkillReasoning],
    audits: Sequence[SkillAudits] = (),
    bounds: Sequence[SkillBound] = (),
    newest: Sequence[Decision] = (),
) -> str:
    """Lay a report out.

    Args:
        report: What to show.
        reasoning: System 2 by skill.
        audits: Audits of the active adapter's answers, by skill.
        bounds: How far each skill is from a bound of its own.
        newest: Decisions to show with all that they were made for.

    Returns:
        Lines of text, the last one ended.
    """
    span = "All decisions" if report.since is None else f"Decisions since {report.since:%F %R %Z}"
    blocks = [f"{span}: {report.decisions}", _routes(report) if report.decisions else ""]
    if report.decisions:
        blocks.append(
            f"Deferred to System 2: {_percent(report.deferral_rate)}\n"
            f"Spent: {_cost(report.spent)}\n"
            f"Saved: {_cost(report.saved)}\n"
            f"{FORMULA}"
        )
    blocks.append(_skills(report) if report.skills else "Memory holds no record yet.")
    if report.reasoned.tokens:
        blocks.append(f"Reasoning behind these records: {_cost(report.reasoned)}")
    if bounds:
        blocks.append(f"{BOUNDS}\n\n{_bounds(bounds)}")
    if audits:
        blocks.append(f"Audits of System 1's answers:\n\n{_audits(audits)}")
    if reasoning:
        blocks.append(f"System 2 by skill:\n\n{reasoning_text(reasoning)}")
    if newest:
        blocks.append("Newest decisions:")
        blocks += ["\n".join(decision_lines(decision)) for decision in newest]
    return "\n\n".join(filter(None, blocks)) + "\n"


def reasoning_text(reasoning: Sequence[SkillReasoning]) -> str:
    """Lay out how far System 2's answers are verified and why, and what its methods gave.

    Args:
        reasoning: The skills; at least one.

    Returns:
        Lines of text, the last one not ended.
    """
    return f"{_trust(reasoning)}\n\n{trust_lines(reasoning)}\n\n{_methods(reasoning)}\n\n{YIELD}"


def trust_lines(reasoning: Sequence[SkillReasoning]) -> str:
    """Why System 2's answers are verified or not, a line a skill.

    Args:
        reasoning: The skills.

    Returns:
        Lines of text, the last one not ended.
    """
    return "\n".join(
        f"{each.skill}: {'trusted' if each.trust.trusted else 'not trusted'}; {each.trust.reason}"
        for each in reasoning
    )


def _trust(reasoning: Sequence[SkillReasoning]) -> str:
    rows = [
        (
            each.skill,
            each.trust.trusted,
            each.trust.kappa,
            each.trust.checked,
            each.trust.gold,
            each.leaning,
        )
        for each in reasoning
    ]
    return table(("skill", "trusted", "kappa", "checked", "gold", "auto leans to"), rows)


def _methods(reasoning: Sequence[SkillReasoning]) -> str:
    rows = [
        (
            each.skill,
            found.method,
            found.samples,
            _percent(found.right),
            f"{found.tokens:,.1f}",
            _number(1000 * found.right_per_token),
        )
        for each in reasoning
        for found in each.methods
    ]
    header = ("skill", "method", "samples", "right", "tokens/sample", "right/1,000 tokens")
    return table(header, rows)


def _bounds(bounds: Sequence[SkillBound]) -> str:
    rows = [
        (
            each.skill,
            "suspended" if each.suspended else each.certified,
            each.n_accepted,
            each.n_errors,
            _percent(each.bound),
            each.missing,
        )
        for each in bounds
    ]
    header = ("skill", "certified", "drafts", "wrong", "at most wrong", "lacking")
    reasons = [f"{each.skill}: {each.why}" for each in bounds if each.why and not each.missing]
    return "\n".join([table(header, rows), *([""] if reasons else []), *reasons])


def _audits(audits: Sequence[SkillAudits]) -> str:
    rows = [
        (
            each.skill,
            each.audits,
            each.wrong,
            each.undecided,
            f"{_percent(each.low)} to {_percent(each.high)}",
            each.suspended is not None,
        )
        for each in audits
    ]
    header = ("skill", "audits", "wrong", "undecided", "share wrong", "suspended")
    reasons = [f"{each.skill}: {each.suspended}" for each in audits if each.suspended]
    return "\n".join([table(header, rows), *([""] if reasons else []), *reasons])


def _routes(report: Report) -> str:
    rows = [
        (
            total.route.value,
            total.decisions,
            _percent(total.share),
            f"{total.tokens:,}",
            f"{total.seconds:,.1f}",
        )
        for total in report.routes
    ]
    return table(("route", "answers", "share", "tokens", "seconds"), rows)


def _skills(report: Report) -> str:
    rows = [
        (
            skill.skill,
            skill.status.value if skill.status else None,
            skill.records,
            skill.counts[Status.VERIFIED],
            skill.counts[Status.GOLD],
            skill.counts[Status.UNVERIFIED],
            skill.counts[Status.REFUTED],
            _percent(skill.verified_yield),
            _percent(skill.agreement),
            skill.decisions,
            _percent(skill.deferral_rate),
            f"{skill.saved.tokens:,.0f}",
        )
        for skill in report.skills
    ]
    header = ("skill", "status", "records", "verified", "gold", "unverified", "refuted", "yield")
    return table((*header, "agreement", "answers", "deferred", "tokens saved"), rows)


def _cost(cost: Cost) -> str:
    return f"{cost.tokens:,.0f} tokens, {cost.seconds:,.1f} s"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.1%}"
