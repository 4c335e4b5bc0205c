"""A payment sandbox on loopback for development and tests: WeChat Pay v3, Alipay, UnionPay, signing for real.

It keeps its own keys and its own ledger, calls back like the real ones (repeating, unordered, sometimes not
at all) and fails on demand. It moves no money and refuses production.
"""
