"""What kind of answer a text is, its normal form, and the key that equal answers share."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from memory.answers.dates import MONTHS, WEEKDAYS, date_of, day_of, time_of
from memory.answers.exactness import LOOSE, Exactness, Form, exactness_of
from memory.answers.lists import MAX_DEPTH, Items, items_of
from memory.answers.numbers import Quantity, form_of, number_word, quantity
from memory.answers.offered import contested
from memory.answers.options import labelled, named, options_of
from memory.answers.surface import MAX_CHARS, tidy


class Kind(StrEnum):
    """What sort of thing an answer is."""

    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    LIST = "list"
    LABEL = "label"
    TEXT = "text"


_REMEMBERED = 256
"""Answers whose forms are remembered: the samples of a question say the same again and again."""

_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_WHO = r"(?:it|he|she|they|that|this|there|the|you|we|i)\b"
_YES_NO_CLAUSE = re.compile(
    rf"(?P<word>yes|no|true|false)(?:[,.!;:]| ?[-\u2013\u2014]) ?{_WHO}\W{{1,2}}\w.{{0,200}}",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\[\[ ?([A-Za-z]) ?\]\]|\(([A-Ja-j])\)|([A-J])[.):]|(?:option|choice) \(?([A-Ja-j])\)?[.:]?",
    re.IGNORECASE,
)
_CHOICE_WITH_TEXT = re.compile(
    r"(?:(?:[Oo]ption|[Cc]hoice) )?(?:\(([A-Ja-j])\)|([A-J])\)|(?<= )([A-J]):)"
    r" (?!and\b|or\b|nor\b|is\b|x )[A-Za-z0-9$][^()]{0,200}"
)
_LABELS = frozenset(
    {
        *WEEKDAYS, *MONTHS, "heads", "tails", "positive", "negative", "neutral", "left", "right",
        "up", "down", "north", "south", "east", "west", "win", "lose", "loss", "draw", "tie",
        "valid", "invalid", "even", "odd", "spam", "ham", "entailment", "contradiction", "unknown",
    }
)  # fmt: skip
_ASSIGNMENT = re.compile(r"(?:[A-Za-z] ?)?= ?(?P<value>[^=]+)")
_NEGATED = re.compile(r"(?:minus|negative) (?P<value>(?!minus|negative)[^-+\s].*)", re.IGNORECASE)
_FLAG = re.compile(r"-[A-Za-z]{1,5}")  # of a command: "ls -a" is not "ls -A"
_ARTICLE = re.compile(r"(?:(?:the|an) (?=\w)|a (?!and\b|nor\b|but\b)(?=\w{3}))", re.IGNORECASE)
_EDGES = " \"'`.,;:!?"
# Marks at an edge that belong to the answer: ".NET", "!x"; "n!", "5!", "AB'", "k * n!", "f(x)'".
# Behind words, and behind a letter that names an option ("B!"), they do not.
_SIGN_BEFORE = re.compile(r"(?:(?<!\.)\.|!+)$")
_SIGN_BEHIND = re.compile(r"[!']+")
_SYMBOL = re.compile(r"(?:(?![A-J]\W)[^\W\d_]|[0-9][0-9.,]*)[!']+|[A-Z]{2,3}'+")
_FORMULA = re.compile(
    r"[-+*/^=] ?[\w(\[\\]|[()\[\]\\]|[0-9][^\W\d_]|[^\W\d_]_?[0-9]"  # an operator is not "C++"
)
_LOWER = r"[^\W\d_A-Z]"
_WORD = re.compile(rf"(?<!\\)(?<!{_LOWER}){_LOWER}{{2,}}+(?!\()")  # neither "sin(x)" nor "\pi"


def _yes_no(text: str, exact: Exactness) -> str | None:
    """Read a text that says just yes or no, or true or false, perhaps with a clause."""
    word = text.lower().rstrip(".!,")
    if exact.truth:
        return None
    if word in _YES_NO:
        return _YES_NO[word]
    clause = None if exact.clauses else _YES_NO_CLAUSE.fullmatch(text)
    return _YES_NO[clause["word"].lower()] if clause else None


def _choice(text: str) -> str | None:
    """The letter, in upper case, of a text that is marked as one of several options."""
    match = _CHOICE.fullmatch(text) or _CHOICE_WITH_TEXT.fullmatch(text)
    return next(letter for letter in match.groups() if letter).upper() if match else None


def _relisted(items: Items) -> str:
    """A bracketed list with one space after each comma; quotes stay."""
    closing = {"[": "]", "(": ")", "{": "}"}[items.brackets]
    return f"{items.brackets}{', '.join(items.texts)}{closing}"


def normalise(answer: str, question: str | None = None) -> str:
    """The form in which an answer is shown, stored and trained on. Idempotent; never raises.

    Quotes, markdown and the closing full stop go; numbers lose thousands separators and needless
    zeros; booleans are "yes" and "no"; a marked option is its letter. Dates, fractions, lists and
    all other text keep the form and case that they were given in.

    Args:
        answer: A final answer, any text.
        question: What it answers: one of its options is its letter or number, and a number stays as
            it is written where the question asks for a form ("to two decimal places").

    Returns:
        Its normal form; empty only for a text without a visible character.
    """
    if not question:
        return _normal(answer, LOOSE)
    bare = labelled(answer, question)
    return _normal(bare, _exactness(bare, question))


@lru_cache(maxsize=_REMEMBERED)
def _normal(answer: str, exact: Exactness) -> str:
    """The normal form, in which a number stays as it is written where its form is asked for."""
    text = tidy(answer)
    if len(text) > MAX_CHARS:
        return text
    simple = _yes_no(text, exact) or _choice(text)
    if simple:
        return simple
    if exact.form is not Form.VALUE or date_of(text):
        return text
    number = quantity(text)
    return number.surface if number else text


def _exactness(answer: str, question: str | None) -> Exactness:
    """What counts in an answer: what is asked for, and what sets apart two that are offered."""
    exact = exactness_of(question)
    offered = contested(question, exact, _loose_key) if question else {}
    return offered.get(_loose_key(answer, exact), exact) if offered else exact


def _loose_key(text: str, exact: Exactness) -> str:
    """The key of a text as such, whatever the question offers."""
    return _key(_normal(text, exact), exact)


@dataclass(frozen=True, slots=True)
class _Comparable:
    """An answer as it is compared, and what counts in it."""

    text: str
    exact: Exactness

    @property
    def key(self) -> str:
        return _key(self.text, self.exact)


def _comparable(answer: str, question: str | None) -> _Comparable:
    """The normal form, or the bare labels of the options and compared answers that it names.

    A text that is one option's alone is that option's label.
    """
    text = normalise(answer, question)
    own = _Comparable(text, _exactness(text, question))
    if not question or len(text) > MAX_CHARS:
        return own
    options = options_of(question)
    if text.upper() not in options and _tell_apart(options):
        offered = {
            label: replace(own, text=_normal(option, own.exact))
            for label, option in options.items()
        }
        for alike in (_equal, _alike):  # "5 km" is the option "5 km", and not "5"
            labels = [label for label, option in offered.items() if alike(option, own)]
            if len(labels) == 1:
                return _Comparable(labels[0], exactness_of(question))
    return replace(own, text=named(text, question))


def _tell_apart(options: Mapping[str, str]) -> bool:
    """Whether no option's text may be taken for a label: "B" (a blood type), or 5 of "2. 5"."""
    return not any(
        text.upper() in options or (label.isdigit() and _number(text))
        for label, text in options.items()
    )


