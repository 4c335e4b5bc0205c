"""A payment sandbox on loopback: WeChat Pay v3 and Alipay that sign and verify for real, for development and tests.

It keeps its own keys and its own ledger, calls back like the real ones (repeating, unordered, sometimes not
at all) and fails on demand. It moves no money and refuses production.
"""
