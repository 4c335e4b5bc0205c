"""What the pages' scripts do, without a browser: questions to the JSON API, operations at an in-process bridge."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from renewals.bridge.simulator import InProcessBridge
from renewals.models import Certificate
from tests.renewals.hall import Hall, text


def url(name: str, *args: object) -> str:
    """The address of a view at the hall of szca, as a browser has it."""
    return "/szca" + reverse(name, args=args)


def post_json(browser: Client, address: str, body: dict[str, Any]) -> HttpResponse:
    return browser.post(address, body, content_type="application/json", headers={"accept": "application/json"})  # type: ignore[return-value]


@dataclass
class Script:
    """static/js/install.js for one item: ``ask`` posts to its API, the bridge is ``Hall.bridge``'s."""

    browser: Client
    item: str

    def ask(self, name: str, body: dict[str, Any]) -> Any:
        """The answer's JSON, whatever its status; ``status`` has that."""
        answer = post_json(self.browser, url(f"api-install-{name}", self.item), body)
        self.status = answer.status_code
        return answer.json()

    def state(self) -> Any:
        answer = self.browser.get(url("api-install-state", self.item), headers={"accept": "application/json"})
        self.status = answer.status_code
        return answer.json()

    def request(self, bridge: InProcessBridge, key: str) -> Any:
        there = self.state()
        made = bridge.call(
            "key.genCsr", keySerial=key, txn=there["txn"], algorithm=there["algorithm"], replaces=there["old"]
        )
        question = self.ask("challenge", {"purpose": "rekey", "csr": made["csr"]})
        proof = bridge.call("auth.sign", keySerial=key, fingerprint=there["old"], **question)
        sent = {"csr": made["csr"], "challenge": question["challenge"], "signature": proof["signature"]}
        return self.ask("request", sent)

    def bring_home(self, bridge: InProcessBridge, key: str) -> dict[str, str]:
        """Imports, and what the page would post to verify."""
        there = self.state()
        new, txn = there["new"], there["txn"]
        bridge.call("cert.importSign", keySerial=key, txn=txn, certificate=new["signing"])
        bridge.call(
            "cert.importEnc", keySerial=key, txn=txn, certificate=new["encryption"], envelopedKey=new["enveloped"]
        )
        question = self.ask("challenge", {"purpose": "install"})
        proof = bridge.call("install.verify", keySerial=key, encryption="required", **question)
        return {"challenge": question["challenge"], "signature": proof["signature"]}


def sign_resume(hall: Hall, certificate: Certificate, question: dict[str, Any]) -> dict[str, str]:
    """The answer of the key that holds one of the fingerprints asked for."""
    bridge, key = hall.bridge(certificate)
    try:
        held = {each["fingerprint"] for each in bridge.call("cert.list")["certificates"]}
        mine = next(each for each in question["fingerprints"] if each in held)
        proof = bridge.call(
            "auth.sign",
            keySerial=key,
            fingerprint=mine,
            challenge=question["challenge"],
            txn=question["txn"],
            action=question["action"],
        )
    finally:
        bridge.close()
    return {"challenge": question["challenge"], "signature": proof["signature"], "fingerprint": mine}


__all__ = ["Script", "post_json", "sign_resume", "text", "url"]
