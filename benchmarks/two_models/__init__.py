"""Who answers which question, a weak model or a strong one, told from the question alone."""
