"""People's first names, replaced by others."""

import re
import zlib
from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import product

from agent.variants.given_names import MEN, SHORT_FORMS, WOMEN
from agent.variants.variant import CODE, Variant
from memory.answers.dates import MONTHS
from memory.answers.numbers import NUMBER_WORDS

_POOLS = {name: pool for pool in (WOMEN, MEN) for name in pool}
_FORMS = {
    name: frozenset(form for forms in SHORT_FORMS if name in forms for form in forms)
    for name in {name for forms in SHORT_FORMS for name in forms}
}
_EITHER = "|".join(sorted(_POOLS))
_NAME = re.compile(
    rf"(?<![\w\-@/\\.#'’\u0300-\u036f])(?:{_EITHER})(?![\w\-@/\\\u0300-\u036f]|\.\w)"
)
_ANYWHERE = re.compile(rf"\b(?:{_EITHER})\b", re.IGNORECASE)
_LETTERS = re.compile(
    r"\b(?:letters?|spel(?:l|t|led|ling|ls)|alphabet\w*|lexicograph\w*|sort\w*|vowels?|consonants?"
    r"|characters?|initials?|palindromes?|anagrams?|rhym\w*|syllables?|strings?|concatenat\w*"
    r"|revers\w*|backwards?|[a-z]['’]s|acrostics?|ascii|unicode|morse|scrabble|cipher\w*"
    r"|(?:de|en)cod\w*|encrypt\w*|(?:upper|lower)-?case|capital\w*|words?|names?"
    r"|(?:starts?|begins?|ends?) with|pronounc\w*|translat\w*|etymolog\w*)\b",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"\b(?:short for|nick-?name[ds]?|stands? for|diminutives?|(?:named|called) after|namesakes?"
    r"|abbreviat\w*|acronyms?|alias(?:es)?|also called|a\.?k\.?a|(?:better )?known as|goes by"
    r"|(?:equivalent|feminine|form|masculine|variant|version) of|origins?|mean(?:s|ing)"
    r"|bibl(?:e|ical)|gospels?|scriptures?|testament|apostles?|disciples?|saints?|reign\w*|throne"
    r"|crowned|monarchs?|dynast\w*|emperors?|popes?|presidents?|century|history of|in history"
    r"|historical figures?|legend\w*|myth\w*|the novel|fairy tales?|wizards?|nobel|discovery"
    r"|discovered(?! that)|invented|relativity)\b"
    r"|\b(?:Hebrew|Greek|Latin)\b|\b\d+:\d+ (?:say|read|tell)"
    r"|\b(?:where|when|year) (?:was|were|did) [^?\n]{1,40}\b(?:born|die)\b|\b(?:sur|last )name\b",
    re.IGNORECASE,
)
"""What asks for more of a name, or of who has it, than the question tells."""

_ENGLISH = re.compile(
    r"\b(?:the|how|what|which|who|whose|when|where|why|if|does|did|has|have|and|with|from)\b",
    re.IGNORECASE,
)
"""In other languages none of these patterns says when a name matters."""

