"""Numbers and quantities: "1,000", "-3.50", "1/2", "2 1/2", "1e6", "$5", "50%", "5 apples"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_EXPONENT = 1_000
"""Beyond it scientific notation stays text: writing it out would cost more than it tells."""

_PLACES = 6
_MAX_EXPANDED = 21
_WHOLE = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:'[0-9]{3})+|0|[1-9][0-9]*)"
_GROUPS = str.maketrans("", "", ",'")
_DECIMAL = re.compile(
    rf"(?P<sign>[+-]?)(?P<whole>{_WHOLE})?(?P<part>\.[0-9]*)?(?P<exp>[eE][+-]?[0-9]{{1,6}})?(?![0-9.,]*[0-9])"
)
_POWER = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<times>{_WHOLE}(?:\.[0-9]+)?) ?(?:[\u00d7x*\u00b7]|\\times|\\cdot) ?)?"
    r"10\^(?:\{(?P<braced>-?[0-9]{1,4})\}|(?P<power>-?[0-9]{1,4}))(?![0-9.,^!])"
)
_RATIO = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<mixed>{_WHOLE}) )?(?P<top>{_WHOLE}) ?/ ?(?P<bottom>{_WHOLE})"
    r"(?![0-9.,/])"
)
_EXPONENT = re.compile(r"[0-9.]e|10\^", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9.](?:[0-9.,'/ ]*[0-9])?")
_MONEY = re.compile(r"(?P<sign>[+-]?) ?(?P<currency>[$€£¥₹]|US\$|USD ) ?(?P<rest>.+)")
_WORDS = re.compile(r"[a-z]+(?:[ /-][a-z]+){0,3}\.?")
_SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "lakh": 10**5,
    "million": 10**6,
    "crore": 10**7,
    "billion": 10**9,
    "trillion": 10**12,
    "quadrillion": 10**15,
    "quintillion": 10**18,
}
# Words that make another number of the one before them, wherever they stand behind it.
_OPERATORS = frozenset(
    {
        "and", "or", "nor", "to", "of", "out", "plus", "minus", "times", "over", "by", "vs",
        "versus", "point", "x", "dozen", "dozens", "score", "st", "nd", "rd", "th", "mod", "modulo",
        "divided", "multiplied", "than", "if", "when", "not", "is", "are", "was", "e", "pi", "tau",
        "squared", "cubed", "factorial", "below", "above", "under", "without", "myriad", "tens",
        "am", "pm",
    }
)  # fmt: skip
# These do so as the last word alone: "5 less" is no 5, but "5 less crowded rooms" are.
_LAST_OPERATORS = frozenset(
    {
        "less", "more", "fewer", "short", "off", "negative", "base", "binary", "ternary", "octal",
        "decimal", "hex", "hexadecimal", "root", "grand", "bc", "bce",
    }
)  # fmt: skip
_BEFORE_ES = ("se", "xe", "ze", "che", "she")
_FRACTION_OR_SCALE = re.compile(
    r"(?:half|halve|quarter|third|lakh|crore|[a-z]*illion|hundred|thousand"
    r"|(?:four|fif|six|seven|eigh|nin|ten|eleven|twelf|[a-z]+teen|[a-z]+tie|hundred|thousand"
    r"|[a-z]*illion)th)s?"
)
_NAMED_UNITS = {
    "percent": "%", "per cent": "%", "%": "%",
    "percentage points": "pp", "percentage point": "pp",
    "dollars": "$", "dollar": "$", "usd": "$", "USD": "$", "us dollars": "$", "$": "$",
    "euros": "€", "euro": "€", "eur": "€", "EUR": "€", "€": "€",
    "pounds sterling": "£", "GBP": "£", "£": "£", "yen": "¥", "¥": "¥", "rupees": "₹", "₹": "₹",
    "degrees": "°", "degree": "°", "°": "°", "°C": "°C", "°F": "°F",
    "hours": "hour", "hrs": "hour", "hr": "hour", "h": "hour", "minutes": "minute", "min": "minute",
    "mins": "minute", "seconds": "second", "sec": "second", "secs": "second", "s": "second",
    "kilometers": "km", "kilometres": "km", "kilometer": "km", "kilometre": "km",
    "meters": "m", "metres": "m", "meter": "m", "metre": "m", "centimeters": "cm",
    "centimetres": "cm", "kilograms": "kg", "kilogram": "kg", "kgs": "kg", "grams": "g",
    "gram": "g",
    "miles per hour": "mph", "kmph": "km/h", "kilometers per hour": "km/h", "feet": "ft",
    "foot": "ft", "inches": "inch", "liters": "l", "litres": "l", "liter": "l", "litre": "l",
    "MB": "MB", "GB": "GB", "KB": "KB", "kB": "KB", "TB": "TB", "Hz": "Hz", "kHz": "kHz",
    "MHz": "MHz", "GHz": "GHz", "W": "W", "kW": "kW", "kWh": "kWh", "V": "V", "J": "J", "N": "N",
    "mL": "ml", "L": "l", "K": "K", "C": "°C", "F": "°F",
}  # fmt: skip
_TIGHT_UNITS = frozenset(
    {
        "%", "$", "€", "£", "¥", "₹", "°", "°C", "°F", "km", "cm", "mm", "kg", "mg", "lb", "lbs",
        "oz", "ms", "ml", "mL", "mph", "km/h", "m/s", "ft", "MB", "GB", "KB", "kB", "TB", "Hz",
        "kHz", "MHz", "GHz", "kW", "kWh", "hrs", "hr", "min", "mins", "sec", "secs",
    }
)  # fmt: skip
_PREFIXED_UNIT = re.compile(
    r"[pnu\u00b5\u03bcmkcMGTP](?:Wh?|V|A|J|N|Hz|Pa|F|H|\u03a9|\u2126|eV)|[kMGT]?[bB](?:ps|/s)|[kMGT]b"
)
"""Units whose case counts: "mW" and "MW", "Gbps" and "GBps"."""

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        (
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
            "eighteen", "nineteen", "twenty",
        )
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, with the unit it was given in.

    Attributes:
        value: Exact.
        unit: In one spelling; empty for a bare number.
        surface: As it is written: no thousands separators, no needless zeros.
        form: How the number is written; empty where that does not count.
    """

    value: Fraction
    unit: str
    surface: str
    form: str = ""

    @property
    def number_key(self) -> str:
        """The value alone, as `key` writes it, with the form if that counts."""
        written = f"#{_rounded(self.value)}"
        return f"{written} as {self.form}" if self.form else written

    @property
    def key(self) -> str:
        """What equal quantities share."""
        return f"{self.number_key} {self.unit}" if self.unit else self.number_key