@lru_cache(maxsize=_REMEMBERED)
def _number(text: str, exact: Exactness = LOOSE) -> Quantity | None:
    """A quantity or a number in words, after "x =" or not."""
    assigned = _ASSIGNMENT.fullmatch(text)
    return _counted(assigned["value"] if assigned else text, exact)


def _ascii_digits(text: str) -> str:
    """Text with the decimal digits of any script as ASCII ones."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def _counted(text: str, exact: Exactness) -> Quantity | None:
    """A quantity or a number in words, which has its own case where that counts."""
    in_words = not exact.case or text.islower()
    if in_words and (negated := _NEGATED.fullmatch(text)):
        number = _counted(negated["value"], exact)
        return replace(number, value=-number.value) if number else None
    text = text if text.isascii() else _ascii_digits(text)
    number = quantity(text) or (number_word(text) if in_words else None)
    return replace(number, form=form_of(text)) if number and exact.form is Form.COUNTS else number


def _text_key(text: str, exact: Exactness) -> str:
    """Text without case, outer punctuation or a leading article, but for those that count."""
    bare = text if exact.punctuation else _without_edges(text)
    if not exact.articles and _ARTICLE.match(bare):
        bare = _ARTICLE.sub("", bare, count=1)
    return bare if exact.case else _folded(bare)


def _folded(text: str) -> str:
    """Text without case, but for a command's flags."""
    pieces = text.split(" ")
    return " ".join(word if _FLAG.fullmatch(word) else word.casefold() for word in pieces)


