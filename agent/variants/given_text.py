"""Whether the opinions in a question are its asker's, or stand in a text that it gives."""

import re

from agent.variants.variant import hide_quoted

HOLDS = (
    r"(?:(?:think|believe|suspect|suppose|reckon)(?! (?:about|in|of)\b)"
    r"|feel(?= (?:that|like|it|(?:\w+ ){1,4}?(?:is|was|are|were))\b)"
    r"|(?:bet|guess)(?! (?:[$€£]|\d+ (?!is\b)\w|(?:all|an?|half|my|on|one|some|ten|two)\b)))"
)
SURE = r"(?:sure|certain|confident|convinced)"
VIEW = (
    r"(?:in my (?:\w+ )?(?:opinion|view)|IMH?O|if you ask me|I(?:['’]d| would) (?:say|guess|bet)"
    r"|my (?:\w+ )?(?:guess|opinion|view|answer|bet|hunch|intuition) (?:is|would be))"
)
"""What says an opinion: behind "I", behind "I am", and by itself."""

OPINION = re.compile(
    rf"\b(?:I(?:['’]m| am)? (?:[\w'’]+ ){{0,2}}(?:{HOLDS}|doubt|{SURE})|{VIEW})\b", re.IGNORECASE
)

_KIND = (
    r"(?:reviews?|sentences?|text|tweets?|posts?|comments?|messages?|statements?|e-?mails?|letter"
    r"|passage|paragraph|article|dialog(?:ue)?|conversation|transcript|quot(?:e|ation)|feedback"
    r"|utterances?|input|headline|premise|hypothesis|claim|speech|story|essay)"
)
_BEGIN = r"(?:(?:^|[.?!:;\n])[\s#*>]{0,40}+(?:(?:please|now|then) )?|\b(?:please|you) )"
_WORK = (
    rf"{_BEGIN}(?:label|rewrite|correct|edit|shorten|simplify|continue|complete|parse|quote|repeat"
    r"|copy|extract|detect|analy[sz]e|rate|convert|reply to|respond to)\b[^.?!:\n]{0,60}?"
)
_HERE = re.compile(
    rf"{_BEGIN}(?:the )?{_KIND}[ \d*]{{0,4}}:|<{_KIND}>|{_WORK}(?:\n|:(?!\s*[\d(]))", re.IGNORECASE
)
"""A text that is marked as one."""

_TO_COME = re.compile(
    rf"(?:\b(?<!of )(?:the following|this|that|these|above|below) {_KIND}\b"
    r"|\b(?:is|are) (?:the following|this|that) (?:an? )?(?:\w+ or|fact|opinion)\b)"
    r"(?![^.?!:\n]{0,80}:[^?\n]{1,200}\?)"
    rf"|{_WORK}(?:\b{_KIND}\b|\b(?:it|this|that)[.?!])",
    re.IGNORECASE,
)
"""A text that may stand behind the question; not "Is this claim true: 17 is prime?"."""

_TASK = re.compile(
    r"\b(?:classify|categori[sz]e|annotate|translat(?:e|ion)|summari[sz]e|paraphrase|rephrase"
    r"|reword|proofread|punctuate|tokeni[sz]e|fact or (?:an? )?opinion|opinion or (?:an? )?fact"
    r"|tone|mood|stance)\b|[uü]bersetze|traduis|traduc[ei]|翻[译譯訳]"
    r"|\b(?:sentiment|sarcas|iron(?:y|ic)|toxic|grammar|grammatic|subjectiv|objectiv|hedg|emotion"
    r"|polite|positive or|negative or|how (?:do|would) (?:you|I|we) say\b)",
    re.IGNORECASE,
)
"""What is done to a text or asked of one, wherever it stands."""

_PERHAPS = re.compile(
    rf"\b{_KIND}\b|\b(?:classif|translat|summar|paraphras|rewrit|rephras"
    r"|(?:author|writer|poet)\b(?! of\b)|speaker|narrator)",
    re.IGNORECASE,
)
_OF_TEXT = re.compile(
    r"\bthe (?:author|writer|poet|speaker|narrator)\b(?! (?:of|in)\b)"
    r"|\b(?:in|of) the (?:sentence|text|story|passage|paragraph|poem)\b(?! of\b)",
    re.IGNORECASE,
)
"""What is asked of a text that may stand behind the question; not "the author of Dune"."""

_LEAD = re.compile(r"\s+(?:[\w']+,? ){0,4}")
_OF_ANSWER = re.compile(r",?(?: that)? the answer is\b", re.IGNORECASE)
_OF_IT = re.compile(r",?(?: that)? it(?:'s| is| was)\b", re.IGNORECASE)


def opinions_are_given(question: str) -> bool:
    """Whether opinions in a question belong, or may belong, to a text that it asks about.

    Args:
        question: Any question.

    Returns:
        True where a text is to be worked on: "Review: I think it was bad. Is it positive?". What is
        said behind all that is asked is the asker's, "Who wrote the first review? I think it's Bo",
        unless that may be the text: "Could you translate it? I think it's Bo", "What does the
        author mean? I think Bo lies" (but not "Who is the author? I think it's Bo"). Behind a
        question "I think the answer is Bo" is always the asker's, if it is the first opinion.
    """
    text = hide_quoted(question.replace("\u2019", "'"))
    return any(sign.search(text) for sign in _signs(text))


def _signs(text: str) -> tuple[re.Pattern[str], ...]:
    """What says that a text is given, by where the first opinion stands and what it is of."""
    first, asked = OPINION.search(text), text.rfind("?")
    if first and _OF_ANSWER.match(text, first.end()):
        return () if -1 < asked < first.start() else (_HERE, _TO_COME, _TASK)
    if first and asked > -1 and _LEAD.fullmatch(text, asked + 1, first.start()):
        of_it = _OF_IT.match(text, first.end())
        return (_TO_COME, _TASK) if of_it else (_TO_COME, _TASK, _OF_TEXT)
    return (_HERE, _TO_COME, _TASK, _PERHAPS)
