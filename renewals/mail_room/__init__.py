"""The mail room's desk: what arrives is taken in first and matched later; what leaves is what arrived (RULES P15)."""