def _without_edges(text: str) -> str:
    """Text without the marks around it; never nothing."""
    bare = text.strip(_EDGES)
    if not bare:
        return text
    before, behind = text.split(bare, maxsplit=1)
    opening = _SIGN_BEFORE.search(before)
    closing = _SIGN_BEHIND.match(behind)
    marked = f"{bare}{closing[0] if closing else ''}"
    return f"{opening[0] if opening else ''}{marked if _is_mathematics(marked) else bare}"


def _is_mathematics(marked: str) -> bool:
    """Whether the marks behind a text are a factorial or a prime, no punctuation."""
    if _SYMBOL.fullmatch(marked):
        return True
    return _FORMULA.search(marked) is not None and _WORD.search(marked) is None


def _items_key(items: Items, depth: int, exact: Exactness) -> str:
    """Keys of the items in order (sorted for a set); single words read like running text."""
    keys = [_key(_normal(item, exact), exact, depth + 1) for item in items.texts]
    if len(keys) == 1:
        return keys[0]
    if items.brackets == "{":
        keys.sort()
    words = not exact.punctuation and all(re.fullmatch(r"[^\W\d_]+", key) for key in keys)
    return (" " if words else ", ").join(keys) or "[]"


def _spaced_numbers(text: str) -> Items | None:
    """Numbers with spaces between them, the way a program prints them, or two with "and"."""
    words = text.split()
    if len(words) == 3 and words[1] == "and" and "/" not in words[2]:  # not "2 and 1/2"
        del words[1]
    if len(words) < 2 or not all(quantity(word) for word in words):
        return None
    return Items(tuple(words))


def _moment(text: str) -> str | None:
    """A date, a day of any year or a time of day, in one form each."""
    found = date_of(text)
    return found.isoformat() if found else time_of(text) or day_of(_without_edges(text))


def _key(text: str, exact: Exactness, depth: int = 0) -> str:
    """The key of a text in normal form."""
    if len(text) > MAX_CHARS:
        return text if exact.case else text.casefold()
    if text in {"yes", "no"}:
        return text
    if not exact.case and exact.form is not Form.COUNTS and (moment := _moment(text)):
        return f"@{moment}"
    number = _counted(text, exact) if depth else _number(text, exact)
    if number:
        return number.key
    items = (items_of(text) or _spaced_numbers(text)) if depth < MAX_DEPTH else None
    if items is None:
        return _text_key(text, exact)
    nested = _items_key(items, depth, exact)
    return f"({nested})" if depth and len(items.texts) > 1 else nested


