"""Whether a question gives a text to work on, in which an opinion is what is asked about."""

import re

_KIND = (
    r"(?:reviews?|sentences?|text|tweets?|posts?|comments?|messages?|statements?|e-?mails?|letter"
    r"|passage|paragraph|article|dialog(?:ue)?|conversation|transcript|quot(?:e|ation)|feedback"
    r"|utterances?|input|headline|premise|hypothesis|claim|speech|story|essay)"
)
_WORK = (
    r"(?:classify|label|categori[sz]e|annotate|translate|summari[sz]e|paraphrase|rewrite|rephrase"
    r"|reword|proofread|correct|edit|shorten|simplify|continue|complete|parse|tokeni[sz]e|quote"
    r"|repeat|copy|extract|detect|analy[sz]e|rate|convert|punctuate|reply to|respond to)"
)
_GIVEN = re.compile(
    rf"(?:^|[.?!:;\n])[\s#*>]*(?:(?:please|now|then) )?(?:{_WORK}\b|(?:the )?{_KIND}[ \d*]{{0,4}}:)"
    rf"|\b(?:please|you) {_WORK}\b|\b(?:fact or (?:an? )?opinion|opinion or (?:an? )?fact)\b"
    rf"|\b(?<!of )(?:the following|this|that|these|above|below|next) {_KIND}\b|<{_KIND}>"
    r"|\b(?:is|are) (?:the following|this|that) (?:an? )?(?:\w+ or|fact|opinion)\b"
    r"|[uü]bersetze|traduis|traduc[ei]|翻[译譯訳]",
    re.IGNORECASE,
)
_PERHAPS = re.compile(
    rf"\b{_KIND}\b|\b(?:classif|translat|summar|paraphras|rewrit|rephras|sentiment|sarcas|iron(?:y|ic)"
    r"|toxic|grammar|grammatic|subjectiv|objectiv|hedg|tone\b|mood\b|stance\b|emotion|polite"
    r"|positive or|negative or|author|writer|speaker|narrator|how (?:do|would) (?:you|I|we) say\b)",
    re.IGNORECASE,
)
_ASKER = re.compile(r"\b(?:I|[Mm]y|[Ww]e|[Oo]ur)\b")
_THE_ANSWER = re.compile(
    r"\?\s+I (?:don['’]t |do not )?(?:think|believe) the answer is\b", re.IGNORECASE
)


def opinions_are_given(question: str) -> bool:
    """Whether opinions in a question belong, or may belong, to a text that it asks about.

    Args:
        question: Any question.

    Returns:
        True where a text is to be worked on: "Review: I think it was bad. Is it positive?". A word
        such as "review" alone says little where nobody speaks but of the answer to a question that
        stands before: "Who wrote the first review? I think the answer is Bo".
    """
    if _GIVEN.search(question):
        return True
    if not _PERHAPS.search(question):
        return False
    told = _THE_ANSWER.search(question)
    return told is None or _ASKER.search(question, 0, told.start()) is not None
