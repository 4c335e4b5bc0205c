"""The phone that scans a payment code: the sandbox's control API."""

import httpx


class PayDesk:
    """``base_url`` of the running pay sandbox."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=10, trust_env=False)

    def pay(self, code_url: str) -> None:
        """Confirm the payment that this code stands for. httpx.HTTPError when the sandbox refuses."""
        self._client.post("/control/pay", json={"code_url": code_url}).raise_for_status()
