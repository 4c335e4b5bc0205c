"""What travels: carriers and their numbers, and whose hands a key may pass through. Pure (RULES A14, P14, P15, P23)."""
