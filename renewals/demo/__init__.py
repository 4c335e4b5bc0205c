"""Invented data that looks real: three halls, their people, certificates in every state, orders at every step.

Refuses production. No person, phone number or account here is anybody's.
"""
