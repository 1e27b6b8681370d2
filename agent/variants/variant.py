"""A question changed in a way whose effect on the answer is known."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

CODE = re.compile(r"`|\bdef |\breturn\b|\bprint\(|[{}]|\w\(\)")
"""What looks like code, in which any character may matter."""

QUOTED = re.compile(
    r'(?<!\w)"[^"\n]*"(?!\w)|“[^“”\n]*”'
    r"|(?<!\w)['‘](?:[^'‘’\n]|(?<=\w)['’](?=\w))*['’](?!\w)"
)
"""A text in quotes, in a line."""

Span = tuple[int, int]
"""Where something begins in a text, and where it ends."""


def hide_quoted(text: str) -> str:
    """A text with "_" for each character in quotes, and for the quotes: all places stay."""
    return QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)


def replaced(text: str, spans: Sequence[Span], by: Sequence[str]) -> str:
    """A text with other texts in some places.

    Args:
        text: Any.
        spans: The places, from left to right, none over another.
        by: A text for each.

    Returns:
        The text; what stands between the places stays.
    """
    pieces, last = [], 0
    for (begin, end), new in zip(spans, by, strict=True):
        pieces += [text[last:begin], new]
        last = end
    return "".join([*pieces, text[last:]])


def shift(n: int, seed: int) -> int:
    """How far things move on in a circle; the seeds 0 to n - 2 give each shift once.

    The first is halfway: a small model likes what is named first or last, and moved on by one, the
    first thing would be last.

    Args:
        n: How many things there are, 2 or more.
        seed: Which shift, >= 0.

    Returns:
        From 1 to n - 1.
    """
    return 1 + (n // 2 - 1 + seed) % (n - 1)


def unchanged(answer: str) -> str:
    """The answer itself: the change has no effect on it."""
    return answer


@dataclass(frozen=True, slots=True)
class Variant:
    """A changed question.

    Attributes:
        name: What was changed: "options shuffled", "answers swapped", "alternatives swapped",
            "opinion removed", "opinion flipped", "names replaced", "gaps widened" or "question
            rephrased" (whose words the model finds when it is asked).
        question: The changed question.
        back: Makes an answer to it the answer to the original question. Total; an answer that it
            can't read stays as it is.
    """

    name: str
    question: str
    back: Callable[[str], str] = field(default=unchanged, compare=False, repr=False)