_QUOTE_MARK = re.compile(r"[\"“”«»]|(?<!\w)['‘]|['’](?!\w)")
_SENTENCE = re.compile(r"\S[^.?!\n]*(?:[.?!](?=\S)[^.?!\n]*)*[.?!]?")
_ASKS = re.compile(
    r"(?:in |on |at |to |for |from |with |by )?(?:who|whom|whose|when|where|which|what|why|how|does"
    r"|do|did|is|are|was|were|can|could|will|would|has|have|had|should|tell|explain|describe|write)\b",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(r"\b(?:if|suppose|given|assume|assuming)\b", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"(?P<edge>^|[.?!:\n]\s*)?(?P<word>[^\W\d_]+)\.? $")
_TITLES = frozenset(
    {
        "Mr", "Mrs", "Ms", "Dr", "St", "Saint", "King", "Queen", "Prince", "Princess", "Pope",
        "Sir", "Lord", "Lady", "Emperor", "Tsar", "President", "Hurricane",
    }
)  # fmt: skip
_SURNAME = re.compile(r" (?:the )?[^\W\d_a-z]")
_CAPITALISED = re.compile(r"\b[A-Z][^\W\d_]*")
_INSIDE = re.compile(
    r"(?<=[\w,;&] )(?<!\bMr )(?<!\bMs )(?<!\bMrs )(?<!\bDr )(?!(?:Mr|Ms|Mrs|Dr)\b|[A-Z]\w+day)"
    r"[A-Z][^\W\d_]+"
)
"""A capitalised word in a sentence, but no day and nobody told to be just somebody."""

_MONTHS = frozenset(month.capitalize() for month in MONTHS)
_AMOUNT = re.compile(
    r"\bhow (?:big|deep|far|fast|heavy|high|large|long|many|much|old|often|tall|wide)\b"
    r"|\b(?:amount|average|cost|difference|number|percent\w*|price|sum|total)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    rf"\d|\b(?:{'|'.join(NUMBER_WORDS)}|hundred|once|twice|half|third|quarter|dozen|couple|pair"
    r"|double|triple)\b",
    re.IGNORECASE,
)


def replace_names(question: str, seed: int) -> list[Variant]:
    """Replace each person's first name by another, a woman's by a woman's; so in the answer.

    It fits stories about just anybody. Where letters may matter, where a name stands in quotes, has
    a surname, a title or a short form, or where nothing is told of it (who that is, is then what is
    asked) or it goes with what is known ("Steve founded Apple"), names stay.

    Args:
        question: Any question.
        seed: Which names to take.

    Returns:
        One variant; none if it doesn't fit.
    """
    found = list(_NAME.finditer(question))
    if not found or not _fit(question, found):
        return []
    new = _chosen(list(dict.fromkeys(match[0] for match in found)), seed, question)
    if new is None:
        return []
    old = {name.casefold(): original for original, name in new.items()}
    changed = _NAME.sub(lambda match: new[match[0]], question)
    return [Variant("names replaced", changed, partial(_original, names=old))]


def _original(answer: str, names: Mapping[str, str]) -> str:
    """The answer with the names that the question had."""
    return _ANYWHERE.sub(lambda match: names.get(match[0].casefold(), match[0]), answer)


def _chosen(names: list[str], seed: int, question: str) -> dict[str, str] | None:
    """A name that has no form in the question for each that has; None when there are too few."""
    start = zlib.crc32(question.encode("utf-8", "replace")) + seed
    taken, new = set(_CAPITALISED.findall(question)), {}
    for place, name in enumerate(names):
        pool = _POOLS[name]
        at = (start + 31 * place) % len(pool)
        turned = pool[at:] + pool[:at]
        free = (n for n in turned if not any(_same(n, word) for word in taken))
        other = next((n for n in free if not n.endswith("s")), None)
        if other is None:
            return None
        taken.add(other)
        new[name] = other
    return new


def _fit(question: str, found: list[re.Match[str]]) -> bool:
    """Whether the names can be any, and every place where they stand is known."""
    if len(_ANYWHERE.findall(question)) > len(found):
        return False
    if any(pattern.search(question) for pattern in (_LETTERS, _KNOWN, CODE, _QUOTE_MARK)):
        return False
    if not _ENGLISH.search(question):
        return False
    if any(_somebody(match) for match in found) or _shortened(question) or _known(question):
        return False
    return _told(question)


def _shortened(question: str) -> bool:
    """Whether a name and a short form of one stand here, which may be the same person."""
    words = set(_CAPITALISED.findall(question)) - {"The", "And"}
    names = words & _POOLS.keys()
    return any(_same(name, word) for name, word in product(names, words) if name != word)


def _same(name: str, word: str) -> bool:
    """Whether one is the other's beginning, or both are known forms of one name."""
    if min(len(name), len(word)) > 2 and (name.startswith(word) or word.startswith(name)):
        return True
    return word in _FORMS.get(name, ())


def _known(question: str) -> bool:
    """Whether more may be known than told: an amount without a number, a thing named in passing.

    Who takes part in a story is named twice or more, and a sum is the same for anybody.
    """
    if _AMOUNT.search(question):
        return not _NUMBER.search(question)
    count = Counter(_CAPITALISED.findall(question))
    strangers = set(_INSIDE.findall(question)) - _POOLS.keys() - _MONTHS
    return any(count[word] == 1 for word in strangers)


def _somebody(name: re.Match[str]) -> bool:
    """Whether it is part of a longer name: a title, another first name, a surname."""
    if _SURNAME.match(name.string, name.end()):
        return True
    before = _WORD_BEFORE.search(name.string[max(0, name.start() - 40) : name.start()])
    if before is None or not before["word"][0].isupper():
        return False
    return before["edge"] is None or before["word"] in _TITLES


def _told(question: str) -> bool:
    """Whether some sentence says something of a name, rather than asking."""
    for sentence in _SENTENCE.finditer(question):
        if _NAME.search(sentence[0]):
            asks = _ASKS.match(sentence[0])
            if not asks or _SUPPOSES.search(sentence[0]):
                return True
    return False
