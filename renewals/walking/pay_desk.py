"""Whoever pays: the phone that scans a code, or the browser that is led to a cashier's page."""

from collections.abc import Mapping

import httpx


class PayDesk:
    """``base_url`` of the running pay sandbox."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=10, trust_env=False)

    def pay(self, code_url: str, form: Mapping[str, str] | None = None) -> None:
        """Confirm the payment that this code stands for. httpx.HTTPError when the sandbox refuses.

        ``form``: what the browser posts to that address first (UnionPay); the cashier's page that it is led to is paid.
        """
        if form:
            answer = self._client.post(code_url, data=dict(form), follow_redirects=False)
            if not answer.is_redirect:
                answer.raise_for_status()
            code_url = answer.headers["Location"]
        self._client.post("/control/pay", json={"code_url": code_url}).raise_for_status()
