"""What "answer" is called before a colon, in languages other than English: parts of a pattern."""

ANSWER_WORDS = (
    r"antwort",  # German
    r"antwoord",  # Dutch
    r"svar",  # Danish, Norwegian, Swedish
    r"respuesta",  # Spanish
    r"resposta",  # Portuguese, Catalan
    r"risposta",  # Italian
    r"r[\u00e9e]ponse",  # French
    r"r\u0103spuns(?:ul)?",  # Romanian
    r"odpowied[\u017az]",  # Polish
    r"odpov[\u011be]\u010f",  # Czech, Slovak
    r"odgovor",  # Croatian, Serbian, Slovene
    r"\u043e\u0442\u0432\u0435\u0442",  # Russian
    r"\u0432\u0456\u0434\u043f\u043e\u0432\u0456\u0434\u044c",  # Ukrainian
    r"\u043e\u0442\u0433\u043e\u0432\u043e\u0440",  # Bulgarian
    r"\u043e\u0434\u0433\u043e\u0432\u043e\u0440",  # Serbian
    r"\u03b1\u03c0\u03ac\u03bd\u03c4\u03b7\u03c3\u03b7",  # Greek
    r"v\u00e1lasz",  # Hungarian
    r"vastaus",  # Finnish
    r"vastus",  # Estonian
    r"atsakymas",  # Lithuanian
    r"atbilde",  # Latvian
    r"cevap|yan[\u0131i]t",  # Turkish
    r"jawaban",  # Indonesian
    r"jawapan",  # Malay
    r"\u0111\u00e1p \u00e1n|(?:c\u00e2u )?tr\u1ea3 l\u1eddi",  # Vietnamese
    r"(?:\u0627\u0644)?\u062c\u0648\u0627\u0628",  # Arabic, Persian, Urdu
    r"(?:\u0627\u0644)?\u0625\u062c\u0627\u0628\u0629",  # Arabic
    r"\u067e\u0627\u0633\u062e",  # Persian
    r"(?:\u05d4)?\u05ea\u05e9\u05d5\u05d1\u05d4",  # Hebrew
    r"\u0909\u0924\u094d\u0924\u0930|\u091c\u0935\u093e\u092c",  # Hindi
    r"\u0989\u09a4\u09cd\u09a4\u09b0",  # Bengali
    r"\uc815\ub2f5|\ub2f5\ubcc0?",  # Korean
)
"""Words of their own."""

FINAL_WORDS = (
    r"finale?",  # French, Spanish, Portuguese, Italian, Romanian
    r"akhir",  # Indonesian
    r"cu\u1ed1i c\u00f9ng",  # Vietnamese
    r"\u0627\u0644\u0646\u0647\u0627\u0626\u064a[\u0629\u0647]?",  # Arabic
    r"\u0646\u0647\u0627\u06cc\u06cc",  # Persian
    r"(?:\u05d4)?\u05e1\u05d5\u05e4\u05d9\u05ea",  # Hebrew
)
""""Final", behind the word."""

UNSPACED_WORDS = (
    r"\u7b54\u6848\u662f?|\u56de\u7b54|\u7b54",  # Chinese
    r"\u7b54\u3048|\u6b63\u89e3",  # Japanese
    r"\u0e04\u0e33\u0e15\u0e2d\u0e1a(?:\u0e2a\u0e38\u0e14\u0e17\u0e49\u0e32\u0e22)?",  # Thai
)
"""In scripts without spaces a word may follow any letter."""
