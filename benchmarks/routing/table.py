"""A head to head for people: a table for the terminal, a page for docs."""

import math
from collections.abc import Sequence

from agent.tables import table
from benchmarks.routing.calibrated import Believed
from benchmarks.routing.contest import ByChange, Row
from benchmarks.routing.reviewing import SESSION
from benchmarks.routing.run import Plan, Result
from benchmarks.routing.scores import Difference, Scores

HEADER = (
    "policy",
    "threshold",
    "right",
    "wrong fast",
    "wrong of fast",
    "deferred",
    "tokens/q",
    "p50 s",
    "p95 s",
)


def in_words(result: Result) -> str:
    """The table, and what could not be shown.

    Args:
        result: Of a run.

    Returns:
        Lines of text.
    """
    rows = [_cells(row) for row in result.contest.rows]
    return "\n".join([table(HEADER, rows), *result.contest.notes])


def markdown(result: Result, command: str) -> str:
    """The page: how it was measured, the table, the intervals, and what each change did.

    Args:
        result: Of a run.
        command: What repeats it.

    Returns:
        Markdown.
    """
    rows = result.contest.rows
    less = ("policy", "right", "wrong fast", "deferred", "tokens/q", "p50 s", "p95 s")
    counted = ("policy", *(_counted(change) for change in rows[0].changes))
    parts = [
        _head(result, command),
        _grid(HEADER, [_cells(row) for row in rows]),
        _LESS,
        _grid(less, [_less(row) for row in rows[:-1]]),
        _CHANGES,
        _grid(counted, [(row.name, *map(_change, row.changes)) for row in rows]),
        _CONFIDENCE,
        _grid(_BELIEVED, [_believed(one) for one in result.contest.confidences]),
        *(f"- {note}" for note in result.contest.notes),
    ]
    return "\n\n".join(parts) + "\n"


_LESS = """\
## Less ours, with 95% intervals

Each policy's figure less ours on the same draws of the stream, in points or as the column says; a
question and all that was made from it are drawn together."""

_CHANGES = """\
## By what a question is to earlier ones

Wrong fast answers / fast answers, and in brackets the share that was right in the end."""


_CONFIDENCE = """\
## How far a confidence can be believed

The drafts' stated confidence against the share that is right: expected calibration error over ten
bins, Brier score, and the probability that a right draft has the higher confidence. Ours is shown
for drafts that are never judged in service, too."""

_BELIEVED = ("confidence", "drafts", "n", "right", "stated", "ECE", "Brier", "AUROC")


def _reviewed(answers: int) -> str:
    if not answers:
        return "- Nobody was asked about any answer."
    return f"""\
- A person, who knows the true answers, judged {answers} of ours as `review` ranks them, in sessions
  of {SESSION}; a consolidation followed."""


def _drawn(plan: Plan) -> str:
    return "" if plan.stream_seed is None else f" (seed {plan.stream_seed})"


