"""Rows laid out in columns, for people to read."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"-?[\d,]*(?:\.\d+)?%?|-")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay rows out in columns, numbers to the right.

    Args:
        header: A title a column.
        rows: Cells; None is shown as a dash.

    Returns:
        Lines of text.
    """
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    right = [
        bool(rows) and all(_NUMBER.fullmatch(_cell(row[at])) for row in rows)
        for at in range(len(header))
    ]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def one_line(text: str | None, width: int) -> str | None:
    """Text on one line of at most `width` characters; what is cut off shows as "…"."""
    if text is None:
        return None
    joined = printable(" ".join(text.split()))
    return joined if len(joined) <= width else f"{joined[: width - 1]}…"


def printable(text: str) -> str:
    """Text without what would move a terminal's cursor or change its colours."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)
