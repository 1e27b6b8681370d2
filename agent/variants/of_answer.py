"""Whether what someone takes for true is the answer, or a fact that the answer may need.

"I think it's 13" and "I believe Sydney" are of the answer where they stand directly behind the
question, or first of all; "I think a cake is 4 euros" tells something else. In doubt it is a fact.
"""

import re

_ANSWER = re.compile(
    r"the (?:\w+ ){0,2}answer(?:['’]s| is| was| (?:should|must|would|could|might|has to) be)\b"
    r"|.{1,60}\b(?:is|was|be) the (?:\w+ )?answer\b",
    re.IGNORECASE,
)
_IT = re.compile(
    r"(?:(?:it|that|this)['’]s\b|(?:(?:it|that|this) )?(?:is|was|isn['’]t|wasn['’]t"
    r"|(?:should|must|would|could|might|may|has to|can['’]t) be)\b)\s*",
    re.IGNORECASE,
)
_END = re.compile(
    r",(?!\d)|[;?!\n]|\.(?=\s|$)|\s[-–—]\s|\s(?:but|because|since|though|although|or so)\b"
)
_AND = re.compile(r"\s*and\b", re.IGNORECASE)
_NUMBER = r"[$€£]?[-−]?\d[\d.,:/^]*%?"
_NAME = r"(?-i:[A-Z])[\w.'’-]*"
_VALUE = re.compile(
    r"(?:(?:about|around|maybe|probably|roughly|exactly|not) )?"
    rf"(?:{_NUMBER}(?: (?!left\b|\w+ed\b)[^\W\d]+)?"
    rf"|(?:the )?{_NAME}(?: (?:{_NAME}|of|the|de|von|van|and)){{0,5}}"
    r"|(?:an?|the) \w+|\w+|\(?[A-Z1-9]\)(?: .{1,60})?)"
    r"(?: (?:is|was|did|does|has|wins|won)(?: (?:it|right|correct|true))?)?",
    re.IGNORECASE,
)
_FIGURE = r"\S*\d\S*"
_FIGURES = re.compile(rf"(?:^|\s){_FIGURE}(?=\s.*\d)")
_AMOUNT = re.compile(
    rf"(?:between )?{_FIGURE}(?:(?: [^\W\d]+)? (?:and|or|to)| (?-i:[A-Z])\w+) {_FIGURE}"
    r"(?: [^\W\d]+)?",
    re.IGNORECASE,
)
"""Two numbers that may be one answer: "2 hours and 30 minutes", "3 or 4", "14 May 1929"."""

_SCENE = re.compile(
    r"\b(?:now|today|tonight|tomorrow|outside|here|currently)\b"
    r"|\b(?!(?:\w*thing|king|ring|wing|string|spring)\b)(?-i:[a-z]+ing)\b"
    r"|\d.*\b(?:in|at|from) (?-i:[A-Z])",
    re.IGNORECASE,
)
"""What "it" is like that stands for no answer: "it is raining", "it is 3 pm in London now"."""

_TIME = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\d ?(?:am|pm|o['’]clock)\b|\d:\d\d",
    re.IGNORECASE,
)
_RELATES = re.compile(
    r"\b(?:twice|times|half (?:of|as|the|an?)|as \w+ as|than(?! \d)"
    r"|each|apiece|per (?!cent|hour|second)\w+)\b",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"(?!(?:true|false|yes|no|right|wrong)$)(?-i:[a-z]+)")
_SUBJECT = re.compile(r"(?P<subject>.{1,60}?) (?:is|was|are|were)\b", re.IGNORECASE)
_OF_WHAT = re.compile(
    r"\b(?:what|who|where|when|how \w+|which \w+)(?:['’]s| is| was| are| were) (?P<rest>.+)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[\w'’]+(?:[.,]\d+)*")
_SMALL = frozenset(
    ("a", "an", "the", "is", "are", "was", "were", "be", "of", "do", "does", "did", "has", "it",
     "that", "not")
)  # fmt: skip


def is_of_answer(said: str, asked: str | None) -> bool:
    """Whether words say what the answer is.

    Args:
        said: What stands behind "I think" or "I think that", to the end of the sentence.
        asked: The questions that stand directly before the sentence; empty where nothing does;
            None where something is told there, which "it" may be.

    Returns:
        False in doubt.
    """
    said = said.lstrip(" \t,:")[:200]
    end = _END.search(said)
    head, rest = (said[: end.start()], said[end.end() :]) if end else (said, "")
    head = head.rstrip(" \t.*") if head.count("(") else head.rstrip(" \t.*)")
    if _ANSWER.match(head):
        return True
    if asked is None or _AND.match(rest) or _RELATES.search(head):
        return False
    found = _IT.match(head)
    if found:
        return _names_it(head[found.end() :], asked)
    return bool(_VALUE.fullmatch(head)) or _repeats(head, asked)


def _names_it(what: str, asked: str) -> bool:
    """Whether that which "it" is can be the answer, and not the time or the weather."""
    if _SCENE.search(what) or _TIME.search(what):
        return False
    if _FIGURES.search(what) and not _AMOUNT.fullmatch(what):
        return False  # "5 km to the station and then 3 km by bus"
    return bool(asked) or not _ADJECTIVE.fullmatch(what)


def _repeats(head: str, asked: str) -> bool:
    """Whether it says of something what is asked of it, or of a new name just what is asked."""
    about, of = _SUBJECT.match(head), _OF_WHAT.search(asked)
    if about and of:
        subject, whole = about["subject"].casefold(), of["rest"].rstrip("? ").casefold()
        if whole == subject or whole.startswith(f"{subject} of "):
            return True
    known = set(map(str.casefold, _WORDS.findall(asked)))
    words = [word.casefold() for word in _WORDS.findall(head)]
    name = next((i for i, word in enumerate(words) if word in known or word in _SMALL), 0)
    if name > 3 or any(char.isdigit() for char in "".join(words[:name])):
        return False
    rest = set(words[name:])
    return not rest <= _SMALL and rest <= known | _SMALL