def _head(result: Result, command: str) -> str:
    plan, bound = result.plan, result.bound
    alone = "alone" if plan.batch == 1 else f"{plan.batch} at a time, sharing the seconds"
    peers = ", ".join(f"{name} {version}" for name, version in result.peers.items()) or "none"
    learned = ", ".join(result.learned) or "none"
    return f"""\
# Who answers: our router and others on one stream

`{command}`, replayed {result.date}.
Drafts and reasoning, with their seconds, are of {"; ".join(result.asked_on)}.
System 1 is `{result.fingerprints[0]}` with adapter `{result.adapter}`,
System 2 `{result.fingerprints[1]}`, the encoder `{result.encoder}`; others' packages: {peers}.

- A log (seed {plan.seed}) of {plan.per_skill} unlabelled questions of each of
  {len(result.skills)} skills
  ({", ".join(result.skills)}),
  asked in the stream's forms (new, reworded, with another number, negated; each about something
  else), was reasoned about, {result.trusted} were verified, and distilled, part by part
  ({plan.nights}).
  Skills that System 1 has learned, by the names that memory gave them: {learned}.
{_reviewed(plan.reviewed)}
- Then came {plan.items} questions{_drawn(plan)}: new, repeated, reworded, with another number,
  negated, and from the middle on `{plan.drift}` in another form only.
- Both systems were asked each question once ({alone}), and all policies are
  replayed over the same answers. A draft is paid for when it is deferred, too. Reasoning is not
  checked beyond its vote, since nobody remembers it.
- Ours are the verdicts of the real router on the memory of the log: it learns nothing during the
  stream. Caches take in what System 2 answers on the way. `with recall` answers the very same
  verified question from memory.
- `oracle` knows which drafts are right, and drafts and serves these alone: with this System 1
  nobody saves more but by wrong drafts, or by memory.
- Others' thresholds are `chosen` with true answers, which ours never sees: the lowest at which no
  more than {bound.max_error:.0%} of those served are wrong, or none is served. `certified` is held
  to the bound that ours is (delta {bound.delta:g}). `as it comes` is the package's default.
- They are chosen on {result.held_out} held-out questions of the log where System 1 answers. The
  log repeats nothing, so a cache could never be right there: those of caches are chosen on
  {result.validation} validation questions, new or made from the log's as the stream's are (none is
  in the stream but what repeats the log); what is served there is what System 2 said to the log.
- GPTCache and the plain similarity cache keep every answer of System 2, verified or not, the
  verified one only verified ones, as our recall does. GPTCache's threshold t is a cosine of 2t - 1.
  semantic-router knows each skill by its verified questions, and sends those that it finds in a
  distilled skill to System 1 (ours also tries those still being learned); `fitted` is after its own
  `fit` on the held-out questions (no route where System 1 was wrong), with a confidence of at least
  {1 - bound.max_error:.0%}.
- Two samples and token scores look at System 1's drafts; `scaled` has a fitted temperature. A
  second sample's tokens are counted as many as the first's.
- Our certificate: {result.certificate}.

Wrong fast is a share of all questions, wrong of fast one of those that System 2 did not answer;
tokens are generated ones a question."""


def _cells(row: Row) -> tuple[str, ...]:
    scores = row.scores
    shares = (
        scores.accuracy,
        scores.wrong_fast_share,
        scores.wrong_fast_rate,
        scores.deferrals,
    )
    threshold = "-" if row.threshold is None else f"{row.threshold:.3f}"
    return (row.name, threshold, *map(_share, shares), *_costs(scores))


def _costs(scores: Scores) -> tuple[str, ...]:
    return f"{scores.tokens:.0f}", f"{scores.p50_seconds:.2f}", f"{scores.p95_seconds:.2f}"


def _share(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.1%}"


def _less(row: Row) -> tuple[str, ...]:
    less = row.less_ours
    shares = ("accuracy", "wrong_fast_share", "deferrals")
    costs = {"tokens": 0, "p50_seconds": 2, "p95_seconds": 2}
    return (
        row.name,
        *(_interval(less[name], 1, 100) for name in shares),
        *(_interval(less[name], digits) for name, digits in costs.items()),
    )


def _interval(one: Difference, digits: int, times: int = 1) -> str:
    value, low, high = (f"{times * x:+.{digits}f}" for x in (one.value, one.low, one.high))
    return f"{value} ({low} to {high})"


def _believed(one: Believed) -> tuple[str, ...]:
    scores = ("-" if math.isnan(x) else f"{x:.3f}" for x in (one.ece, one.brier, one.auroc))
    return one.name, one.drafts, str(one.n), _share(one.right), _share(one.stated), *scores


def _counted(change: ByChange) -> str:
    return f"{change.change.replace('_', ' ')} ({change.questions})"


def _change(change: ByChange) -> str:
    return f"{change.wrong_fast} / {change.fast} ({change.right / change.questions:.0%})"


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
