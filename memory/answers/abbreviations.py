"""Words that a stop shortens: the stop behind one ends no sentence."""

ABBREVIATIONS = frozenset(
    {
        "mr", "mrs", "ms", "dr", "st", "prof", "jr", "sr", "vs", "mt", "ft", "inc", "gen", "sen",
        "lt", "capt", "col", "sgt", "rep", "gov", "rev", "hon", "maj", "cpl", "cmdr", "adm", "pres",
        "fr", "messrs", "mme", "mlle",
    }
)  # fmt: skip
"""In lower case, without the stop."""

UNSHORTENED = "".join(rf"(?<!\b{word})" for word in sorted(ABBREVIATIONS))
"""A pattern of no width: none of them stands before it. For use without regard to case."""