def _rounded(value: Fraction) -> str:
    """Whole numbers exactly; others to 6 decimals, or 6 significant digits below 1."""
    places = 0 if value.denominator == 1 else _PLACES
    if places and abs(value) < 1:
        places += max(0, len(str(value.denominator)) - len(str(abs(value.numerator))) - 1)
    digits = str(abs(round(value * 10**places))).rjust(places + 1, "0")
    sign = "-" if value < 0 and digits.strip("0") else ""
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def _decimal(match: re.Match[str]) -> tuple[Fraction, str] | None:
    """Value and surface of a decimal number; None for one that is no number or too large."""
    whole, part = (match["whole"] or "").translate(_GROUPS), (match["part"] or "")[1:]
    if not whole and not part:
        return None
    exponent = int(match["exp"][1:]) if match["exp"] else 0
    if abs(exponent) > MAX_EXPONENT:
        return None
    value = Fraction(int(f"{whole}{part}"), 10 ** len(part)) * Fraction(10) ** exponent
    sign = "-" if match["sign"] == "-" and value else ""
    value = -value if sign else value
    part = part.rstrip("0")
    surface = f"{sign}{whole or '0'}.{part}" if part else f"{sign}{whole or '0'}"
    if not match["exp"]:
        return value, surface
    return value, _expanded(value) or f"{surface}e{exponent}"


