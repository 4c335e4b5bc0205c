"""The connections of every channel's client."""

import ssl
from functools import lru_cache

import httpx


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    """Made once: reading the authorities costs more than checking a callback."""
    return httpx.create_ssl_context(trust_env=False)


def client(base_url: str, timeout: float) -> httpx.Client:
    """A pool of its own: no environment proxies, no redirects. Money goes where the settings say."""
    return httpx.Client(base_url=base_url, timeout=timeout, trust_env=False, follow_redirects=False, verify=_context())
