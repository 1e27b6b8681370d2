"""What a model says, apart from what it thinks aloud first.

Some models write their reasoning before the answer, between marks of their own. What is thought may
go to and fro, name answers that are given up, draft lists and programs; none of it is said.
"""

import re

# `think` and its like are marks that models are trained to write, and no element of any common
# markup: they count wherever they stand. `thought` and `reasoning` may be anybody's XML: they count
# where a reply begins with one, or where a closing mark has no opening one (the chat template had
# written that). A mark behind a quote or a backtick is only spoken of.
_MARK = re.compile(
    r"(?<![`'\"])(?:</?(?:(?:seed:)?think(?:ing)?|(?P<word>thoughts?|reasoning))>"
    r"|(?-i:\[/?THINK\])|\u25c1/?think\u25b7)",
    re.IGNORECASE,
)
_BLANK_LINES = re.compile(r"\s*\n")


def own_words(text: str) -> str:
    """A reply without the model's thoughts.

    Args:
        text: What the model wrote.

    Returns:
        What is left without thoughts that are closed; behind a closing mark alone, which ends a
        thought that the prompt began; and before an opening mark that is never closed. Blank lines
        that part it from a thought before it are left out, too.
    """
    said: list[str] = []
    elements: set[str] = set()
    start, thinking = 0, False
    for mark in _MARK.finditer(text):
        word = (mark["word"] or "").lower()
        if "/" in mark[0]:
            if not thinking:
                if word in elements:
                    continue
                said, elements = [], set()
            start, thinking = mark.end(), False
        elif not thinking:
            if word and (said or elements or text[start : mark.start()].strip()):
                elements.add(word)
                continue
            said += _piece(text[start : mark.start()], first=not said)
            thinking = True
    if start and not thinking:
        said += _piece(text[start:], first=not said)
    return "".join(said) if start or thinking else text


def _piece(text: str, *, first: bool) -> list[str]:
    """What was said between two thoughts; without blank lines where nothing was said before."""
    if not first:
        return [text]
    blank = _BLANK_LINES.match(text)
    left = text[blank.end() :] if blank else text
    return [left] if left.strip() else []
