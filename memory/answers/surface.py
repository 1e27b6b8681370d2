"""The outside of an answer: white space, markdown, quotes, LaTeX wrappers, a closing full stop."""

import re
import unicodedata

MAX_CHARS = 2_000
"""Longer texts are only cleaned of control characters and runs of white space."""

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Marks and controls of the direction of text."""
_LETTERS_FOR_SIGNS = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2212": "-",  # minus sign
        "\u2044": "/",  # fraction slash
        "\u200b": "",  # zero-width space
        "\u2060": "",  # word joiner
        "\ufeff": "",  # byte order mark
    }
    | dict.fromkeys(map(chr, _BIDI), "")
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
)
_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5",
    "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip
_VULGAR_SIGN = re.compile(rf"([0-9])?([{''.join(_VULGAR)}])")
_LATEX_FRACTION = re.compile(  # not beside what would bind tighter than the slash: "x", "^2"
    r"(?P<whole>[0-9])?(?<![^\W\d_/^])\\[dt]?frac"
    r"(?:\{(?P<top>[^{}]{1,100})\}|(?P<over>[0-9]))"
    r"(?:\{(?P<bottom>[^{}]{1,100})\}|(?P<under>[0-9]))(?![\w^!'])"
)
_GROUP = re.compile(r"\([^()]*\)|\|[^|]*\|")
_SUM = re.compile(r"[^\s(\[{*/^=<>+\-±∓×·÷$€£] ?(?:[+\-±∓]|\\(?:pm|mp)\b)")  # not "$-5", "2^-x"
_FACTOR = re.compile(r"(?:-?[0-9][0-9.,]*|\\?[^\W\d_]+)(?:\^(?:[0-9]+|[^\W\d_])|!)?")
_LATEX_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit)\{([^{}]*)\}")
_LATEX_SIGN = re.compile(r"\\([$%&#{}])")
_LATEX_COMMA = re.compile(r"(?<=[0-9])\{,\}(?=[0-9])")
# A space between thousands, and one that parts nothing, is none; "\\ " ends a line.
_LATEX_NO_SPACE = re.compile(r"(?<!\\)\\!|(?<=[0-9])\\[,;: ](?=[0-9])")
_LATEX_SPACE = re.compile(r"(?<!\\)\\[,;: ]")
_DASH_FOR_MINUS = re.compile(r"(?:^|(?<=[(\[,=])|(?<=[,=] ))[\u2012\u2013](?=\.?[0-9])")
_NARROW = "\u00a0\u2009\u202f"
"""Spaces that are thin or don't break: between thousands. Any other may be between items."""

_THOUSANDS = re.compile(rf"(?<![\w.,])[0-9]{{1,3}}(?:[{_NARROW}][0-9]{{3}})+(?!\w)")
_WRAPPERS = (
    ("**", "**"),
    ("`", "`"),
    ("*", "*"),
    ('"', '"'),
    ("'", "'"),
    ("\\(", "\\)"),
    ("\\[", "\\]"),
    ("$$", "$$"),
    ("$", "$"),
    ("\u00ab", "\u00bb"),
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|\S*[^\W\d_]\.\S+|[A-Z][a-z]{0,2}|etc|vs|Inc|Corp|Prof)\.$"
)


def clean(text: str) -> str:
    """One line of storable characters: no control characters or lone surrogates, single spaces.

    Args:
        text: Any text.

    Returns:
        The text in NFC; typographic quotes, minus signs, full-width forms and thin spaces between
        thousands are their ASCII ones, and what only directs text (left to right or right to left)
        is gone.
    """
    text = unicodedata.normalize("NFC", text).translate(_LETTERS_FOR_SIGNS)
    text = _THOUSANDS.sub(lambda match: re.sub(rf"[{_NARROW}]", ",", match[0]), text)
    kept = "".join(
        c if c.isspace() or unicodedata.category(c) not in {"Cc", "Cs"} else "" for c in text
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _fraction(match: re.Match[str]) -> str:
    """Spell a fraction out, with parentheses round a sum above and a sum or product below."""
    top = (match["top"] or match["over"]).strip()
    bottom = (match["bottom"] or match["under"]).strip()
    if _SUM.search(_GROUP.sub("1", top)):
        top = f"({top})"
    if not _FACTOR.fullmatch(bottom):
        bottom = f"({bottom})"
    return f"{match['whole']} {top}/{bottom}" if match["whole"] else f"{top}/{bottom}"


def _unlatex(text: str) -> str:
    """Spell simple LaTeX out: fractions, text, escaped signs, thin spaces."""
    text = _LATEX_COMMA.sub(",", text)
    if "\\" not in text:
        return text
    text = _LATEX_TEXT.sub(r"\1", _LATEX_FRACTION.sub(_fraction, text))
    text = _LATEX_SIGN.sub(r"\1", text)
    return " ".join(_LATEX_SPACE.sub(" ", _LATEX_NO_SPACE.sub("", text)).split())


def _unwrap(text: str) -> str:
    """Take off one pair of marks that encloses the whole text and does not occur inside."""
    for opening, closing in _WRAPPERS:
        inner = text[len(opening) : -len(closing)]
        if (
            inner.strip()
            and text.startswith(opening)
            and text.endswith(closing)
            and opening not in inner
            and closing not in inner
        ):
            return inner.strip()
    return text


def _unstop(text: str) -> str:
    """Take off one closing full stop, unless it belongs to an abbreviation or an ellipsis."""
    if len(text) > 1 and text.endswith("\u3002"):  # Chinese and Japanese
        return text[:-1].rstrip()
    if len(text) < 2 or not text.endswith(".") or text[-2] in ".!? ":
        return text
    if _ABBREVIATION.search(text[-40:]):
        return text
    return text[:-1].rstrip()


def _vulgar(text: str) -> str:
    """Spell one-character fractions out: "2½" is "2 1/2"."""
    return _VULGAR_SIGN.sub(
        lambda match: f"{match[1]} {_VULGAR[match[2]]}" if match[1] else _VULGAR[match[2]], text
    )


def tidy(text: str) -> str:
    """Strip everything that is not part of the answer; never to nothing. Idempotent.

    Args:
        text: Any text.

    Returns:
        The bare answer, its own letters and case untouched.
    """
    text = clean(text)
    if len(text) > MAX_CHARS:
        return text
    while True:
        shorter = _unstop(_unwrap(_unlatex(_vulgar(_DASH_FOR_MINUS.sub("-", text)))))
        if shorter == text or not shorter:
            return text
        text = shorter
