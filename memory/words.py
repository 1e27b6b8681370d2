"""The words of a text in any script; of one without spaces, the letters that stand together."""

import re
import unicodedata
from collections.abc import Iterator

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, kana and Han: they put no spaces between words."""

_PIECE = re.compile(f"([{_UNSPACED}]+)|[^{_UNSPACED}]+")

_SIGNS = re.compile(r"(?<![^\s\d])[^\w\s.,;:?!]+(?![^\s\d])")
"""What stands between numbers or white space: operators, and the minus of a number."""


def words_of(question: str) -> frozenset[str]:
    """The words, numbers and operators of a question, in lower case and one Unicode form.

    Of a script without spaces, each two letters that stand together.
    """
    return frozenset((*_SIGNS.findall(folded(question)), *words_in(question, together=2)))


def folded(text: str) -> str:
    """A text in lower case and one Unicode form."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_in(text: str, together: int) -> Iterator[str]:
    """The words and numbers of a text, in order, folded.

    Args:
        text: Any text.
        together: Letters, of a script without spaces, that stand for a word: each so many that
            stand side by side do.

    Yields:
        Runs of letters, marks, digits and underscores.
    """
    for run in "".join(map(_letter, folded(text))).split():
        for piece in _PIECE.finditer(run):
            if piece[1]:
                starts = range(max(1, len(piece[1]) - together + 1))
                yield from (piece[1][at : at + together] for at in starts)
            else:
                yield piece[0]


def _letter(char: str) -> str:
    """A letter, mark or digit itself, white space for others; nothing for joiners inside words."""
    kind = unicodedata.category(char)
    if kind == "Cf":
        return ""
    return char if kind[0] in "LMN" or char == "_" else " "
