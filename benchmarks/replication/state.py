"""What was answered so far, one line an answer: a run that was interrupted goes on from there."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.replication.items import Item
from benchmarks.replication.score import Given


def stamp(*made_by: object) -> str:
    """A short mark of whatever answers depend on: weights, adapter, settings."""
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()[:12]


class Outcomes:
    """A suite's answers, appended block by block.

    Args:
        path: JSON lines: `{column, stamp, question, answer, tokens}`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, column: str, stamped: str) -> dict[str, Given]:
        """A column's answers.

        Args:
            column: Whose.
            stamped: Answers under another stamp don't count.

        Returns:
            By the questions' keys.
        """
        if not self._path.exists():
            return {}
        rows = map(json.loads, self._whole().splitlines())
        return {
            row["key"]: Given(row["answer"], row["tokens"])
            for row in rows
            if (row["column"], row["stamp"]) == (column, stamped)
        }

    def append(
        self, column: str, stamped: str, items: Sequence[Item], given: Sequence[Given]
    ) -> None:
        """Keep a block of answers.

        Args:
            column: Whose.
            stamped: What they depend on.
            items: What was asked.
            given: What was answered, in order.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._whole() if self._path.exists() else b""
        lines = [
            json.dumps(_row(column, stamped, item, one), ensure_ascii=False) + "\n"
            for item, one in zip(items, given, strict=True)
        ]
        with self._path.open("ab") as stream:
            stream.truncate(len(whole))  # a kill may have left half a line
            stream.write("".join(lines).encode())

    def _whole(self) -> bytes:
        """All lines that were written to their end."""
        content = self._path.read_bytes()
        return content[: content.rfind(b"\n") + 1]


def _row(column: str, stamped: str, item: Item, given: Given) -> Mapping[str, object]:
    return {
        "column": column,
        "stamp": stamped,
        "key": item.key,
        "part": item.part,
        "question": item.question,
        "answers": item.answers,
        "answer": given.answer,
        "right": item.right(given.answer),
        "tokens": given.tokens,
    }
