"""Certificates in the making: renewal codes, what the CA is asked, what it answered, what becomes of it."""
