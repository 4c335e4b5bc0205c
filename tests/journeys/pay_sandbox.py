"""What the payment channels' sandbox says happened to an order's money."""

import json

import httpx

from tests.journeys.hall import Hall


def paid_back(hall: Hall, number: str) -> int:
    """In fen, at the channel."""
    keys = json.loads((hall.folder / "var" / "pay-sandbox" / "platform.json").read_text("utf-8"))
    answer = httpx.get(
        f"{hall.pay_sandbox}/control/trades",
        headers={"X-Control-Token": keys["control_token"]},
        trust_env=False,
        timeout=30,
    )
    return sum(trade["refunded_fen"] for trade in answer.json()["trades"] if number in trade["description"])
