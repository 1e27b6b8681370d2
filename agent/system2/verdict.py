"""What is asked of two answers: the better one by its label, or else; and the word for a tie.

Scores of each answer tell the better one, and nothing but that; so where anything else is asked,
or the better one under another name than its label, they give no answer.
"""

import re

from agent.system2.pair import BETTER, COMPARES, Pair

DEFAULT_TIE = "C"

_WORSE = re.compile(
    r"\b(?:wors[et]|weak(?:er|est)|poorer|inferior|loser|less|(?<!at )least|wrong|incorrect)\b"
    r"|(?:\bnot|n['’]t) (?:be )?(?:(?:the|as|a) )?"
    r"(?:better|best|good|winner|correct|right|prefer)\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"\bwhich\b[^.?!\n]{0,60}\b(?:fewe(?:r|st)|(?:long|short|old|new|earli|lat)e(?:r|st)"
    r"|(?:more|most) (?!accurate|appropriate|convincing|correct|helpful|useful|[a-z]+ly\b)[a-z])",
    re.IGNORECASE,
)
"""What names a quality of its own: "Which has more mistakes, A or B?"."""

_OF_ONE = r"(?:the )?(?:\w+ )?\(?(?:[AB12]|first|second)\b\)?(?!,? or\b)"
_NO_LABEL = re.compile(
    rf"(?:^|[.?!:,]\s)\s*(?:is|are|does|do|did|was|has) {_OF_ONE}|\bwhether {_OF_ONE}"
    r"|(?:^|[.?!:]\s)\s*(?:is|are|does|did|was|has)\b(?![^.?!\n]{0,200}\bor\b)[^.?!\n]{0,200}\?"
    r"|\byes or no\b|\btrue or false\b|\bagree\b|\bwhy (?:is|are|was|does|did)\b"
    r"|\bhow (?:many|much)\b|\b(?:scor(?:e[sd]?|ing)|rat(?:e[sd]?|ings?)|grades?|rank\w*|scale"
    r"|percent\w*|probability|likelihood|JSON)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""What asks for yes or no, a reason, a number or a form of its own."""

_OTHER_NAMES = re.compile(
    r"\bfirst\b[^.?!\n]{0,40}\bsecond\b|\bmodel_\w|[AB12]>+[AB12]", re.IGNORECASE
)
_NAMES = {
    "A": re.compile(r"(?<![\w(.])1\b(?![.)]).{0,60}?(?<![\w(.–-])2\b"),
    "1": re.compile(r"\bA\b.{0,60}?\bB\b"),
}  # fmt: skip
"""Both labels of the other kind, by the first of those in use: "Reply 1 for A or 2 for B"."""

_EVEN = r"(?:ties?|tied|draws?|drawn|equal(?:ly)?|the same)\b"
_WORD = r"[\"'“‘\[(*]*\b(?P<{0}>(?-i:[A-Z])|\d|tied?|draw|equal|same|both|neither)\b"
_IF = r"(?:for|if|when|in case of|means)\b"
_TIE = re.compile(
    rf"{_WORD.format('before')}[\"'”’\])*]* {_IF}(?:(?!better|best)[^.;,\n]){{0,40}}?\b{_EVEN}"
    rf"|\b{_IF}[^.;,\n]{{0,30}}\b{_EVEN}[^.;,\n]{{0,15}},? "
    rf"(?:say|answer|reply|respond|write|output)(?: with)? {_WORD.format('behind')}"
    rf"|[B2]\b\W{{1,6}}or (?:a )?{_WORD.format('listed')}",
    re.IGNORECASE,
)
_NO_TIE = re.compile(
    r"\b(?:no|without|avoid) (?:a )?(?:ties?|draws?)\b"
    r"|\b(?:ties?|draws?) (?:is|are|may|can|must)(?: not|n['’]t| never| forbidden|not)\b"
    r"|(?:\bnot|n['’]t|\bnever|\bcannot) \w+ (?:\w+ )?(?:ties?|draws?|both)\b"
    r"|\bmust (?:pick|choose|select|prefer)\b",
    re.IGNORECASE,
)


def asks_which(pair: Pair) -> bool:
    """Whether one of the two answers is asked for: the better or the worse, by any name.

    Args:
        pair: Two answers, and what is asked about them.

    Returns:
        False where it is yes or no or a number that is asked for, and in doubt.
    """
    return bool(COMPARES.search(pair.request)) and not _NO_LABEL.search(pair.request)


def asks_for_better(pair: Pair) -> bool:
    """Whether the better one's label answers what is asked.

    Args:
        pair: Two answers, and what is asked about them.

    Returns:
        False where it is the worse one that is asked for, or the longer one, or yes or no, a number
        or another name, and in doubt.
    """
    request = pair.request
    others = (_WORSE, _MEASURED, _NO_LABEL, _OTHER_NAMES, _NAMES[pair.labels[0]])
    return bool(BETTER.search(request)) and not any(other.search(request) for other in others)


def tie_word(pair: Pair) -> str | None:
    """What to answer when neither is better.

    Args:
        pair: Two answers, and what is asked about them.

    Returns:
        The question's own word, such as "tie" or "0"; "C" where it has none; None where it allows
        no tie.
    """
    for found in _TIE.finditer(pair.request):
        word = found[found.lastgroup or 0]
        if word.upper() not in pair.labels:
            return word
    return None if _NO_TIE.search(pair.request) else DEFAULT_TIE
