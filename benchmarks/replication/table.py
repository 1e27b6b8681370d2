"""The results as Markdown: the paper's table with ours in it, then each suite in full."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from benchmarks.replication.distil import Distillation
from benchmarks.replication.notes import Notes
from benchmarks.replication.result import Relation, Result
from benchmarks.replication.score import Figures
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Suite, distilled
from benchmarks.replication.suites import SUITES

NONE = "-"
_HEAD = """\
# The paper's table

*Distilling System 2 into System 1* (Yu, Xu, Weston, Kulikov; arXiv 2407.06023) measured its four
methods on Llama-2-70B-chat. This is the same table for other models, each its own teacher and
student, with the paper's figures beside it. `python -m benchmarks.paper` writes it; DATA is a
folder of the data as it was published.

- A cell is accuracy in percent / mean generated tokens; for judging, agreement with the label;
  share of pairs whose verdict is another in the other order / tokens.
- System 1 is asked directly, greedily. A System 2 method is one sample a question, as in the paper;
  direct self-consistency is a vote of System 1 on itself. Branch-solve-merge scores each answer by
  itself, as the mean of several samples that are drawn anew for each order: its inconsistency is
  these draws' alone.
- Distilled is System 1 after training on the verified answers alone, whether or not the gate let
  the candidate pass. What is verified is told without labels, as the product does it: a vote that
  other methods and changed questions bear out. System 1's own votes are kept by their agreement
  with themselves.
- An answer that can't be read is wrong. Intervals are Wilson's, 95%; an item that is asked in
  several forms counts once in them.
"""


def markdown(results: Sequence[Result], notes: Notes | None = None) -> str:
    """All results as one document.

    Args:
        results: Of any models and suites.
        notes: What stands below a suite.

    Returns:
        Markdown, models by name and suites in their order. Models of one name stand apart, each
        with its fingerprint.
    """
    order = list(SUITES)
    ranked = sorted(results, key=lambda one: (one.model, one.fingerprint, order.index(one.suite)))
    shared = Counter(model for model, _ in {one.key[:2] for one in results})
    blocks = [_HEAD]
    for (model, fingerprint), group in groupby(ranked, key=lambda one: one.key[:2]):
        title = f"{model} ({fingerprint})" if shared[model] > 1 else model
        blocks += _model(title, list(group), (notes or {}).get(model, {}))
    return "\n".join(blocks)


def _model(model: str, results: Sequence[Result], notes: Mapping[str, str]) -> Iterator[str]:
    yield f"## {model}\n"
    yield "```\n" + "\n".join(dict.fromkeys(result.command for result in results)) + "\n```\n"
    header = ("task", "teacher", "System 1", "System 2", "distilled")
    rows = [row for result in results for row in _summary(result)]
    yield _table((*header, *(f"paper: {name}" for name in header[2:])), rows)
    for result in results:
        yield from _suite(result, notes.get(result.suite))


def _summary(result: Result) -> Iterator[tuple[str, ...]]:
    """A line a part and teacher: ours, then the paper's."""
    suite = SUITES[result.suite]
    for part in suite.parts:
        for teacher in suite.teachers:
            if teacher == OWN_VOTES:
                continue
            columns = (SYSTEM1, teacher, distilled(teacher))
            ours = (cell(result.figures(part, column)) for column in columns)
            theirs = (suite.paper.get((part, column), NONE) for column in columns)
            yield (f"{suite.name}, {part}", _words(teacher), *ours, *theirs)


def _suite(result: Result, note: str | None) -> Iterator[str]:
    suite = SUITES[result.suite]
    yield f"### {suite.name}\n"
    yield f"{suite.about}\n"
    sizes = ", ".join(
        f"{figures.questions} of {part}" + (f" ({figures.units} items)" if _forms(figures) else "")
        for part in suite.parts
        if (figures := result.figures(part, SYSTEM1)) is not None
    )
    yield f"{result.date}. Test questions: {sizes or 'none'}. Training questions: {result.train}.\n"
    header = ("part", "answered by", "accuracy", "95%", "tokens", "unparseable")
    paired = ("inconsistent",) if suite.paired else ()
    yield _table((*header, *paired, "paper"), list(_rows(result, suite)))
    yield _curation(result.distillations)
    for relation in result.relations:
        yield _line(relation)
    if note:
        yield f"\n{note.strip()}"
    yield ""


def _rows(result: Result, suite: Suite) -> Iterator[tuple[str, ...]]:
    columns = (SYSTEM1, *suite.methods, *map(distilled, suite.teachers))
    for part in suite.parts:
        for column in columns:
            figures = result.figures(part, column)
            if figures is not None:
                paper = suite.paper.get((part, column), NONE)
                yield (part, _words(column), *_figures(figures), paper)


def _figures(figures: Figures) -> Iterator[str]:
    yield percent(figures.accuracy)
    yield f"{percent(figures.low)} to {percent(figures.high)}"
    yield f"{figures.tokens:.1f}"
    yield percent(figures.unparseable)
    if figures.inconsistency is not None:
        yield percent(figures.inconsistency)


def _curation(distillations: Sequence[Distillation]) -> str:
    header = ("taught by", "tried", "kept", "of these right", "tokens spent", "trained on", "gate")
    rows = [
        (
            _words(done.teacher),
            f"{done.tried:,}",
            f"{done.kept:,}",
            percent(done.right / done.kept) if done.kept else NONE,
            f"{done.tokens:,}",
            f"{done.trained_on:,}",
            _verdict(done),
        )
        for done in distillations
    ]
    return _table(header, rows)


def _verdict(done: Distillation) -> str:
    if done.version is None:
        return f"nothing was trained: {done.reason}"
    return f"{'passed' if done.promoted else 'refused by the gate'}: {done.reason}"


def _line(relation: Relation) -> str:
    said = "reached" if relation.reached else "not reached"
    return f"- {relation.part}, {_words(relation.teacher)}: {relation.words}: **{said}**"


def cell(figures: Figures | None) -> str:
    """Figures as the paper's table has them: "58.4; 12.2 / 4.0"."""
    if figures is None:
        return NONE
    inconsistency = figures.inconsistency
    middle = "" if inconsistency is None else f"; {percent(inconsistency)}"
    return f"{percent(figures.accuracy)}{middle} / {figures.tokens:.1f}"


def percent(share: float) -> str:
    """A share in percent, without the sign."""
    return f"{100 * share:.1f}"


def _forms(figures: Figures) -> bool:
    return figures.units < figures.questions


def _words(column: str) -> str:
    """A column's name for readers."""
    if column == SYSTEM1:
        return "System 1"
    first, _, teacher = column.rpartition("/")
    name = "System 1's own votes" if teacher == OWN_VOTES else teacher.replace("_", " ")
    return f"distilled from {name}" if first else name


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    texts = (" | ".join(text.replace("|", "\\|") for text in line) for line in lines)
    return "".join(f"| {text} |\n" for text in texts)
