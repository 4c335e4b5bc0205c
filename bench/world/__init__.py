"""Invented worlds that measurements and tests share."""
