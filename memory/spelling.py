"""How a question is spelt: what of that counts for its key, and what for its split. Pure."""

import re
import unicodedata

_SAME = ("<wide>", "<narrow>", "<noBreak>")

_MARKS = '"`“”„«»‹›「」『』＂｀‘‚'
_GIVEN = re.compile(
    rf"""(:\s.*                                              # what follows a colon
    |(?:[{_MARKS}]|(?<!\w)(?i:[bfru]{{0,2}})['’＇]).*[{_MARKS}'’＇]  # first mark to last
    )""",
    re.VERBOSE,
)
"""What a question gives, rather than asks: what follows a colon, and all from the first quotation
mark to the last. ' and ’ after a letter are apostrophes and open nothing, save in f'...' and such.
"""

_DOUBLED = re.compile(r"(?<! )  (?! )")


def exact(question: str) -> str:
    """The form that spellings of the very same question share, and no two questions.

    What a person who types a question anew may do otherwise is set aside, and only where no reader
    could need the difference: how Unicode composes a letter, Windows line ends, white space at both
    ends; and in one line, but not in what it gives, a doubled space and how wide a letter is. Tabs,
    more spaces and several lines are a table's, a program's or a poem's: there, all counts.

    Args:
        question: A standalone question.

    Returns:
        The form; `loose` takes it for the question itself, so it tells apart all that `loose` does.
    """
    text = unicodedata.normalize("NFC", question.strip().replace("\r\n", "\n"))
    if len(text.splitlines()) > 1:
        return text
    parts = _GIVEN.split(text)
    return "".join(part if at % 2 else _asked(part) for at, part in enumerate(parts))


def loose(question: str) -> str:
    """The form that a question's split has always been taken of. Never to be changed.

    White space has one length, and line breaks are white space, except in some quotation marks and
    where lines are indented. Questions that differ by no more than this are in one split.

    Args:
        question: A standalone question.

    Returns:
        The form.
    """
    text = _narrow(unicodedata.normalize("NFC", question)).strip()
    if _INDENTED.search(text):
        lines = text.splitlines()
        text = "\n".join(line[: _indent(line)] + _unquoted(line) for line in lines)
    else:
        text = _unquoted(text)
    return unicodedata.normalize("NFC", text)


def _asked(text: str) -> str:
    return _DOUBLED.sub(" ", unicodedata.normalize("NFC", _narrow(text)))


def _narrow(text: str) -> str:
    """A text with its letters in their usual width; 2⁵ does not become 25, nor ① 1."""
    if text.isascii():  # ASCII has but one form
        return text
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    """A character in its usual form, where that means the same."""
    kind = unicodedata.decomposition(character).partition(" ")[0]
    return unicodedata.normalize("NFKC", character) if kind in _SAME else character


_INDENTED = re.compile(r"[\n\r][ \t]+\S")
_QUOTED = re.compile(r'("[^"\n]*"|`[^`\n]*`|“[^”\n]*”)')


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


def _unquoted(text: str) -> str:
    """White space outside of quotation marks as single spaces."""
    parts = _QUOTED.split(text)
    plain = [part if at % 2 else re.sub(r"\s+", " ", part) for at, part in enumerate(parts)]
    return "".join(plain).strip()