def _expanded(value: Fraction) -> str:
    """A decimal fraction written out; empty if that takes more than 21 characters."""
    shift = 0
    while (value * 10**shift).denominator != 1:
        shift += 1
        if shift > _MAX_EXPANDED:
            return ""
    digits = str(abs(value.numerator * 10**shift // value.denominator)).rjust(shift + 1, "0")
    whole, part = digits[: len(digits) - shift], digits[len(digits) - shift :]
    written = f"{'-' if value < 0 else ''}{whole}{'.' if part else ''}{part}"
    return written if len(written) <= _MAX_EXPANDED else ""


def _ratio(match: re.Match[str]) -> tuple[Fraction, str] | None:
    """Value and surface of "a/b" or "n a/b", which is kept as it is written."""
    top, bottom = (int(match[name].translate(_GROUPS)) for name in ("top", "bottom"))
    if bottom == 0:
        return None
    mixed = (match["mixed"] or "").translate(_GROUPS)
    value = int(mixed or 0) + Fraction(top, bottom)
    sign = "-" if match["sign"] == "-" and value else ""
    surface = f"{sign}{mixed}{' ' if mixed else ''}{top}/{bottom}"
    return (-value if sign else value), surface


def _power(match: re.Match[str]) -> tuple[Fraction, str] | None:
    """Value and surface of "a x 10^n" or "10^n", which is kept as it is written."""
    exponent = int(match["braced"] or match["power"])
    if abs(exponent) > MAX_EXPONENT:
        return None
    value = Fraction((match["times"] or "1").translate(_GROUPS)) * Fraction(10) ** exponent
    return (-value if match["sign"] == "-" else value), match[0]


def _head(text: str) -> tuple[Fraction, str, str] | None:
    """Split a text that begins with a number into value, surface and the rest."""
    for pattern, read in ((_POWER, _power), (_RATIO, _ratio), (_DECIMAL, _decimal)):
        match = pattern.match(text)
        found = read(match) if match else None
        if match is not None and found is not None:
            return *found, text[match.end() :]
    return None


def _unit(tail: str) -> str | None:
    """The one spelling of the unit that follows a number; None if it is something else."""
    name = tail.strip()
    symbol = name in _TIGHT_UNITS or _PREFIXED_UNIT.fullmatch(name) is not None
    if not tail.startswith(" ") and not symbol:
        return None
    if name in _NAMED_UNITS:
        return _NAMED_UNITS[name]
    if symbol or name in {"m", "g", "l"}:
        return name
    words = re.split(r"[ /-]", name)
    if len(name) < 2 or not _WORDS.fullmatch(name) or _operates(words):
        return None
    return " ".join(_singular(word.rstrip(".")) for word in words)


def _operates(words: Sequence[str]) -> bool:
    """Whether words behind a number make another number of it: "pi", "tenths", "base seven"."""
    bare = [word.rstrip(".") for word in words]
    return (
        bare[-1] in _LAST_OPERATORS
        or not (_OPERATORS | NUMBER_WORDS.keys()).isdisjoint(bare)
        or any(map(_FRACTION_OR_SCALE.fullmatch, bare))
    )


def _singular(word: str) -> str:
    """What one thing and several share: "box" of "boxes", and "hous" of "house" and "houses"."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 4 and word.endswith("ie"):
        return f"{word[:-2]}y"
    return word[:-1] if word.endswith(_BEFORE_ES) else word


def _scaled(value: Fraction, tail: str) -> tuple[Fraction, str]:
    """Apply "thousand", "million" and so on; returns the value and what follows."""
    word, _, rest = tail.strip().partition(" ")
    if tail.startswith(" ") and word in _SCALES:
        return value * _SCALES[word], f" {rest}" if rest else ""
    return value, tail


def _money(match: re.Match[str]) -> Quantity | None:
    """A sum such as "$1,000" or "-€3.50"; cents stay as they are written."""
    rest = match["rest"]
    signed = match["sign"] + rest if match["sign"] else rest
    head = _head(signed)
    if head is None or (match["sign"] and rest.startswith(("+", "-"))):
        return None
    value, surface, tail = head
    value, tail = _scaled(value, tail)
    scale = signed[len(signed) - len(head[2]) :] if head[2] != tail else ""
    currency = "$" if match["currency"].startswith("US") else match["currency"]
    if tail not in {"", f" {currency}"} and _unit(tail) != currency:
        return None
    cents = re.search(r"\.([0-9]{2})(?![0-9])", signed)
    if cents and cents[1].endswith("0") and cents[1] != "00" and "." in surface:
        surface += "0"
    sign, surface = ("-", surface[1:]) if surface.startswith("-") else ("", surface)
    return Quantity(value, currency, f"{sign}{currency}{surface}{scale}")


def quantity(text: str) -> Quantity | None:
    """Read a whole text as a number or a number with a unit.

    Args:
        text: A tidied answer.

    Returns:
        The quantity; None if the text is anything else, such as "007", "3rd" or "5 to 6".
    """
    money = _MONEY.fullmatch(text)
    if money:
        return _money(money)
    head = _head(text)
    if head is None:
        return None
    value, surface, tail = head
    if not tail:
        return Quantity(value, "", surface)
    scaled, rest = _scaled(value, tail)
    unit = _unit(rest) if rest else ""
    if unit is None:
        return None
    return Quantity(
        scaled, unit, f"{surface}%" if tail and unit == "%" and rest == tail else surface + tail
    )


def form_of(text: str) -> str:
    """How a number is written: with an exponent or not, else in which digits or words.

    Args:
        text: A tidied answer that holds a number.

    Returns:
        The same for "1e3" and "1.0 x 10^3", but not for "2/4" and "1/2", "1,000" and "1000".
    """
    if _EXPONENT.search(text):
        return "e"
    digits = _DIGITS.search(text)
    return re.sub(r" ?/ ?", "/", digits[0]) if digits else text.casefold()


def number_word(text: str) -> Quantity | None:
    """Read "zero" to "twenty"."""
    value = NUMBER_WORDS.get(text.lower())
    return None if value is None else Quantity(Fraction(value), "", text)