def key(answer: str, question: str | None = None) -> str:
    """What equal answers share, to count votes by; not for people to read.

    Numbers are exact if whole; others are rounded to 6 decimals (6 significant digits below 1), so
    two that differ by less than that can still fall on either side of a rounding step.

    Args:
        answer: A final answer, in normal form or not.
        question: What it answers; case, punctuation, articles or the form of numbers count where it
            asks for them or tells two things apart by them that it offers, and "B. Paris" and
            "Paris" are B where it has that option.

    Returns:
        The key: `key(a, q) == key(b, q)` implies `same(a, b, q)`.
    """
    return _comparable(answer, question).key


def kind_of(answer: str) -> Kind:
    """What sort of answer a text is.

    Args:
        answer: A final answer, in normal form or not.

    Returns:
        The most special kind that fits. One capital letter from A to H is a choice.
    """
    text = normalise(answer)
    if len(text) > MAX_CHARS:
        return Kind.TEXT
    if text in {"yes", "no"}:
        return Kind.YES_NO
    if date_of(text):
        return Kind.DATE
    if _number(text):
        return Kind.NUMBER
    if re.fullmatch(r"[A-H]", text):
        return Kind.CHOICE
    if text.lower() in _LABELS:
        return Kind.LABEL
    return Kind.LIST if _is_list(text) else Kind.TEXT


def _is_list(text: str) -> bool:
    """Whether a text is a list beyond doubt: brackets, numbers, "and", or three items."""
    items = items_of(text) or _spaced_numbers(text)
    if items is None:
        return False
    sure = items.brackets or items.joined or len(items.texts) > 2
    return bool(sure) or all(quantity(item) for item in items.texts)


def same(first: str, second: str, question: str | None = None) -> bool:
    """Whether two answers say the same. Reflexive and symmetric.

    Equal keys are the same answer. Besides, a bare number is the same as that number with any unit
    ("5" and "5 apples", "50" and "50%"), though two units never are ("$5" and "€5"): there alone it
    is not transitive.

    Args:
        first: A final answer, in normal form or not.
        second: Another.
        question: What both answer; see `key`.

    Returns:
        True if they are the same.
    """
    return _alike(_comparable(first, question), _comparable(second, question))


def _equal(first: _Comparable, second: _Comparable) -> bool:
    """Whether two answers have one key."""
    return first == second or first.key == second.key


def _alike(first: _Comparable, second: _Comparable) -> bool:
    """Whether two answers have one key, or one number and one unit at most."""
    if _equal(first, second):
        return True
    one, other = _short_number(first), _short_number(second)
    if one is None or other is None or (one.unit and other.unit):
        return False
    return one.number_key == other.number_key


def _short_number(answer: _Comparable) -> Quantity | None:
    """A number in a text that is not too long to be one."""
    return _number(answer.text, answer.exact) if len(answer.text) <= MAX_CHARS else None


def vote_keys(answers: Sequence[str], question: str | None = None) -> list[str]:
    """A key for each answer, to count votes by: `key`, but bare numbers join their unit.

    Among "5", "5 apples" and "5 apples" all three agree. If several units came up with one number,
    bare numbers stay apart.

    Args:
        answers: The votes of one question.
        question: It; see `key`.

    Returns:
        Keys in the order of the answers.
    """
    units: dict[str, set[str]] = {}
    texts = {answer: _comparable(answer, question) for answer in set(answers)}  # most are alike
    numbers = {answer: _short_number(text) for answer, text in texts.items()}
    for number in numbers.values():
        if number is not None and number.unit:
            units.setdefault(number.number_key, set()).add(number.key)
    keys = {}
    for answer, number in numbers.items():
        named = units.get(number.number_key, set()) if number and not number.unit else set()
        keys[answer] = next(iter(named)) if len(named) == 1 else texts[answer].key
    return [keys[answer] for answer in answers]
